// Reductions, running reductions and order statistics of the reference device.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DType } from '../../../src/core/index.ts'
import type { ReduceFunction } from '../../../src/core/primitives.ts'
import { compute, computeTuple, data } from './compute.ts'

const reduce = (fn: ReduceFunction, values: readonly number[], dtype: DType = 'f64') =>
  compute({ name: 'reduce', fn, axes: [0] }, data(values, undefined, dtype))
const matrix = data([1, 5, 3, 4, 2, 6], [2, 3])

test('reduce: along any axes', () => {
  assert.deepEqual(compute({ name: 'reduce', fn: 'sum', axes: [0] }, matrix), [5, 7, 9])
  assert.deepEqual(compute({ name: 'reduce', fn: 'prod', axes: [1] }, matrix), [15, 48])
  assert.deepEqual(compute({ name: 'reduce', fn: 'max', axes: [0, 1] }, matrix), [6])
  assert.deepEqual(compute({ name: 'reduce', fn: 'min', axes: [1, 0] }, matrix), [1])
})

test('reduce: of nothing is the neutral element', () => {
  assert.deepEqual(reduce('sum', []), [0])
  assert.deepEqual(reduce('prod', []), [1])
  assert.deepEqual(reduce('max', []), [-Infinity])
  assert.deepEqual(reduce('min', []), [Infinity])
  assert.deepEqual(reduce('max', [], 'i32'), [-(2 ** 31)])
  assert.deepEqual(reduce('min', [], 'u8'), [255])
  assert.deepEqual(reduce('max', [], 'bool'), [0])
})

test('reduce: NaN goes through max and min, sums round once', () => {
  assert.deepEqual(reduce('max', [1, NaN, 3]), [NaN])
  assert.deepEqual(reduce('min', [NaN, 1]), [NaN])
  assert.deepEqual(reduce('sum', [2 ** 24, 1, 1], 'f32'), [2 ** 24 + 2])
})

test('reduce: integers wrap', () => {
  assert.deepEqual(reduce('sum', [2 ** 31 - 1, 1], 'i32'), [-(2 ** 31)])
  assert.deepEqual(reduce('prod', [16, 17], 'u8'), [16])
  assert.deepEqual(reduce('sum', [2 ** 32 - 1, 2], 'u32'), [1])
  assert.deepEqual(compute({ name: 'reduce', fn: 'sum', axes: [0] }, data([2n ** 53n, 1n, 1n], [3], 'i64')), [2 ** 53 + 2])
})

test('argReduce: the first NaN, else the first of equals', () => {
  const arg = (fn: 'max' | 'min', values: readonly number[]) => compute({ name: 'argReduce', fn, axis: 0 }, data(values))
  assert.deepEqual(arg('max', [1, 3, 3, 2]), [1])
  assert.deepEqual(arg('min', [2, -0, 0]), [1])
  assert.deepEqual(arg('max', [1, NaN, 5, NaN]), [1])
  assert.deepEqual(arg('min', [1, 0, NaN]), [2])
  assert.deepEqual(arg('max', [-Infinity, -Infinity]), [0])
  assert.deepEqual(compute({ name: 'argReduce', fn: 'max', axis: 1 }, matrix), [1, 2])
})

test('cumulative: both directions along any axis, NaN stays', () => {
  assert.deepEqual(compute({ name: 'cumulative', fn: 'sum', axis: 1, reverse: false }, matrix), [1, 6, 9, 4, 6, 12])
  assert.deepEqual(compute({ name: 'cumulative', fn: 'sum', axis: 1, reverse: true }, matrix), [9, 8, 3, 12, 8, 6])
  assert.deepEqual(compute({ name: 'cumulative', fn: 'prod', axis: 0, reverse: false }, matrix), [1, 5, 3, 4, 10, 18])
  assert.deepEqual(compute({ name: 'cumulative', fn: 'max', axis: 0, reverse: false }, data([1, NaN, 3])), [1, NaN, NaN])
  assert.deepEqual(compute({ name: 'cumulative', fn: 'min', axis: 0, reverse: false }, data([3, 1, 2], [3], 'i8')), [3, 1, 1])
})

test('sort: stable in both directions, NaN above everything', () => {
  const sort = (values: readonly number[], descending: boolean) => computeTuple({ name: 'sort', axis: 0, descending }, data(values))
  assert.deepEqual(sort([3, NaN, 1, 2], false), [
    [1, 2, 3, NaN],
    [2, 3, 0, 1],
  ])
  assert.deepEqual(sort([3, NaN, 1, 3], true), [
    [NaN, 3, 3, 1],
    [1, 0, 3, 2],
  ])
  assert.deepEqual(sort([0, -0, -1], false), [
    [-1, 0, -0],
    [2, 0, 1],
  ])
  assert.deepEqual(computeTuple({ name: 'sort', axis: 0, descending: false }, matrix), [
    [1, 2, 3, 4, 5, 6],
    [0, 1, 0, 1, 0, 1],
  ])
})

test('topK: largest first, the first of equals first', () => {
  assert.deepEqual(computeTuple({ name: 'topK', k: 2 }, data([1, 5, 5, 4, NaN, 6], [2, 3])), [
    [5, 5, NaN, 6],
    [1, 2, 1, 2],
  ])
  assert.deepEqual(computeTuple({ name: 'topK', k: 0 }, data([1, 2])), [[], []])
})
