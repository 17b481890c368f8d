// A batch whose size is bound when the program runs passes through, and so do gradients: the graph drawn for any batch gives what a batch of
// three gives.

import assert from 'node:assert/strict'
import test from 'node:test'
import { dimension, grad, ops, placeholder, replay, type Tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const kernel = (...shape: readonly number[]): Tensor => ops.cos(ops.reshape(ops.arange(shape.reduce((a, b) => a * b, 1)).cast('f32'), [...shape]))
const heads = (x: Tensor): Tensor => ops.reshape(x, [x.dims[0] ?? 1, 4, 2, 8])
const ints = (x: Tensor, high: number): Tensor => ops.mod(ops.abs(x).multiply(10).cast('i32'), high)
const perExample = (x: Tensor, value: number): Tensor => ops.full([x.dims[0] ?? 1], value, { dtype: 'i32' })

/** Functions of `[batch, 4, 4, 4]`. */
const operations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  gelu: (x) => ops.gelu(x),
  glu: (x) => ops.glu(x),
  sparsemax: (x) => ops.sparsemax(x, 1),
  softmax: (x) => ops.softmax(x, [1, 2]),
  batchNormalization: (x) => ops.batchNormalization(x, ops.ones([4]), ops.ones([4]), { axis: 1 }),
  layerNormalization: (x) => ops.layerNormalization(x, { gamma: ops.ones([4, 4]), axis: [2, 3] }),
  rmsNormalization: (x) => ops.rmsNormalization(x),
  normalize: (x) => ops.normalize(x, [1, 2]),
  conv: (x) => ops.conv(x, kernel(3, 3, 4, 2), { strides: 2, padding: 'same' }),
  depthwiseConv: (x) => ops.depthwiseConv(x, kernel(2, 2, 4, 2)),
  separableConv: (x) => ops.separableConv(x, kernel(2, 2, 4, 1), kernel(1, 1, 4, 3), { dataFormat: 'channelsFirst' }),
  convTranspose: (x) => ops.convTranspose(x, kernel(3, 3, 2, 4), { strides: 2, padding: 'same' }),
  maxPool: (x) => ops.maxPool(x, 2),
  averagePool: (x) => ops.averagePool(x, 3, { strides: 1, padding: 'same' }),
  adaptiveMaxPool: (x) => ops.adaptiveMaxPool(x, 3),
  adaptiveAveragePool: (x) => ops.adaptiveAveragePool(x, [3, 2]),
  unfold: (x) => ops.unfold(x, 2, { padding: 1 }),
  fold: (x) => ops.fold(ops.reshape(x, [x.dims[0] ?? 1, 16, 4]), 3, 2),
  dotProductAttention: (x) => ops.dotProductAttention(heads(x), heads(x), heads(x), { isCausal: true }),
  maskedAttention: (x) =>
    ops.dotProductAttention(heads(x), heads(x), heads(x), { mask: ops.greater(ops.sum(heads(x), -1), 0).reshape([-1, 2, 4, 1]) }),
  cappedAttention: (x) => ops.dotProductAttention(heads(x), heads(x), heads(x), { attnLogitsSoftCap: 2 }),
  categoricalCrossentropy: (x) => ops.categoricalCrossentropy(x, x, { fromLogits: true, axis: 1 }),
  sparseCategoricalCrossentropy: (x) => ops.sparseCategoricalCrossentropy(ints(ops.sum(x, -1), 4), x, { fromLogits: true }),
  binaryCrossentropy: (x) => ops.binaryCrossentropy(ops.sigmoid(x), x, { fromLogits: true }),
  ctcLoss: (x) =>
    ops.ctcLoss(ops.full([x.dims[0] ?? 1, 2], 3, { dtype: 'i32' }), ops.reshape(x, [x.dims[0] ?? 1, 16, 4]), perExample(x, 2), perExample(x, 9)),
  ctcDecode: (x) => ops.ctcDecode(ops.reshape(x, [x.dims[0] ?? 1, 16, 4]), perExample(x, 9))[1],
  var: (x) => ops.var(x, [1, 2]),
  maxOfBatch: (x) => ops.max(x, 0),
  median: (x) => ops.median(x, [1, 2]),
  nanquantile: (x) => ops.nanquantile(x, [0.2, 0.5], [1, 3]),
  cumsum: (x) => ops.cumsum(x, 1),
  argmax: (x) => ops.argmax(x, 1),
  sort: (x) => ops.sort(x, 1),
  topK: (x) => ops.topK(x, 2).values,
  take: (x) => ops.take(x, ops.arange(2), 1),
  takeAlongAxis: (x) => ops.takeAlongAxis(x, ints(x, 4), 2),
  oneHot: (x) => ops.oneHot(ints(x, 4), 4, { axis: 1 }),
  multiHot: (x) => ops.multiHot(ints(ops.reshape(x, [x.dims[0] ?? 1, 64]), 5), 5),
  inTopK: (x) => ops.inTopK(perExample(x, 3), ops.reshape(x, [x.dims[0] ?? 1, 64]), 7).cast('f32'),
  trapezoid: (x) => ops.trapezoid(x, { axis: 1 }),
  vectorizedMap: (x) => ops.vectorizedMap((example: Tensor) => ops.logsumexp(example), x),
  map: (x) => ops.map((example: Tensor) => ops.logsumexp(example), x),
  digitize: (x) => ops.digitize(x, [-0.5, 0, 0.5]),
}

const example = ops.sin(ops.reshape(ops.arange(3 * 4 * 4 * 4).cast('f32'), [3, 4, 4, 4]))

for (const [name, operation] of Object.entries(operations)) {
  test(`${name}: on a batch of any size`, () => {
    const any = placeholder('x', [dimension('batch', { max: 8 }), 4, 4, 4], 'f32')
    const isFloat = operation(example).dtype === 'f32'
    const slope = grad((x: Tensor) => ops.sum(ops.square(operation(x))))
    const both = (x: Tensor): Tensor[] => [operation(x), ...(isFloat ? [slope(x)] : [])]
    const bound = replay(both(any), [[any.node, example]])
    const direct = both(example)
    bound.forEach((tensor, i) => {
      assert.deepEqual(tensor.toArray(), direct[i]?.toArray())
    })
  })
}
