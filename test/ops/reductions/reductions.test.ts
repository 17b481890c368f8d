import assert from 'node:assert/strict'
import test from 'node:test'
import { grad, jit, numbersOf, ops, std, sum, type Tensor, tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))

test('std and nanstd: the slope is 0 where all elements are equal', () => {
  assert.deepEqual(grad((x: Tensor) => ops.std(x))(tensor([2, 2])).toArray(), [0, 0])
  assert.deepEqual(grad((x: Tensor) => std(x, undefined, { correction: 1 }))(tensor([2, 2])).toArray(), [0, 0])
  assert.deepEqual(
    numbers(
      grad((x: Tensor) => sum(std(x, 1)))(
        tensor([
          [1, 1],
          [3, 5],
        ]),
      ),
    ),
    [0, 0, -0.5, 0.5],
  )
  assert.deepEqual(grad((x: Tensor) => ops.nanstd(x))(tensor([2, Number.NaN, 2])).toArray(), [0, 0, 0])
})

test('nan reductions: what is left out has no slope', () => {
  const x = tensor([1, Number.NaN, 3])
  for (const fn of [ops.nansum, ops.nanmean, ops.nanmax, ops.nanmin, ops.nanprod, ops.nanvar, ops.nanmedian]) {
    const slope = numbers(grad((t: Tensor) => fn(t))(x))
    assert.ok(slope.every(Number.isFinite) && slope[1] === 0, `${slope.join(', ')}`)
  }
})

test('quantile: shares, methods and axes are checked', () => {
  const x = tensor([1, 2, 3])
  assert.throws(() => ops.quantile(x, 1.5), /quantile: expected q between 0 and 1, got 1\.5\. percentile takes percent\./)
  assert.throws(() => ops.percentile(x, -1), /percentile: expected q between 0 and 100, got -1/)
  assert.throws(
    () => Reflect.apply(ops.quantile, undefined, [x, 0.5, 0, { method: 'cubic' }]),
    /quantile: expected method to be one of linear, lower, higher, midpoint, nearest, got 'cubic'/,
  )
  assert.deepEqual(ops.quantile(tensor([-Infinity, Infinity, Infinity]), [0, 0.75]).toArray(), [-Infinity, Infinity])
})

test('bincount and histogram: inside jit with a size', () => {
  const x = tensor(new Int32Array([0, 2, 2, 7]))
  const counts = jit((t: Tensor) => ops.bincount(t, { size: 4 }))
  assert.deepEqual(counts(x).toArray(), [1, 0, 2, 0])
  const run = jit((t: Tensor) => ops.histogram(t, { bins: 2 }))
  const [heights, edges] = run(tensor([3, 3, 3]))
  assert.deepEqual(heights.toArray(), [0, 3])
  assert.deepEqual(edges.toArray(), [2.5, 3, 3.5])
  assert.throws(() => ops.histogram(tensor([1]), { range: [1, 1] }), /histogram: expected range to ascend, got \[1, 1\]/)
})

test('correlate: the longer second vector counts for the size, as in NumPy', () => {
  const [a, v] = [tensor([1, 2]), tensor([1, 10, 100, 1000])]
  assert.deepEqual(ops.correlate(a, v, { mode: 'valid' }).toArray(), [2100, 210, 21])
  assert.deepEqual(ops.correlate(a, v, { mode: 'same' }).toArray(), [2100, 210, 21, 2])
  assert.throws(() => ops.correlate(ops.ones([2, 2]), v), /correlate: expected two vectors, got \[2, 2\] and \[4\]/)
})

test('average: weights that fit neither x nor an axis are named', () => {
  assert.throws(
    () => ops.average(ops.ones([2, 3]), undefined, { weights: ops.ones([3]) }),
    /average: expected weights of \[2, 3\], or one for each element of one axis, got \[3\]/,
  )
})

test('argmax and argmin: among all elements without an axis, also of booleans', () => {
  assert.equal(
    ops
      .argmax(
        tensor([
          [1, 5],
          [7, 2],
        ]),
      )
      .itemSync(),
    2,
  )
  assert.equal(
    ops
      .argmin(
        tensor([
          [true, false],
          [true, true],
        ]),
      )
      .itemSync(),
    1,
  )
})
