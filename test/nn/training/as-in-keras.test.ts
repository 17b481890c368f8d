import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Callback, layers, losses, metrics, Model, ones, Sequential, type StepBatch, type Tensor, tensor } from '../../../src/index.ts'

class Encoder extends Model {
  readonly head = layers.dense({ units: 1, kernelInitializer: 'ones' })
  readonly difference = new losses.MeanSquaredError()
  readonly mean = new metrics.Mean({ name: 'distance' })

  override call(x: Tensor): Tensor {
    return this.head(x)
  }

  override trainStep({ x }: StepBatch) {
    const [loss, gradients] = this.valueAndGradients(() => this.difference(x.sum(-1, { keepDims: true }), this.respond(x, true)))
    this.optimizer.apply(gradients, this.trainableWeights)
    this.mean.updateState(loss)
    return { distance: this.mean.result() }
  }
}

test('fit takes options right after samples that have no targets', async () => {
  const model = new Encoder()
  model.compile({ optimizer: 'sgd' })
  const { history } = await model.fit(ones([4, 3]), { epochs: 2, verbose: 0 })
  assert.deepEqual(history.distance, [0, 0])
  const misspelt = { epochs: 2, batchsize: 4 }
  await assert.rejects(model.fit(ones([4, 3]), misspelt), /got 'batchsize'. Did you mean 'batchSize'/)
})

class Pair extends Model {
  readonly first = new Sequential([layers.dense({ units: 2, inputDim: 3 })])
  readonly second = new Sequential([layers.dense({ units: 1, inputDim: 2 })])

  override trainStep({ x }: StepBatch) {
    const loss = (): Tensor => this.second(this.first(x)).square().mean()
    const [value, gradients] = this.valueAndGradients(loss, this.second.trainableWeights)
    this.optimizer.apply(gradients, this.second.trainableWeights)
    return { loss: value }
  }
}

test('a model with a step of its own trains without a formula where its parts are built', async () => {
  const model = new Pair()
  model.compile({ optimizer: 'sgd' })
  const before = model.first.getWeights().map((weight) => weight.toArray())
  const { history } = await model.fit(ones([4, 3]), { epochs: 3, verbose: 0 })
  assert.ok((history.loss?.at(-1) ?? 1) < (history.loss?.[0] ?? 0))
  assert.deepEqual(
    model.first.getWeights().map((weight) => weight.toArray()),
    before,
  )
})

test('a callback of a class knows its model', async () => {
  class Rates extends Callback {
    readonly rates: (number | undefined)[] = []

    override onEpochEnd(): void {
      this.rates.push(this.model?.learningRate)
    }
  }
  const model = new Sequential([layers.dense({ units: 1, inputDim: 3 })])
  model.compile({ optimizer: 'sgd', loss: new losses.MeanSquaredError() })
  const rates = new Rates()
  await model.fit(ones([4, 3]), ones([4, 1]), { epochs: 2, verbose: 0, callbacks: [rates] })
  assert.equal(rates.rates.length, 2)
  assert.ok(Math.abs((rates.rates[0] ?? 0) - 0.01) < 1e-8)
})

test('a loss is called like a function', async () => {
  assert.equal(await new losses.MeanSquaredError()(tensor([0, 0]), tensor([1, 3])).item(), 5)
})
