import assert from 'node:assert/strict'
import test from 'node:test'
import { layers, random, Sequential, type Tensor, zeros } from '../../../src/index.ts'

const xTrain = random.normal(random.key(1), [96, 100])
const yTrain = random.categorical(random.key(2), random.normal(random.key(3), [96, 10])).oneHot(10)

test("the textbook's first program runs as it stands", async (t) => {
  // A page has no standard output; there the progress goes to the console.
  if ('stdout' in process) t.mock.method(process.stdout, 'write', () => true)
  const model = new Sequential()
  model.add(layers.dense({ units: 64, activation: 'relu', inputDim: 100 }))
  model.add(layers.dense({ units: 10, activation: 'softmax' }))
  model.compile({ loss: 'categorical_crossentropy', optimizer: 'sgd', metrics: ['accuracy'] })
  const history = await model.fit(xTrain, yTrain, { epochs: 5, batchSize: 32 })
  t.mock.restoreAll()
  assert.deepEqual(history.epoch, [0, 1, 2, 3, 4])
  assert.equal(history.history.loss.length, 5)
  assert.equal(history.history.accuracy?.length, 5)
  assert.ok((history.history.loss.at(-1) ?? 9) < (history.history.loss[0] ?? 0))
})

test('sequential: the summary shows names, shapes and parameters', () => {
  const model = new Sequential([
    layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1] }),
    layers.maxPooling2d(),
    layers.flatten(),
    layers.dense({ units: 3 }),
    layers.dense({ units: 2 }),
  ])
  let text = ''
  model.summary((line) => {
    text = line
  })
  assert.match(text, /conv2d \(Conv2D\)\s+\[batch, 6, 6, 4\]\s+40\s+3,024\n/)
  assert.match(text, /max_pooling2d \(MaxPooling2D\)\s+\[batch, 3, 3, 4\]\s+0\s+144\n/)
  assert.match(text, /flatten \(Flatten\)\s+\[batch, 36\]\s+0\s+0\n/)
  assert.match(text, /dense_1 \(Dense\)\s+\[batch, 2\]\s+8\s+14\n/)
  assert.match(text, /Parameters: 159 \(636 B\), trainable: 159/)
  assert.equal(model.countParams(), 159)
  assert.deepEqual(
    model.layers.map((layer) => layer.name),
    ['conv2d', 'max_pooling2d', 'flatten', 'dense', 'dense_1'],
  )
})

test('sequential: without an input shape it is built by the first data it sees', async () => {
  const model = new Sequential([layers.dense({ units: 2 })])
  assert.equal(model.countParams(), 0)
  assert.throws(() => model.learningRate, /learningRate: expected a compiled model, it is not\. Call model\.compile/)
  const result = await model.predict([
    [1, 2, 3],
    [4, 5, 6],
  ])
  assert.deepEqual(result.shape, [2, 2])
  assert.equal(model.countParams(), 8)
})

test('sequential: the same seed gives the same initial values, another seed others', () => {
  const weights = (seed: number) => {
    const model = new Sequential([layers.dense({ units: 3, inputDim: 4 }), layers.dense({ units: 4 })], { seed })
    return model.getWeights().map((w) => w.toArray())
  }
  assert.deepEqual(weights(7), weights(7))
  assert.notDeepEqual(weights(7)[0], weights(8)[0])
  assert.notDeepEqual(weights(7)[0], weights(7)[2])
})

test('sequential: layers added one by one are those of a list', () => {
  const make = () => [layers.dense({ units: 3, inputDim: 4 }), layers.dense({ units: 3 })]
  const first = new Sequential(make())
  const second = new Sequential()
  for (const layer of make()) second.add(layer)
  assert.deepEqual(
    first.getWeights().map((w) => w.toArray()),
    second.getWeights().map((w) => w.toArray()),
  )
})

test('sequential: a model is a layer of another model', async () => {
  const inner = new Sequential([layers.dense({ units: 3 }), layers.dense({ units: 2, activation: 'softmax' })], { name: 'inner' })
  const model = new Sequential([layers.dense({ units: 5, inputDim: 4 }), inner])
  assert.equal(model.countParams(), 25 + 18 + 8)
  assert.deepEqual((await model.predict(random.normal(random.key(0), [3, 4]))).shape, [3, 2])
})

test('sequential: predict gives every sample, whatever the batch size', async () => {
  const model = new Sequential([layers.dense({ units: 3, inputDim: 100, activation: 'softmax' })])
  const whole = await model.predict(xTrain, { batchSize: 96 })
  const parts = await model.predict(xTrain, { batchSize: 20 })
  assert.deepEqual(parts.shape, [96, 3])
  assert.deepEqual(parts.toArray(), whole.toArray())
})

test('sequential: a layer that is in the model already, or a name that is taken, is refused', () => {
  const dense = layers.dense({ units: 2, inputDim: 2, name: 'out' })
  const model = new Sequential([dense])
  assert.throws(() => model.add(dense), {
    name: 'ConfigError',
    message: "sequential.add: expected a layer that is not in the model, got 'out' again. Make another one.",
  })
  assert.throws(() => model.add(layers.dense({ units: 2, name: 'out' })), {
    name: 'ConfigError',
    message: "sequential.add: expected a name that no other layer has, got 'out'. Rename one of them.",
  })
})

test('sequential: a shape that does not fit names the layer, the operation and both shapes', () => {
  const model = new Sequential([layers.dense({ units: 64, inputDim: 100, name: 'first' })])
  assert.throws(() => model.add(layers.conv2d({ filters: 2, kernelSize: 3, name: 'picture' })), {
    name: 'ShapeError',
    message: 'picture: expected inputs [batch, height, width, channels], got [batch, 64]. Add the missing axis with reshape.',
  })
  const other = new Sequential([layers.dense({ units: 64, inputDim: 100 })])
  assert.throws(
    () => other.add(layers.dense({ units: 2, inputDim: 50 })),
    /dense_1: expected inputs of \[50\] as its inputShape says, got \[64\] from 'dense'\. Leave inputShape out after the first layer\./,
  )
  assert.equal(other.layers.length, 1)
})

test('sequential: an error inside a layer carries its name', () => {
  const times = (x: Tensor): Tensor => x.matmul(zeros<readonly number[]>([2, 1]))
  assert.throws(() => new Sequential([layers.activation({ activation: times, inputDim: 3, name: 'custom' })]), {
    name: 'ShapeError',
    message:
      'custom (input [batch, 3]): matmul: expected equal inner sizes, got [batch, 3] and [2, 1] (3 and 2). Transpose one side, or check the layer before.',
  })
})

test('sequential: data of another shape than the model names both', async () => {
  const model = new Sequential([layers.dense({ units: 64, inputDim: 100, name: 'hidden' })])
  await assert.rejects(model.predict(random.normal(random.key(0), [4, 99])), {
    name: 'ShapeError',
    message: "predict: expected samples of [100] for layer 'hidden', got [99]. Reshape the data, or change inputShape.",
  })
})
