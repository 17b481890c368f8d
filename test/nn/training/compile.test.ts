import assert from 'node:assert/strict'
import test from 'node:test'
import { Adam, Input, layers, losses, metrics, Model, ones, optimizers, Sequential, type Tensor } from '../../../src/index.ts'

function two() {
  const x = Input({ shape: [3], name: 'x' })
  return new Model({ inputs: x, outputs: [layers.dense({ units: 1, name: 'price' })(x), layers.dense({ units: 2, name: 'kind_of' })(x)] })
}

const targets = [ones([4, 1]), ones([4, 2])]

test('compile: figures are named as Keras names them, in camelCase', async () => {
  const model = two()
  model.compile({
    loss: { price: 'mse', kind_of: new losses.MeanAbsoluteError() },
    metrics: { price: ['mae', 'mae'], kind_of: 'accuracy' },
    weightedMetrics: [['mae', 'mse'], null],
  })
  assert.deepEqual(Object.keys(await model.evaluate(ones([4, 3]), targets, { verbose: 0 })), [
    'loss',
    'priceLoss',
    'kindOfLoss',
    'priceMae',
    'priceMae1',
    'kindOfAccuracy',
    'priceWeightedMae',
    'priceMse',
  ])
})

test('compile: outputs of a record are named by its keys', async () => {
  const x = Input({ shape: [3] })
  const model = new Model({ inputs: { x }, outputs: { b: layers.dense({ units: 2 })(x), a: layers.dense({ units: 1 })(x) } })
  model.compile({ loss: { a: 'mse', b: 'mse' } })
  const figures = await model.evaluate({ x: ones([4, 3]) }, { a: targets[0] ?? [], b: targets[1] ?? [] }, { verbose: 0 })
  assert.deepEqual(Object.keys(figures), ['loss', 'aLoss', 'bLoss'])
  assert.deepEqual(Object.keys(await model.predict({ x: ones([4, 3]) })), ['a', 'b'])
})

test('compile: what does not belong to an output is named', () => {
  const compile = (options: Parameters<Model['compile']>[0]) => () => {
    const model = two()
    model.compile(options)
    model.training('test')
  }
  assert.throws(
    compile({ loss: { prise: 'mse' } }),
    /^ConfigError: compile: expected losses for price, kind_of, got 'prise'\. Did you mean 'price'\?$/,
  )
  assert.throws(compile({ loss: ['mse', 'mse', 'mse'] }), /compile: expected losses for price, kind_of \(a list of 2, or a record by name\), got 3/)
  assert.throws(compile({ loss: 'mse', lossWeights: [1, Number.NaN] }), /expected lossWeights that are finite numbers, got NaN/)
  assert.throws(compile({ loss: 'mse', metrics: ['mae'] }), /compile: expected metrics for price, kind_of/)
  assert.throws(compile({ loss: 'mse', optimizer: 'adams' }), /optimizer: .* Did you mean 'Adam'\?$/)
})

test('compile: what it was given is plain JSON that compiles the same', async () => {
  const model = two()
  assert.equal(model.getCompileConfig(), undefined)
  const loss = [new losses.Huber({ delta: 0.5 }), 'mse']
  model.compile({ loss, lossWeights: [1, 0.5], metrics: [[new metrics.MeanAbsoluteError()], ['mse']], optimizer: new Adam({ learningRate: 0.3 }) })
  const config: Record<string, unknown> = JSON.parse(JSON.stringify(model.getCompileConfig()))
  const figures = await model.evaluate(ones([4, 3]), targets, { verbose: 0 })
  model.compileFromConfig(config)
  assert.deepEqual(JSON.parse(JSON.stringify(model.getCompileConfig())), config)
  assert.deepEqual(await model.evaluate(ones([4, 3]), targets, { verbose: 0 }), figures)
  assert.throws(() => model.compileFromConfig({ losses: 'mse' }), /^ConfigError: compileFromConfig: expected what getCompileConfig gave/)
})

test('compile: frozen layers have no slots and stay, a compile later takes them up again', async () => {
  const model = new Sequential([layers.dense({ units: 3, inputDim: 3, name: 'base' }), layers.dense({ units: 1 })])
  const { trainable } = model.getLayer('base')
  model.getLayer('base').trainable = !trainable
  const optimizer = new Adam()
  model.compile({ loss: 'mse', optimizer })
  await model.fit(ones([4, 3]), ones([4, 1]), { verbose: 0 })
  assert.equal(optimizer.variables.length, 2 + 2 * 2)
  assert.deepEqual([model.trainableParameters.length, model.nonTrainableParameters.length], [2, 2])
  model.getLayer('base').trainable = true
  model.compile({ loss: 'mse', optimizer: new Adam() })
  await model.fit(ones([4, 3]), ones([4, 1]), { verbose: 0 })
  assert.equal(model.optimizer.variables.length, 2 + 2 * 4)
})

test('compile: half precision scales its loss, unless it is told not to', () => {
  const model = new Sequential([layers.dense({ units: 1, inputDim: 3 })], { dtype: 'mixed_float16' })
  model.compile({ loss: 'mse' })
  assert.ok(model.optimizer instanceof optimizers.LossScaleOptimizer)
  model.compile({ loss: 'mse', autoScaleLoss: false })
  assert.ok(!(model.optimizer instanceof optimizers.LossScaleOptimizer))
})

test('compile: a rate that the optimizer is told of counts from the next step on', async () => {
  const model = new Sequential([layers.dense({ units: 1, inputDim: 3 })])
  model.compile({ loss: 'mse', optimizer: 'sgd' })
  const [x, y]: readonly Tensor[] = [ones([4, 3]), ones([4, 1])]
  if (x === undefined || y === undefined) return
  await model.trainOnBatch(x, y)
  model.optimizer.learningRate = 0
  const before = model.getWeights().map((w) => w.toArray())
  await model.trainOnBatch(x, y)
  assert.deepEqual(
    model.getWeights().map((w) => w.toArray()),
    before,
  )
  assert.equal(model.learningRate, 0)
})
