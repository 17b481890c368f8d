// Products, convolutions and windows of the reference device, with results worked out by hand.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Op } from '../../../src/core/primitives.ts'
import { compute, data } from './compute.ts'

const matmul: Op = { name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [1], rhsContract: [0] }

test('dot: a matrix product, also of integers that wrap', () => {
  assert.deepEqual(compute(matmul, data([1, 2, 3, 4], [2, 2]), data([5, 6, 7, 8], [2, 2])), [19, 22, 43, 50])
  assert.deepEqual(compute(matmul, data([100, 100], [1, 2], 'i8'), data([1, 2], [2, 1], 'i8')), [44])
  assert.deepEqual(compute(matmul, data([65537], [1, 1], 'i32'), data([65537], [1, 1], 'i32')), [131073])
  assert.deepEqual(compute(matmul, data([3n, 4n], [1, 2], 'i64'), data([5n, 6n], [2, 1], 'i64')), [39])
})

test('dot: batch axes first, then the left free axes, then the right', () => {
  const op: Op = { name: 'dot', lhsBatch: [1], rhsBatch: [0], lhsContract: [0], rhsContract: [2] }
  // left [contract 2, batch 2, free 1], right [batch 2, free 2, contract 2]
  const left = data([1, 2, 3, 4], [2, 2, 1])
  const right = data([1, 0, 0, 1, 1, 1, 2, 3], [2, 2, 2])
  assert.deepEqual(compute(op, left, right), [1, 3, 6, 16])
})

test('dot: a sum over nothing is zero', () => {
  assert.deepEqual(compute(matmul, data([], [2, 0]), data([], [0, 2])), [0, 0, 0, 0])
})

const geometry = { strides: [1], padding: [[0, 0]], dilation: [1], groups: 1 } as const

test('conv: slides without flipping the filter, with padding, stride and dilation', () => {
  const x = data([1, 2, 3, 4], [1, 4, 1])
  const filter = data([1, 10], [2, 1, 1])
  assert.deepEqual(compute({ name: 'conv', geometry }, x, filter), [21, 32, 43])
  assert.deepEqual(compute({ name: 'conv', geometry: { ...geometry, strides: [2], padding: [[1, 1]] } }, x, filter), [10, 32, 4])
  assert.deepEqual(compute({ name: 'conv', geometry: { ...geometry, dilation: [2] } }, x, filter), [31, 42])
})

test('conv: each group has its own channels and filters', () => {
  const x = data([1, 2, 3, 4], [1, 2, 2])
  const filter = data([1, 2, 10, 20], [1, 1, 4])
  assert.deepEqual(compute({ name: 'conv', geometry: { ...geometry, groups: 2 } }, x, filter), [1, 2, 20, 40, 3, 6, 40, 80])
})

test('conv: sums over channels and two spatial axes', () => {
  const square = {
    strides: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
    groups: 1,
  } as const
  const x = data([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2])
  const filter = data([1, 1, 1, 1, 1, 1, 1, 2], [2, 2, 2, 1])
  assert.deepEqual(compute({ name: 'conv', geometry: square }, x, filter), [44])
})

test('conv: an infinite filter makes no NaN in the padding', () => {
  const padded = { ...geometry, padding: [[1, 0]] } as const
  assert.deepEqual(compute({ name: 'conv', geometry: padded }, data([2], [1, 1, 1]), data([Infinity, 1], [2, 1, 1])), [2])
})

test('convInputGradient and convFilterGradient: are the transposes of conv', () => {
  const filter = data([1, 10], [2, 1, 1])
  const gradient = data([1, 2, 3], [1, 3, 1])
  assert.deepEqual(compute({ name: 'convInputGradient', geometry, inputShape: [1, 4, 1] }, gradient, filter), [1, 12, 23, 30])
  const x = data([1, 2, 3, 4], [1, 4, 1])
  assert.deepEqual(compute({ name: 'convFilterGradient', geometry, filterShape: [2, 1, 1] }, x, gradient), [14, 20])
})

const window = { window: [2], strides: [2], padding: [[1, 1]] } as const

test('reduceWindow: padding is no part of a window, NaN goes through', () => {
  const x = data([-1, -2, -3, -4], [1, 4, 1])
  assert.deepEqual(compute({ name: 'reduceWindow', fn: 'max', geometry: window }, x), [-1, -2, -4])
  assert.deepEqual(compute({ name: 'reduceWindow', fn: 'sum', geometry: window }, x), [-1, -5, -4])
  assert.deepEqual(compute({ name: 'reduceWindow', fn: 'min', geometry: window }, data([5, NaN, 1, 2], [1, 4, 1])), [5, NaN, 2])
})

test('reduceWindow: a window of nothing but padding is the reduction of nothing', () => {
  const outside = { window: [1], strides: [1], padding: [[1, 0]] } as const
  assert.deepEqual(compute({ name: 'reduceWindow', fn: 'max', geometry: outside }, data([3], [1, 1, 1])), [-Infinity, 3])
  assert.deepEqual(compute({ name: 'reduceWindow', fn: 'max', geometry: outside }, data([3], [1, 1, 1], 'i8')), [-128, 3])
})

test('windowScatter and windowPick: use the first largest element, or the first NaN', () => {
  const overlapping = { window: [2], strides: [1], padding: [[0, 0]] } as const
  const x = data([1, 3, 3, NaN], [1, 4, 1])
  assert.deepEqual(compute({ name: 'windowScatter', fn: 'max', geometry: overlapping }, x, data([1, 10, 100], [1, 3, 1])), [0, 11, 0, 100])
  assert.deepEqual(compute({ name: 'windowPick', fn: 'max', geometry: overlapping }, x, data([5, 6, 7, 8], [1, 4, 1])), [6, 6, 8])
  assert.deepEqual(compute({ name: 'windowScatter', fn: 'min', geometry: overlapping }, x, data([1, 10, 100], [1, 3, 1])), [1, 10, 0, 100])
})
