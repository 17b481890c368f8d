import assert from 'node:assert/strict'
import test from 'node:test'
import { grad, jit, numbersOf, ops, random, type Tensor, tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))
const close = (actual: Tensor, expected: readonly number[], tolerance = 1e-5): void => {
  numbers(actual).forEach((value, i) => {
    assert.ok(Math.abs(value - (expected[i] ?? Number.NaN)) <= tolerance, `${i}: expected ${expected[i]}, got ${value}`)
  })
}

test('sparsemax: sums to 1, with zeros', () => {
  const shares = ops.sparsemax(tensor([[0.5, 0.4, 0.3, -1]]))
  close(shares, [13 / 30, 1 / 3, 7 / 30, 0])
})

test('activations: slopes are finite at corners and in saturation', () => {
  const corners = tensor([0, 1, -1, 3, -3, 6, 80, -80, 1000, -1000])
  const functions = [ops.elu, ops.celu, ops.selu, ops.gelu, ops.silu, ops.logSigmoid, ops.softsign, ops.squareplus, ops.hardSilu, ops.sparsePlus]
  for (const fn of functions) {
    const slope = grad((x: Tensor) => ops.sum(fn(x)))(corners)
    assert.ok(numbers(slope).every(Number.isFinite), fn.name)
  }
})

test('activations: options that make no sense are errors', () => {
  const x = tensor([[1, 2, 3]])
  assert.throws(() => ops.glu(x), /glu: expected an even size on axis -1, got 3 in Tensor f32 \[1, 3\]\. Make the layer before twice as wide\./)
  assert.throws(() => ops.celu(x, { alpha: 0 }), /celu: expected alpha to be a number other than 0, got 0/)
  assert.throws(() => ops.softShrink(x, { threshold: -1 }), /softShrink: expected threshold to be at least 0, got -1/)
})

test('conv: channels, padding, strides and data format are checked', () => {
  const [x, kernel] = [ops.ones([1, 5, 5, 3]), ops.ones([2, 2, 2, 4])]
  assert.throws(() => ops.conv(x, kernel), /conv: expected a kernel whose channels divide the inputs' 3, got \[2, 2, 2, 4\]/)
  assert.throws(() => ops.conv(x, ops.ones([2, 3, 4])), /conv: expected a kernel of 4 axes for inputs \[1, 5, 5, 3\], got \[2, 3, 4\]/)
  assert.throws(
    () => ops.conv(x, ops.ones([2, 2, 3, 4]), { strides: [1, 2, 3] }),
    /conv: expected strides to be a whole number of at least 1, or 2 of them, got \[1,2,3\]/,
  )
  assert.throws(() => ops.maxPool(x, 0), /maxPool: expected poolSize to be a whole number of at least 1, or 2 of them, got 0/)
  assert.throws(() => ops.depthwiseConv(x, kernel), /depthwiseConv: expected a kernel \[\.\.\.spatial, 3, multiplier\], got \[2, 2, 2, 4\]/)
  assert.throws(() => ops.convTranspose(x, kernel), /convTranspose: expected a kernel \[\.\.\.spatial, filters, 3\], got \[2, 2, 2, 4\]/)
  assert.throws(
    () => ops.convTranspose(x, ops.ones([2, 2, 4, 3]), { outputPadding: -1 }),
    /convTranspose: expected outputPadding to be a whole number of at least 0, or 2 of them, got -1/,
  )
  assert.throws(() => ops.averagePool(ops.ones([3, 4]), 2), /averagePool: expected \[batch, \.\.\.spatial, channels\], got \[3, 4\]/)
})

test('fold: takes back what unfold gave, each element as often as it was taken', () => {
  const x = ops.reshape(ops.arange(32).cast('f32'), [1, 2, 4, 4])
  const back = ops.fold(ops.unfold(x, 2, { stride: 2 }), 4, 2, { stride: 2 })
  assert.deepEqual(back.toArray(), x.toArray())
  assert.throws(() => ops.fold(ops.ones([1, 7, 4]), 4, 2), /fold: expected columns of a multiple of 4 and 9 blocks for \[4, 4\], got \[1, 7, 4\]/)
  assert.throws(() => ops.unfold(x, 5), /unfold: expected blocks that fit, got kernelSize 5 in \[4, 4\]/)
})

test('dotProductAttention: a row that sees nothing gives the mean and a gradient without NaN', () => {
  const [q, k, v] = [1, 2, 3].map((seed) => random.normal(random.key(seed), [1, 2, 1, 4]))
  assert.ok(q !== undefined && k !== undefined && v !== undefined)
  const mask = tensor([
    [false, false],
    [true, false],
  ])
  const out = ops.dotProductAttention(q, k, v, { mask })
  close(out.slice([0, 0, 0, 0], [1, 1, 1, 4]), numbers(ops.mean(v, 1)))
  const slope = grad((x: Tensor) => ops.sum(ops.square(ops.dotProductAttention(x, k, v, { mask }))))(q)
  assert.ok(numbers(slope).every(Number.isFinite))
})

test('normalize: zeros stay zeros, and so does their slope stay finite', () => {
  for (const order of [1, 2, 3, Infinity]) {
    const slope = grad((x: Tensor) => ops.sum(ops.normalize(x, -1, { order })))(ops.zeros([2, 3]))
    assert.ok(numbers(slope).every(Number.isFinite), String(order))
  }
  assert.throws(() => ops.normalize(ops.ones([2]), -1, { order: 0.5 }), /normalize: expected order to be a whole number of at least 1, got 0\.5/)
})

test('crossentropies: shapes that differ are named', () => {
  assert.throws(
    () => ops.categoricalCrossentropy(ops.ones([2, 3]), ops.ones([2, 4])),
    /categoricalCrossentropy: expected a target of \[2, 4\] as the output, got \[2, 3\]/,
  )
  assert.throws(
    () => ops.sparseCategoricalCrossentropy(ops.ones([3]), ops.ones([2, 4])),
    /sparseCategoricalCrossentropy: expected one class for each of \[2\], got a target of \[3\]/,
  )
})

test('ctcLoss: a target out of reach costs ∞ and leaves the gradient finite; jit gives the same', () => {
  const logits = random.normal(random.key(1), [1, 3, 4])
  const loss = (x: Tensor): Tensor => ops.ctcLoss(tensor([[1, 1, 1]]), x, tensor([3]), tensor([3]))
  assert.equal(loss(logits).itemSync(), Infinity)
  const slope = grad((x: Tensor) => ops.sum(loss(x)))(logits)
  assert.ok(numbers(slope).every(Number.isFinite))
  const reachable = (x: Tensor): Tensor => ops.ctcLoss(tensor([[1, 2]]), x, tensor([2]), tensor([3]))
  close(jit(reachable)(logits), numbers(reachable(logits)))
})

test('ctcDecode: strategies and widths are checked', () => {
  const [x, lengths] = [ops.ones([1, 2, 3]), tensor([2])]
  assert.throws(() => ops.ctcDecode(x, lengths, { beamWidth: 0 }), /ctcDecode: expected beamWidth to be a whole number of at least 1, got 0/)
  assert.throws(
    () => ops.ctcLoss(tensor([[1]]), x, tensor([1]), lengths, { maskIndex: 3 }),
    /ctcLoss: expected maskIndex to be one of 3 classes, got 3/,
  )
})
