import assert from 'node:assert/strict'
import test from 'node:test'
import { grad, jit, ops, type Tensor, tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

test('unique and nonzero: inside jit with a size', () => {
  const run = jit((x: Tensor) => [ops.unique(x, { size: 4, fillValue: -1 }), ...ops.nonzero(x, { size: 3 })])
  const [values, rows, columns] = run(
    tensor([
      [0, 5],
      [2, 5],
    ]),
  )
  assert.deepEqual(values?.toArray(), [0, 2, 5, -1])
  assert.deepEqual(rows?.toArray(), [0, 1, 1])
  assert.deepEqual(columns?.toArray(), [1, 0, 1])
})

test('unique: sizes are checked', () => {
  assert.throws(() => ops.unique(tensor([1]), { size: -1 }), /unique: expected size to be a whole number of at least 0, got -1/)
})

test('scatterUpdate: what is outside writes nothing, and reductions are checked', () => {
  const x = ops.zeros([3])
  assert.deepEqual(ops.scatterUpdate(x, tensor([[3], [-1], [-4]]), tensor([1, 2, 3])).toArray(), [0, 0, 2])
  assert.deepEqual(ops.scatterUpdate(x, tensor([[0], [5]]), tensor([1, 2]), { reduction: 'max' }).toArray(), [1, 0, 0])
  assert.throws(
    () => Reflect.apply(ops.scatterUpdate, undefined, [x, tensor([[0]]), tensor([1]), { reduction: 'mean' }]),
    /scatterUpdate: expected reduction to be 'add', 'max', 'min', 'mul' or none, got 'mean'/,
  )
  assert.throws(
    () => ops.scatter(tensor([[0, 0]]), tensor([1]), [3]),
    /scatter: expected indices \[\.\.\., k\] with k from 1 to 1 for \[3\], got \[1, 2\]/,
  )
})

test('segmentProd: a zero leaves the slopes of the others right', () => {
  const ids = tensor([0, 0, 1])
  const slope = grad((x: Tensor) => ops.sum(ops.segmentProd(x, ids, { numSegments: 2 })))(tensor([0, 3, 4]))
  assert.deepEqual(slope.toArray(), [3, 0, 1])
})

test('segments: ids and counts are checked, empty segments have the neutral value', () => {
  const data = tensor([1, 2])
  assert.deepEqual(ops.segmentMax(data, tensor([0, 0]), { numSegments: 2 }).toArray(), [2, -Infinity])
  assert.deepEqual(ops.segmentMin(data.cast('i32'), tensor([1, 1]), { numSegments: 2 }).toArray(), [2 ** 31 - 1, 1])
  assert.throws(() => ops.segmentSum(data, tensor([0])), /segmentSum: expected one id for each row of data \[2\], got ids of \[1\]/)
  assert.throws(
    () => ops.segmentSum(data, tensor([0, 1]), { numSegments: 0 }),
    /segmentSum: expected numSegments to be a whole number of at least 1, got 0/,
  )
})

test('sorting: all elements together with null, and places are checked', () => {
  const x = tensor([
    [3, 1],
    [2, 0],
  ])
  assert.deepEqual(ops.sort(x, null).toArray(), [0, 1, 2, 3])
  assert.deepEqual(ops.argsort(x, null, { descending: true }).toArray(), [0, 2, 1, 3])
  assert.throws(() => ops.argpartition(x, 2), /argpartition: expected kth to be a place of 2 elements, got 2\. Choose one from -2 to 1\./)
  assert.throws(() => ops.topK(x, 3), /topK: expected k to be a whole number from 1 to 2, the last size of \[2, 2\], got 3/)
  assert.throws(() => ops.searchsorted(x, x), /searchsorted: expected a sorted vector, got \[2, 2\]/)
})

test('searchsorted: every length of the sorted vector', () => {
  for (let size = 0; size < 9; size++) {
    const sorted = ops.arange(size).cast('f32')
    const places = ops.searchsorted(sorted, tensor([-1, 0, 2.5, 3, 20]))
    assert.deepEqual(
      places.toArray(),
      [-1, 0, 2.5, 3, 20].map((value) => Array.from({ length: size }, (_, i) => i).filter((i) => i < value).length),
    )
  }
})

test('take: numbers, indices from the end, and what is outside reads zeros', () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])
  assert.deepEqual(ops.take(x, -1).toArray(), 6)
  assert.deepEqual(ops.take(x, tensor([-1, 7]), 1).toArray(), [
    [3, 0],
    [6, 0],
  ])
  assert.throws(() => ops.takeAlongAxis(x, tensor([0]), 1), /takeAlongAxis: expected indices of 2 axes for \[2, 3\], got \[1\]/)
})

test('oneHot: classes are checked', () => {
  assert.throws(() => ops.oneHot(tensor([0]), 0), /oneHot: expected numClasses to be a whole number of at least 1, got 0/)
  assert.throws(() => ops.select([], []), /select: expected as many choices as conditions, at least one, got 0 and 0/)
})
