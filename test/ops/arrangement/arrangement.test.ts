import assert from 'node:assert/strict'
import test from 'node:test'
import { ops, tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const x = ops.reshape(ops.arange(12), [3, 4])

test('getItem: ranges run backwards as in Python', () => {
  assert.deepEqual(ops.getItem(ops.arange(5), { step: -1 }).toArray(), [4, 3, 2, 1, 0])
  assert.deepEqual(ops.getItem(ops.arange(7), { start: -2, stop: 0, step: -2 }).toArray(), [5, 3, 1])
  assert.deepEqual(ops.getItem(ops.arange(5), { start: 3, stop: 1 }).toArray(), [])
})

test('getItem: null is a new axis, ... all that are not named', () => {
  assert.deepEqual(ops.getItem(x, [null, '...', 1]).shape, [1, 3])
  assert.deepEqual(ops.getItem(x, ['...', 1]).toArray(), [1, 5, 9])
})

test('getItem: says which positions an axis has, and that masks are not taken', () => {
  assert.throws(() => ops.getItem(x, 3), /getItem: expected a position between -3 and 2 on axis 0 of \[3, 4\], got 3/)
  assert.throws(() => ops.getItem(x, tensor([true, false, true])), /getItem: expected positions of an integer dtype, got bool/)
  const many = [0, 0, 0]
  assert.throws(() => ops.getItem(x, many), /getItem: expected at most 2 positions/)
})

test('slice: starts that are computed are clamped, so that the block fits', () => {
  const start = tensor([2, 3], undefined, { dtype: 'i32' })
  assert.deepEqual(ops.slice(x, start, [2, 2]).toArray(), [
    [6, 7],
    [10, 11],
  ])
})

test('pad: every width at once, and one pair for all', () => {
  assert.deepEqual(ops.pad(x, 1).shape, [5, 6])
  assert.deepEqual(ops.pad(x, [2]).shape, [7, 8])
  assert.deepEqual(ops.pad(x, [[0, 1]]).shape, [4, 5])
})

test('pad: says what widths are, and what goes with which mode', () => {
  assert.throws(() => ops.pad(x, -1), /pad: expected a pair of whole numbers, at least 0, for each axis of \[3, 4\], got a width of -1/)
  assert.throws(
    () => ops.pad(x, 1, { mode: 'edge', constantValues: 1 }),
    /pad: expected constantValues only in mode 'constant', got 1 in mode 'edge'/,
  )
})

test('split: by positions as NumPy, with empty parts', () => {
  const parts = ops.split(ops.arange(4), [1, 1, 6])
  assert.deepEqual(
    parts.map((p) => p.toArray()),
    [[0], [], [1, 2, 3], []],
  )
})

test('split: says that parts are equal', () => {
  assert.throws(() => ops.split(x, 3, 1), /split: expected a number of parts that divides axis 1 of \[3, 4\], got 3/)
})

test('rearrange: says what is wrong with a pattern', () => {
  assert.throws(() => ops.rearrange(x, 'a b'), /rearrange: expected one '->' in the pattern, got 'a b'/)
  assert.throws(() => ops.rearrange(x, 'a b c -> a b c'), /rearrange: expected a pattern of 2 axes for \[3, 4\], got 3/)
  assert.throws(() => ops.rearrange(x, 'a b -> a c'), /rearrange: expected every name once on each side of 'a b -> a c', got 'b, c' on one side only/)
  assert.throws(() => ops.rearrange(x, 'a a -> a'), /got 'a' twice/)
  assert.throws(() => ops.rearrange(x, 'a (b c) -> a b c'), /rearrange: expected lengths of all but one axis of \(b c\) that make up 4, got \{\}/)
  assert.throws(() => ops.rearrange(x, 'a (b c) -> a b c', { b: 3 }), /that make up 4, got \{"b":3\}/)
  assert.throws(() => ops.rearrange(x, 'a b -> b a', { d: 3 }), /rearrange: expected lengths of axes in 'a b -> b a', got one of 'd'/)
})

test('moveaxis and transpose: say what does not pair', () => {
  assert.throws(() => ops.moveaxis(x, [0, 1], 0), /moveaxis: expected as many different sources as destinations, got \[0, 1\] and \[0\]/)
  assert.throws(() => ops.transpose(x, [0]), /transpose: expected the 2 axes of \[3, 4\], got \[0\]/)
})

test('repeat and roll: say what there is one of for each', () => {
  assert.throws(() => ops.repeat(x, [1, 2], 0), /repeat: expected one number, or one for each of 3 elements, got 2/)
  assert.throws(() => ops.roll(x, [1, 2], 0), /roll: expected a shift for each of 1 axes, got 2/)
})

test('unstack: checks the number it is given', () => {
  assert.throws(() => ops.unstack(x, { num: 2 }), /unstack: expected num to be the size of axis 0 of \[3, 4\], got 2/)
})

test('spaceToDepth: says what a block does not divide', () => {
  assert.throws(() => ops.spaceToDepth(ops.zeros([1, 3, 4, 2]), 2), /spaceToDepth: expected a height that 2 divides, got 3/)
  assert.throws(() => ops.depthToSpace(ops.zeros([1, 2, 2, 4]), 1), /depthToSpace: expected a blockSize that is whole and at least 2, got 1/)
})

test('diag: of a vector with a diagonal beyond, and of no vector', () => {
  assert.deepEqual(ops.diagonal(x, { offset: 9 }).shape, [0])
  assert.throws(() => ops.diag(ops.zeros([1, 1, 1])), /diag: expected a vector or a matrix, got \[1, 1, 1\]/)
})
