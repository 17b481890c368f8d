import assert from 'node:assert/strict'
import test from 'node:test'
import { type CallContext, Layer, layers, numbersOf, parametersOf, random, Sequential, Tensor, tensor } from '../../../src/index.ts'
import { assertClose } from '../close.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

/** The result of a model of one layer with these weights. */
async function resultOf(layer: Layer, x: Tensor, weights?: readonly Tensor[]): Promise<Tensor> {
  const model = new Sequential([layer])
  model.build(x.shape)
  if (weights !== undefined) model.setWeights(weights)
  return model.predict(x)
}
const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))

test('dense: activation(x · kernel + bias)', async () => {
  const kernel = tensor([
    [1, -1],
    [2, 0],
  ])
  const y = await resultOf(layers.dense({ units: 2, activation: 'relu' }), tensor([[3, 4]]), [kernel, tensor([0.5, 1])])
  assertClose(y, [11.5, 0])
})

test('dense: further axes stay, a bias can be left out', async () => {
  const y = await resultOf(
    layers.dense({ units: 1, useBias: false }),
    tensor([
      [
        [1, 2],
        [3, 4],
      ],
    ]),
    [tensor([[1], [10]])],
  )
  assert.deepEqual(y.toArray(), [[[21], [43]]])
})

test("conv2d: sums over the window, with Keras's 'same' padding at the end", async () => {
  const x = tensor([
    [
      [[1], [2]],
      [[3], [4]],
    ],
  ])
  const ones = [
    tensor([
      [[[1]], [[1]]],
      [[[1]], [[1]]],
    ]),
    tensor([0.5]),
  ]
  assert.deepEqual((await resultOf(layers.conv2d({ filters: 1, kernelSize: 2 }), x, ones)).toArray(), [[[[10.5]]]])
  assert.deepEqual((await resultOf(layers.conv2d({ filters: 1, kernelSize: 2, padding: 'same' }), x, ones)).toArray(), [
    [
      [[10.5], [6.5]],
      [[7.5], [4.5]],
    ],
  ])
})

test('maxPooling2d: the largest of each window', async () => {
  const x = tensor([
    [
      [[1], [5]],
      [[3], [4]],
      [[9], [0]],
    ],
  ])
  assert.deepEqual((await resultOf(layers.maxPooling2d(), x)).toArray(), [[[[5]]]])
  assert.deepEqual((await resultOf(layers.maxPooling2d({ strides: 1 }), x)).toArray(), [[[[5]], [[9]]]])
})

test('flatten: all axes but the batch as one', async () => {
  assert.deepEqual(
    (
      await resultOf(
        layers.flatten(),
        tensor([
          [
            [1, 2],
            [3, 4],
          ],
        ]),
      )
    ).toArray(),
    [[1, 2, 3, 4]],
  )
})

test('embedding: rows of the table', async () => {
  const table = tensor([
    [0, 1],
    [2, 3],
    [4, 5],
  ])
  const y = await resultOf(layers.embedding({ inputDim: 3, outputDim: 2 }), tensor(Int32Array.of(2, 0), [1, 2]), [table])
  assert.deepEqual(y.toArray(), [
    [
      [4, 5],
      [0, 1],
    ],
  ])
})

test('layerNormalization: (x − mean) / √(variance + epsilon) · gamma + beta', async () => {
  const y = await resultOf(layers.layerNormalization({ epsilon: 0.5 }), tensor([[1, 2, 6]]), [tensor([1, 2, 1]), tensor([0, 0, 1])])
  const deviation = Math.sqrt(14 / 3 + 0.5)
  assertClose(y, [-2 / deviation, -2 / deviation, 3 / deviation + 1])
})

test('multiHeadAttention: softmax(q kᵀ / √size) v for each head, and causal sees nothing later', async () => {
  const layer = layers.multiHeadAttention({ numHeads: 2, keyDim: 2, causal: true })
  const model = new Sequential([layer])
  const x = random.normal(random.key(4), [1, 3, 4])
  model.build(x.shape)
  const [wq, bq, wk, bk, wv, bv, wo, bo] = model.getWeights().map((w) => w.reshape(w.size === 16 ? [4, 4] : [4]).toArray())
  const rows = (m: unknown): number[][] => (Array.isArray(m) ? m.map((r: unknown) => (Array.isArray(r) ? r.map(Number) : [])) : [])
  const vector = (v: unknown): number[] => (Array.isArray(v) ? v.map(Number) : [])
  const product = (a: number[][], m: unknown, b: unknown): number[][] =>
    a.map((row) => vector(b).map((bias, j) => row.reduce((sum, value, i) => sum + value * (rows(m)[i]?.[j] ?? 0), bias)))
  const input = rows(x.reshape([3, 4]).toArray())
  const [q, k, v] = [product(input, wq, bq), product(input, wk, bk), product(input, wv, bv)]
  const at = (m: number[][], t: number, i: number): number => m[t]?.[i] ?? 0
  const mixed = input.map((_, t) =>
    [0, 1].flatMap((head) => {
      const scores = input
        .slice(0, t + 1)
        .map((_s, s) => Math.exp([0, 1].reduce((sum, i) => sum + at(q, t, 2 * head + i) * at(k, s, 2 * head + i), 0) / Math.SQRT2))
      const total = scores.reduce((a, b) => a + b, 0)
      return [0, 1].map((i) => scores.reduce((sum, score, s) => sum + (score / total) * at(v, s, 2 * head + i), 0))
    }),
  )
  assertClose(await model.predict(x), product(mixed, wo, bo).flat(), 1e-5)
  assert.deepEqual(
    parametersOf(model).map(({ path }) => path),
    ['query', 'key', 'value', 'attention_output'].flatMap((name) => [`multi_head_attention/${name}/kernel`, `multi_head_attention/${name}/bias`]),
  )
})

test('dropout: kept elements are divided by 1 − rate; outside training x is x', () => {
  const layer = layers.dropout({ rate: 0.25 })
  const x = tensor(new Float32Array(4000).fill(3), [4000])
  const y = numbers(layer.call(x, { training: true, nextKey: () => random.key(1) }))
  assert.deepEqual([...new Set(y)].sort(), [0, 4])
  const kept = y.filter((value) => value === 4).length / y.length
  assert.ok(Math.abs(kept - 0.75) < 0.03, `kept ${kept}`)
  assert.equal(layer.call(x, { training: false, nextKey: () => random.key(1) }), x)
})

test('layers: initial values are drawn as Keras draws them', () => {
  const model = new Sequential([layers.embedding({ inputDim: 50, outputDim: 40, inputShape: [2] }), layers.dense({ units: 60 })])
  const [table = [], kernel = [], bias = []] = model.getWeights().map(numbers)
  const limit = Math.sqrt(6 / (40 + 60))
  assert.ok(Math.max(...table) <= 0.05 && Math.max(...table) > 0.049 && Math.min(...table) < -0.049)
  assert.ok(Math.max(...kernel) <= limit && Math.max(...kernel) > 0.97 * limit && Math.min(...kernel) < -0.97 * limit)
  assert.ok(bias.every((value) => value === 0))
})

test('layers: a layer may be made of layers, and its parameters carry their path', async () => {
  class Residual extends Layer {
    private readonly inner: Layer
    constructor() {
      super()
      this.inner = this.child('inner', layers.dense({ units: 3, activation: 'tanh' }))
    }
    call(x: Tensor, context: CallContext): Tensor {
      return x.add(this.inner.apply(x, context))
    }
  }
  const model = new Sequential([new Residual(), new Residual()])
  assert.ok((await model.predict(tensor([[1, 2, 3]]))) instanceof Tensor)
  assert.deepEqual(
    parametersOf(model).map(({ path }) => path),
    ['residual/inner/kernel', 'residual/inner/bias', 'residual_1/inner/kernel', 'residual_1/inner/bias'],
  )
})
