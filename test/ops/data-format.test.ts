import assert from 'node:assert/strict'
import test from 'node:test'
import { ConfigError, arrayToImg, imgToArray, iota, layers, ops, type Tensor } from '../../src/index.ts'

const image = iota([1, 2, 2, 4], 3, 'f32')
const channelsFirst: Tensor = ops.moveaxis(image, -1, 1)
const formats = ['channelsFirst', 'channels_first'] as const
const picture = { width: 1, height: 2, data: Uint8ClampedArray.from([1, 2, 3, 4, 5, 6]) }

test('a data format is taken in both spellings by operations, pictures and layers', () => {
  for (const dataFormat of formats) {
    const wanted = ops.moveaxis(ops.spaceToDepth(image, 2), -1, 1)
    assert.deepEqual(ops.spaceToDepth(channelsFirst, 2, { dataFormat }).shape, wanted.shape)
    assert.deepEqual(ops.depthToSpace(channelsFirst, 2, { dataFormat }).shape, [1, 1, 4, 4])
    assert.deepEqual(ops.maxPool(channelsFirst, 2, { dataFormat }).shape, [1, 4, 1, 1])
    assert.deepEqual(ops.image.resize(channelsFirst, [4, 4], { dataFormat }).shape, [1, 4, 4, 4])
    assert.deepEqual(imgToArray(picture, { dataFormat }).shape, [3, 2, 1])
    assert.deepEqual(arrayToImg(imgToArray(picture, { dataFormat }), { dataFormat, scale: false }), picture)
    const layer = layers.globalMaxPooling2d({ dataFormat })
    assert.deepEqual(layer(channelsFirst).shape, [1, 4])
    assert.equal(layer.getConfig().dataFormat, 'channels_first')
  }
})

test('a data format that nobody knows is named', () => {
  const wrong = JSON.parse('"channels_middle"')
  const expected = /expected dataFormat to be 'channelsLast' or 'channelsFirst'.*got 'channels_middle'/
  for (const call of [
    () => ops.spaceToDepth(image, 2, { dataFormat: wrong }),
    () => ops.averagePool(image, 2, { dataFormat: wrong }),
    () => ops.image.rgbToHsv(image, { dataFormat: wrong }),
    () => imgToArray(picture, { dataFormat: wrong }),
    () => layers.spatialDropout2d({ rate: 0.5, dataFormat: wrong }),
  ])
    assert.throws(call, (error) => error instanceof ConfigError && expected.test(error.message))
})
