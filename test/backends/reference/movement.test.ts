// Sources and movement primitives of the reference device on arrays small enough to see.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeNode, parameterNode } from '../../../src/core/graph.ts'
import { dimension } from '../../../src/core/index.ts'
import { compute, data, numbers } from './compute.ts'

const counted = (shape: readonly number[]) =>
  data(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
    shape,
  )

test('fill and iota: integers wrap to their dtype', () => {
  assert.deepEqual(compute({ name: 'fill', value: 300, shape: [2], dtype: 'u8' }), [44, 44])
  assert.deepEqual(compute({ name: 'fill', value: -Infinity, shape: [1], dtype: 'i32' }), [-(2 ** 31)])
  assert.deepEqual(compute({ name: 'fill', value: 0.1, shape: [], dtype: 'f32' }), [Math.fround(0.1)])
  assert.deepEqual(compute({ name: 'iota', shape: [2, 3], axis: 1, dtype: 'i32' }), [0, 1, 2, 0, 1, 2])
  assert.deepEqual(compute({ name: 'iota', shape: [2, 3], axis: 0, dtype: 'i64' }), [0, 0, 0, 1, 1, 1])
})

test('parameter: one that is not bound is an error that names it', () => {
  assert.throws(() => numbers(parameterNode('x', { dtype: 'f32', shape: [1] })), /expected a value for the parameter 'x'/)
})

test('reshape and expand: order is row-major, axes of size 1 repeat', () => {
  assert.deepEqual(compute({ name: 'reshape', shape: [3, 2] }, counted([2, 3])), [0, 1, 2, 3, 4, 5])
  assert.deepEqual(compute({ name: 'expand', shape: [2, 3] }, counted([2, 1])), [0, 0, 0, 1, 1, 1])
  assert.deepEqual(compute({ name: 'expand', shape: [0, 3] }, counted([1, 3])), [])
})

test('permute: axis i of the result is axis axes[i] of the input', () => {
  assert.deepEqual(compute({ name: 'permute', axes: [1, 0] }, counted([2, 3])), [0, 3, 1, 4, 2, 5])
  assert.deepEqual(compute({ name: 'permute', axes: [2, 0, 1] }, counted([1, 2, 3])), [0, 3, 1, 4, 2, 5])
})

test('pad: interior first, then the edges; negative padding crops', () => {
  const pad = (low: number, high: number, interior: number) =>
    compute({ name: 'pad', low: [low], high: [high], interior: [interior], value: 9 }, data([1, 2, 3]))
  assert.deepEqual(pad(1, 2, 0), [9, 1, 2, 3, 9, 9])
  assert.deepEqual(pad(0, 0, 2), [1, 9, 9, 2, 9, 9, 3])
  assert.deepEqual(pad(-1, 1, 1), [9, 2, 9, 3, 9])
  assert.deepEqual(compute({ name: 'pad', low: [1], high: [1], interior: [3], value: -1 }, data([], [0])), [-1, -1])
  assert.deepEqual(compute({ name: 'pad', low: [0, 1], high: [1, 0], interior: [0, 0], value: 0 }, counted([1, 2])), [0, 0, 1, 0, 0, 0])
})

test('slice and flip: starts, strides, reversed axes', () => {
  assert.deepEqual(compute({ name: 'slice', starts: [1, 0], sizes: [2, 2], strides: [1, 2] }, counted([3, 3])), [3, 5, 6, 8])
  assert.deepEqual(compute({ name: 'flip', axes: [0, 1] }, counted([2, 3])), [5, 4, 3, 2, 1, 0])
  assert.deepEqual(compute({ name: 'flip', axes: [1] }, counted([2, 0])), [])
})

test('concat: parts follow each other along the axis, empty ones too', () => {
  assert.deepEqual(compute({ name: 'concat', axis: 1 }, counted([2, 1]), counted([2, 0]), counted([2, 2])), [0, 0, 1, 1, 2, 3])
  assert.deepEqual(compute({ name: 'concat', axis: 0 }, data([1, 2], [2], 'i64'), data([3], [1], 'i64')), [1, 2, 3])
})

test('symbolic sizes: are resolved when the program runs', () => {
  const n = dimension('n', { max: 8 })
  const node = makeNode({ name: 'iota', shape: [n, 2], axis: 0, dtype: 'f32' })
  assert.deepEqual(numbers(node, new Map([['n', 3]])), [0, 0, 1, 1, 2, 2])
  assert.throws(() => numbers(node), /dimension 'n'/)
  const part = makeNode({ name: 'slice', starts: [0], sizes: [n], strides: [1] }, [counted([4])])
  assert.throws(() => numbers(part, new Map([['n', 5]])), /inside axis 0/)
})
