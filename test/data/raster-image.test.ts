import assert from 'node:assert/strict'
import test from 'node:test'
import { arrayToImg, imgToArray } from '../../src/data/index.ts'
import { tensor } from '../../src/index.ts'
import { computeOnChosenDevice } from '../chosen-device.ts'

computeOnChosenDevice()

test('imgToArray: bytes of pixels become numbers, channels last or first', () => {
  const picture = { width: 2, height: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 6]) }
  assert.deepEqual(imgToArray(picture).toArray(), [[[1, 2, 3], [4, 5, 6]]]) // biome-ignore format: as pixels
  assert.deepEqual(imgToArray(picture, { dataFormat: 'channels_first' }).toArray(), [[[1, 4]], [[2, 5]], [[3, 6]]])
})

test('imgToArray: bytes that are not whole pixels are refused, naming both', () => {
  const broken = { width: 2, height: 2, data: new Uint8Array(7) }
  assert.throws(() => imgToArray(broken), /imgToArray: expected 1, 3 or 4 bytes for each of 2 × 2 pixels, got 7 bytes/)
})

test('arrayToImg: the smallest value becomes 0, the largest 255, fractions are cut off', () => {
  const picture = arrayToImg(tensor([-1, 0, 1, 0.5], [2, 2, 1]))
  assert.deepEqual([picture.width, picture.height, ...picture.data], [2, 2, 0, 127, 255, 191])
})

test('arrayToImg: bytes come back as they went, in either format', () => {
  const picture = { width: 2, height: 1, data: Uint8ClampedArray.from([1, 2, 3, 4, 5, 6, 250, 255]) }
  for (const dataFormat of ['channels_last', 'channels_first'] as const) {
    assert.deepEqual(arrayToImg(imgToArray(picture, { dataFormat }), { dataFormat, scale: false }), picture)
  }
})

test('arrayToImg: a batch is refused, naming what it got', () => {
  assert.throws(() => arrayToImg(tensor([0, 0], [1, 2, 1, 1])), /arrayToImg: expected \[height, width, channels\] .* got Tensor f32 \[1, 2, 1, 1\]/)
})
