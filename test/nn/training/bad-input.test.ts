import assert from 'node:assert/strict'
import test from 'node:test'
import { ConfigError, layers, random, Sequential, type Tensor, tensor, zeros } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const classifier = (loss = 'sparseCategoricalCrossentropy'): Sequential => {
  const model = new Sequential([layers.dense({ units: 3, activation: 'softmax', inputDim: 4, name: 'out' })])
  model.compile({ loss })
  return model
}
const samples = (count: number, features = 4): Tensor => random.normal(random.key(1), [count, features])
const rejects = (result: Promise<unknown>, name: string, message: string): Promise<void> => assert.rejects(result, { name, message })

test('bad input: an unknown name gives the nearest known one', () => {
  const model = classifier()
  assert.throws(() => model.compile({ loss: 'sparse_categorial_crossentropy' }), {
    name: 'ConfigError',
    message:
      /^loss: expected one of binaryCrossentropy, .+, msle, got 'sparse_categorial_crossentropy'\. Did you mean 'sparseCategoricalCrossentropy'\?$/,
  })
  assert.throws(() => model.compile({ loss: 'mse', optimizer: 'adamv' }), {
    message: /^optimizer: expected one of Adadelta, .+, got 'adamv'\. Did you mean 'Adam'\?$/,
  })
  assert.throws(() => model.compile({ loss: 'mse', metrics: ['acuracy'] }), /Did you mean 'accuracy'\?$/)
  assert.throws(() => layers.dense({ units: 1, activation: 'rellu' }), /^ConfigError: dense: activation: .* got 'rellu'\. Did you mean 'relu'\?$/)
  assert.throws(
    () => new Sequential([layers.dense({ units: 1, inputDim: 1, kernelInitializer: 'glorot' })]),
    /^ConfigError: dense: kernelInitializer: .* got 'glorot'\. Did you mean '\w+'\?/,
  )
})

test('bad input: options that count must be positive whole numbers', () => {
  assert.throws(() => layers.dense({ units: 0 }), { message: 'dense: expected units to be a positive whole number, got 0. Change it.' })
  assert.throws(() => layers.dense({ units: 1, inputDim: 2.5 }), {
    message: 'dense: expected inputDim to be a positive whole number, got 2.5. Change it.',
  })
  assert.throws(() => layers.dropout({ rate: 1 }), {
    message: 'dropout: expected rate to be a finite number of at least 0 and below 1, got 1. Change it.',
  })
  assert.throws(() => layers.conv2d({ filters: 2, kernelSize: 0 }), ConfigError)
})

test('bad input: a model is trained once at a time, and again after an error', async () => {
  const model = classifier()
  const [x, y] = [samples(4), tensor(new Int32Array(4))]
  const first = model.fit(x, y, { verbose: 0 })
  await rejects(
    model.fit(x, y, { verbose: 0 }),
    'ConfigError',
    "fit: expected a model that is not being trained, 'sequential' is. Await the first fit before the next.",
  )
  await first
  await assert.rejects(model.fit(x, zeros([3])))
  await model.fit(x, y, { verbose: 0 })
})

test('bad input: a model that is not compiled or built says so', async () => {
  const model = new Sequential([layers.dense({ units: 2 })])
  await rejects(
    model.fit(samples(2), zeros([2, 2])),
    'ConfigError',
    'fit: expected a compiled model, it is not. Call model.compile({ loss, optimizer, metrics }) first.',
  )
  await rejects(
    new Sequential([layers.dense({ units: 2 })]).saveWeights('/nowhere/w.safetensors'),
    'ConfigError',
    'saveWeights: expected a model with parameters, it is not built. Give its first layer an inputShape, or call build.',
  )
})

test('bad input: x and y of different lengths', () =>
  rejects(
    classifier().fit(samples(8), tensor(new Int32Array(7))),
    'TrainingError',
    'fit: expected as many targets as samples, got 8 in x and 7 in y. Cut the longer one.',
  ))

test('bad input: an empty data set', () =>
  rejects(
    classifier().fit(zeros([0, 4]), tensor(new Int32Array(0))),
    'TrainingError',
    'fit: expected at least one sample in x, got [0, 4]. Check how the data is read.',
  ))

test('bad input: a validation split that leaves nothing', () =>
  rejects(
    classifier().fit(samples(2), tensor(new Int32Array(2)), { validationSplit: 0.9 }),
    'TrainingError',
    'fit: expected samples on both sides of a validationSplit of 0.9, got 0 to train and 2 to validate. Pass more data or validationData.',
  ))

test('bad input: a label out of range names row, value and range', async () => {
  const y = tensor(Int32Array.of(0, 1, 3, 2))
  await rejects(
    classifier().fit(samples(4), y),
    'TrainingError',
    "fit: expected labels from 0 to 2 (layer 'out' has 3 outputs), got 3 in row 2 of y. Number the classes from 0, or give the last layer more units.",
  )
  await assert.rejects(classifier().fit(samples(2), tensor([0, 0.5])), /got 0\.5 in row 1 of y/)
  await assert.rejects(classifier().evaluate(samples(2), tensor([0, Number.NaN])), /^TrainingError: evaluate: .*got NaN in row 1 of y/)
  await assert.rejects(
    classifier().fit(samples(2), tensor([0, 1]), { validationData: [samples(1), tensor([-1])] }),
    /fit: validation: .*got -1 in row 0 of validation y/,
  )
})

test('bad input: rows of probabilities for a sparse loss, and numbers for a categorical one', async () => {
  await rejects(
    classifier().fit(samples(4), zeros([4, 3])),
    'ShapeError',
    "fit: expected one label per prediction, [samples], for sparseCategoricalCrossentropy after layer 'out' of [samples, 3], got y of [samples, 3]. " +
      'Rows of probabilities belong to categoricalCrossentropy.',
  )
  await rejects(
    classifier('categoricalCrossentropy').fit(samples(4), tensor(new Int32Array(4))),
    'ShapeError',
    "fit: expected targets of [samples, 3], the shape of layer 'out', for categoricalCrossentropy, got y of [samples]. " +
      'Labels as numbers belong to sparseCategoricalCrossentropy, or use oneHot.',
  )
  await rejects(
    classifier('categoricalCrossentropy').fit(samples(1), tensor([[0, 2, 0]])),
    'TrainingError',
    'fit: expected targets between 0 and 1 for categoricalCrossentropy, got 2 in row 0 of y. Make them probabilities, or use another loss.',
  )
})

test('bad input: targets of another shape than the predictions', async () => {
  const model = new Sequential([layers.dense({ units: 3, inputDim: 4 })])
  model.compile({ loss: 'mse' })
  await rejects(
    model.fit(samples(4), zeros([4, 2])),
    'ShapeError',
    "fit: expected targets of [samples, 3], the shape of layer 'dense', for meanSquaredError, got y of [samples, 2]. Give one target for every output.",
  )
})

test('bad input: samples of another shape than the model', () =>
  rejects(
    classifier().fit(samples(4, 5), tensor(new Int32Array(4))),
    'ShapeError',
    "fit: expected samples of [4] for layer 'out', got [5]. Reshape the data, or change inputShape.",
  ))

test('bad input: weights of another model name the parameter, the layer and both shapes', () => {
  const model = classifier()
  assert.throws(() => model.setWeights([zeros([4, 2]), zeros([3])]), {
    name: 'ShapeError',
    message: "setWeights: expected 'out/kernel' of layer 'out' as [4, 3], got [4, 2]. Build the model that these weights are from.",
  })
  assert.throws(() => model.setWeights([zeros([4, 3])]), {
    name: 'ConfigError',
    message: 'setWeights: expected 2 tensors, one per parameter, got 1. Use getWeights of the same model.',
  })
})

test('bad input: layers say what inputs they expect', () => {
  const build = (layer: Parameters<Sequential['add']>[0]) => () => new Sequential([layer])
  assert.throws(build(layers.maxPooling2d({ inputShape: [4, 4] })), {
    message: 'max_pooling2d: expected inputs [batch, height, width, channels], got [batch, 4, 4]. Add the missing axis with reshape.',
  })
  assert.throws(build(layers.multiHeadAttention({ numHeads: 2, keyDim: 2, inputDim: 4 })), {
    message: 'multi_head_attention: expected inputs [batch, time, features], got [batch, 4]. Reshape before it.',
  })
  assert.throws(build(layers.conv2d({ filters: 4, kernelSize: 2, groups: 2, inputShape: [4, 4, 3] })), {
    message: 'conv2d: expected groups that divide the 3 channels of [batch, 4, 4, 3], got 2. Change groups.',
  })
  assert.throws(() => layers.conv2d({ filters: 3, kernelSize: 2, groups: 2 }), {
    message: 'conv2d: expected groups that divide 3 filters, got 2. Change groups.',
  })
})

test('bad input: what is wrong with the options of a recurrent layer is said of the layer, not of its cell', () => {
  assert.throws(() => layers.lstm({ units: 0 }), { message: 'lstm: expected units to be a positive whole number, got 0. Change it.' })
  assert.throws(
    () => layers.gru({ units: 4, dropout: -1, name: 'memory' }),
    /^ConfigError: memory: expected dropout to be a finite number of at least 0 and below 1, got -1/,
  )
  assert.throws(() => layers.convLSTM2d({ filters: 0, kernelSize: 2 }), /^ConfigError: conv_lstm2d: expected filters/)
})
