// Tensors as descriptions: shapes, dtypes and errors, without computing anything.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  add,
  arange,
  attention,
  cond,
  conv,
  convTranspose,
  full,
  matmul,
  maxPool,
  mean,
  oneHot,
  random,
  reshape,
  scan,
  slice,
  softmax,
  split,
  stack,
  takeAlongAxis,
  Tensor,
  tensor,
  topK,
  whileLoop,
  zeros,
  flattenTree,
  rebuildTree,
  treeKey,
} from '../../src/core/index.ts'

const shapeOf = (t: Tensor) => [...t.shape]

test('tensor: takes shape and dtype from nested and typed arrays', () => {
  assert.deepEqual(
    shapeOf(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    ),
    [3, 2],
  )
  assert.equal(tensor([true, false]).dtype, 'bool')
  assert.equal(tensor(new Int32Array(4), [2, 2]).dtype, 'i32')
  assert.deepEqual(tensor([1, 2.5], undefined, { dtype: 'f16' }).toArray(), [1, 2.5])
  assert.deepEqual(tensor([1, -3], undefined, { dtype: 'bf16' }).toArray(), [1, -3])
  assert.throws(() => tensor([[1, 2], [3]]), /rows of equal length/)
})

test('add: broadcasts, promotes, and names both shapes where it cannot', () => {
  const x: Tensor<readonly [32, 10]> = zeros([32, 10]).add(zeros([10]))
  assert.deepEqual(shapeOf(x), [32, 10])
  assert.equal(add(tensor(new Int32Array(2)), 1).dtype, 'i32')
  assert.equal(add(tensor(new Int32Array(2)), 1.5).dtype, 'f32')
  const wide: Tensor = zeros([32, 784])
  const other: Tensor = zeros([100, 10])
  assert.throws(() => add(wide, other), /\[32, 784\] and \[100, 10\]/)
  // @ts-expect-error: the type checker says the same
  assert.throws(() => zeros([32, 784]).add(zeros([100, 10])), /SHAPE|broadcast/)
})

test('matmul: has the shapes of NumPy and rejects inner sizes that differ, naming both shapes', () => {
  assert.deepEqual(shapeOf(matmul(zeros([8, 4, 16, 64]), zeros([4, 64, 16]))), [8, 4, 16, 16])
  assert.deepEqual(shapeOf(matmul(zeros([3]), zeros([2, 3, 5]))), [2, 5])
  assert.deepEqual(shapeOf(matmul(zeros([2, 4, 3]), zeros([3]))), [2, 4])
  const a: Tensor = zeros([2, 3])
  assert.throws(() => a.matmul(zeros([4, 5])), /\[2, 3\] and \[4, 5\]/)
})

test('movement: reshape fills in -1, slice and split cut, stack adds an axis', () => {
  assert.deepEqual(shapeOf(reshape(zeros([4, 6]), [3, -1])), [3, 8])
  // @ts-expect-error: the type checker says the same
  assert.throws(() => reshape(zeros([4, 6]), [5, -1]), /24 elements/)
  assert.deepEqual(shapeOf(slice(zeros([10, 4]), [-3], [], [2])), [2, 4])
  assert.deepEqual(split(zeros([10, 4]), [3, 7]).map(shapeOf), [
    [3, 4],
    [7, 4],
  ])
  assert.deepEqual(shapeOf(stack([zeros([2]), zeros([2])], -1)), [2, 2])
  assert.deepEqual(shapeOf(zeros([2, 3]).tile([2, 1, 2])), [2, 2, 6])
})

test('reductions: keep dims where asked, and count negative axes from the end', () => {
  assert.deepEqual(shapeOf(mean(zeros([2, 3, 4]), -1, { keepDims: true })), [2, 3, 1])
  assert.deepEqual(shapeOf(zeros([2, 3]).sum()), [])
  assert.deepEqual(shapeOf(softmax(zeros([2, 3]))), [2, 3])
  // @ts-expect-error: the type checker says the same
  assert.throws(() => zeros([2, 3]).sum(2), /axis between -2 and 1/)
})

test('windows: same padding keeps ⌈n / stride⌉ positions, the transpose undoes valid', () => {
  assert.deepEqual(shapeOf(conv(zeros([1, 7, 7, 3]), zeros([3, 3, 3, 8]), { strides: 2, padding: 'same' })), [1, 4, 4, 8])
  assert.deepEqual(shapeOf(convTranspose(zeros([1, 3, 3, 8]), zeros([3, 3, 4, 8]), { strides: 2 })), [1, 7, 7, 4])
  assert.deepEqual(shapeOf(maxPool(zeros([1, 6, 6, 2]), 2)), [1, 3, 3, 2])
})

test('indexing: oneHot, takeAlongAxis and topK have their shapes', () => {
  assert.deepEqual(shapeOf(oneHot(arange(5), 3)), [5, 3])
  assert.deepEqual(shapeOf(takeAlongAxis(zeros([4, 5]), arange(4).reshape([4, 1]))), [4, 1])
  assert.deepEqual(shapeOf(topK(zeros([4, 5]), 2).indices), [4, 2])
  assert.deepEqual(shapeOf(attention(zeros([1, 8, 4, 16]), zeros([1, 8, 2, 16]), zeros([1, 8, 2, 16]))), [1, 8, 4, 16])
})

test('control: functions become closed subgraphs', () => {
  const outside = tensor([1, 2, 3])
  const [carry, ys] = scan((c: Tensor, x) => [c.add(outside), x], full([3], 0), zeros([5, 2]))
  assert.deepEqual(shapeOf(carry), [3])
  assert.ok(ys instanceof Tensor)
  assert.deepEqual(shapeOf(ys), [5, 2])
  const picked = cond(
    outside.sum().greater(0),
    () => outside.add(1),
    () => outside,
  )
  assert.deepEqual(shapeOf(picked), [3])
  const [count] = whileLoop(
    ([i]: Tensor[]) => (i ?? outside).less(3),
    ([i]) => [(i ?? outside).add(1)],
    [full([], 0)],
  )
  assert.ok(count !== undefined)
})

test('random: keys split and fold, draws have the asked shape', () => {
  const [a, b] = random.split(random.key(1))
  assert.ok(a !== undefined && b !== undefined)
  assert.deepEqual(shapeOf(random.normal(a, [3, 4])), [3, 4])
  assert.deepEqual(shapeOf(random.truncatedNormal(random.foldIn(b, 3), [7])), [7])
  assert.deepEqual(shapeOf(random.permutation(b, 9)), [9])
})

test('tree: flattens in key order and rebuilds', () => {
  const tree = { b: zeros([1]), a: [zeros([2]), zeros([3])] }
  const { leaves, structure } = flattenTree(tree)
  assert.deepEqual(leaves.map(shapeOf), [[2], [3], [1]])
  assert.equal(treeKey(structure), '{"a":[*,*],"b":*}')
  assert.equal(rebuildTree(tree, leaves).b, tree.b)
})
