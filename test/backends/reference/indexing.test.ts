// Reading and writing by index, and random bits, of the reference device.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { threefry2x32 } from '../../../src/backends/reference/random.ts'
import { compute, data } from './compute.ts'

const start = (value: number) => data([value], [], 'i32')

test('gather: indices take the place of the axis, outside the range reads zero', () => {
  const source = data([1, 2, 3, 4, 5, 6], [2, 3])
  assert.deepEqual(compute({ name: 'gather', axis: 1 }, source, data([2, 0], [2], 'i32')), [3, 1, 6, 4])
  assert.deepEqual(compute({ name: 'gather', axis: 0 }, source, data([1, 2, -1], [3], 'i64')), [4, 5, 6, 0, 0, 0, 0, 0, 0])
  assert.deepEqual(compute({ name: 'gather', axis: 0 }, source, data([1], [], 'u8')), [4, 5, 6])
})

test('scatterAdd: sums equal indices, outside the range writes nothing', () => {
  const updates = data([1, 2, 4, 8], [4])
  assert.deepEqual(compute({ name: 'scatterAdd', axis: 0, size: 3 }, data([0, 2, 2, 5], [4], 'i32'), updates), [1, 0, 6])
  assert.deepEqual(compute({ name: 'scatterAdd', axis: 1, size: 2 }, data([1, -1], [2], 'i32'), data([1, 2, 4, 8], [2, 2])), [0, 1, 0, 4])
})

test('dynamicSlice and dynamicUpdateSlice: clamp their starts', () => {
  const source = data([1, 2, 3, 4, 5, 6], [2, 3])
  assert.deepEqual(compute({ name: 'dynamicSlice', sizes: [1, 2] }, source, start(1), start(0)), [4, 5])
  assert.deepEqual(compute({ name: 'dynamicSlice', sizes: [1, 2] }, source, start(-4), start(9)), [2, 3])
  const update = data([8, 9], [1, 2])
  assert.deepEqual(compute({ name: 'dynamicUpdateSlice' }, source, update, start(0), start(1)), [1, 8, 9, 4, 5, 6])
  assert.deepEqual(compute({ name: 'dynamicUpdateSlice' }, source, update, start(7), start(7)), [1, 2, 3, 4, 8, 9])
})

test("threefry2x32: gives the published known answers of Random123's 20 rounds", () => {
  const ones = 0xffffffff
  assert.deepEqual(threefry2x32([0, 0], [0, 0]), [0x6b200159, 0x99ba4efe])
  assert.deepEqual(threefry2x32([ones, ones], [ones, ones]), [0x1cb996fc, 0xbb002be7])
  assert.deepEqual(threefry2x32([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3]), [0xc4923a9c, 0x483df7a0])
})

test('randomBits: element i is the first word of counter i', () => {
  const key = data([5, 6], [2], 'u32')
  const expected = [0, 1, 2, 3].map((i) => threefry2x32([5, 6], [i, 0])[0])
  assert.deepEqual(compute({ name: 'randomBits', shape: [2, 2] }, key), expected)
})
