import assert from 'node:assert/strict'
import test from 'node:test'
import {
  Adam,
  compileStep,
  currentContext,
  full,
  Input,
  Layer,
  layers,
  losses,
  metrics,
  Model,
  numbersOf,
  type Optimizer,
  random,
  Sequential,
  SGD,
  type StepBatch,
  type StepLogs,
  Tensor,
  tensor,
  type Tree,
  valueAndGrad,
  valueAndGradients,
} from '../../../src/index.ts'
import { assertClose } from '../close.ts'

const quiet = { verbose: 0, shuffle: false } as const
const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))
const flat = (model: { getWeights(): Tensor[] }): number[] => model.getWeights().flatMap(numbers)
const draw = (seed: number, shape: readonly number[]): Tensor => {
  const drawn = random.normal(random.key(seed), shape)
  return tensor(Float32Array.from(numbers(drawn)), shape)
}

const x = draw(1, [40, 6])
const y = draw(2, [40, 2])
const stack = () => [
  layers.dense({ units: 8, activation: 'tanh', inputDim: 6 }),
  layers.batchNormalization({ momentum: 0.5 }),
  layers.dense({ units: 2 }),
]

/** The default step, written out. */
class Written extends Sequential {
  readonly seen = new metrics.Mean({ name: 'seen' })

  override trainStep({ x, y, sampleWeight }: StepBatch): StepLogs {
    let prediction: Tree = []
    const [loss, gradients] = this.valueAndGradients(() => {
      prediction = this.respond(x, true)
      return this.computeLoss(x, y, prediction, sampleWeight)
    })
    this.optimizer.apply(gradients, this.trainableParameters)
    this.seen.updateState(loss)
    return { ...this.computeMetrics(x, y, prediction, sampleWeight), seen: this.seen.result() }
  }
}

test('steps: a step that is written out trains as the one of the model, and reports what it returns', async () => {
  const [usual, own] = [new Sequential(stack()), new Written(stack())]
  for (const model of [usual, own]) model.compile({ loss: 'mse', optimizer: new Adam(), metrics: ['mae'] })
  const expected = await usual.fit(x, y, { ...quiet, epochs: 2, batchSize: 16 })
  const { history } = await own.fit(x, y, { ...quiet, epochs: 2, batchSize: 16 })
  assertClose(flat(own), flat(usual), 1e-6)
  assertClose(history.mae ?? [], expected.history.mae ?? [], 1e-6)
  // The mean over steps, that of the model is over samples.
  assert.equal(history.seen?.length, 2)
  assert.ok(own.metrics.includes(own.seen))
})

test('steps: what a step adds is reported besides', async () => {
  class Counting extends Sequential {
    override trainStep(batch: StepBatch): StepLogs {
      const logs = super.trainStep(batch)
      return { ...logs, learningRate: tensor(0.5, []) }
    }
  }
  const model = new Counting(stack())
  model.compile({ loss: 'mse' })
  const { history } = await model.fit(x, y, { ...quiet, batchSize: 40 })
  assert.deepEqual(Object.keys(history), ['loss', 'learningRate'])
  assertClose(history.learningRate ?? [], [0.5], 1e-7)
})

test('steps: testStep and predictStep may be other ones', async () => {
  class Doubled extends Sequential {
    override testStep({ x }: StepBatch): StepLogs {
      return { largest: this.respond(x, false).max() }
    }
    override predictStep(x: Tensor): Tree {
      const prediction = super.predictStep(x)
      return [prediction, prediction]
    }
  }
  const model = new Doubled(stack())
  model.compile({ loss: 'mse' })
  const { largest } = await model.evaluate(x, y, { verbose: 0, batchSize: 40 })
  const [first, second]: readonly unknown[] = [await model.predict(x)].flat()
  assert.ok(first instanceof Tensor && second instanceof Tensor)
  assertClose([Math.max(...numbers(first))], [largest ?? 0], 1e-6)
  assert.deepEqual(numbers(second), numbers(first))
})

/** Two networks against each other, each with an optimizer of its own. */
class Gan extends Model {
  readonly generator = new Sequential([layers.dense({ units: 6, inputDim: 3 })])
  readonly critic = new Sequential([layers.dense({ units: 8, activation: 'relu', inputDim: 6 }), layers.dense({ units: 1 })])
  readonly criticOptimizer: Optimizer = new Adam({ learningRate: 0.01 })
  readonly generatorOptimizer: Optimizer = new Adam({ learningRate: 0.01 })
  readonly criticLoss = new metrics.Mean({ name: 'criticLoss' })

  override call(x: Tensor): Tensor {
    return this.critic(x)
  }

  override trainStep({ x }: StepBatch): StepLogs {
    const noise: Tensor = random.normal(currentContext().nextKey(), [8, 3])
    const judge = (samples: Tensor, target: number): Tensor => {
      const logits = this.critic(samples)
      return losses.binaryCrossentropy(full(logits.shape, target), logits, { fromLogits: true }).mean()
    }
    const critics = this.critic.trainableParameters
    const [loss, gradients] = this.valueAndGradients(() => judge(x, 1).add(judge(this.generator(noise), 0)), critics)
    this.criticOptimizer.apply(gradients, critics)
    const makers = this.generator.trainableParameters
    const [generatorLoss, others] = this.valueAndGradients(() => judge(this.generator(noise), 1), makers)
    this.generatorOptimizer.apply(others, makers)
    this.criticLoss.updateState(loss)
    return { criticLoss: this.criticLoss.result(), generatorLoss }
  }
}

test('steps: two networks with an optimizer each are one program', async () => {
  const gan = new Gan()
  gan.compile({})
  const before = [flat(gan.generator), flat(gan.critic)]
  const { history } = await gan.fit(x, undefined, { ...quiet, epochs: 3, batchSize: 8 })
  assert.notDeepEqual(flat(gan.generator), before[0])
  assert.notDeepEqual(flat(gan.critic), before[1])
  assert.equal(numbers(gan.criticOptimizer.variables[0]?.value ?? tensor([]))[0], 15)
  assert.ok((history.criticLoss?.[2] ?? 9) < (history.criticLoss?.[0] ?? 0))
})

test('steps: code that runs operation by operation gives the same', async () => {
  const run = async (runEagerly: boolean) => {
    const model = new Sequential([...stack(), layers.dropout({ rate: 0.2 })])
    model.compile({ loss: 'mse', optimizer: 'adam', metrics: ['mae'], runEagerly })
    const { history } = await model.fit(x, y, { ...quiet, epochs: 2, batchSize: 20 })
    return [...flat(model), ...(history.loss ?? []), ...(history.mae ?? [])]
  }
  assertClose(await run(true), await run(false), 1e-6)
})

test("steps: a loop of one's own, compiled or not, trains as fit", async () => {
  const whole = new Sequential(stack())
  whole.compile({ loss: 'mse', optimizer: new SGD({ learningRate: 0.1, momentum: 0.9 }) })
  await whole.fit(x, y, { ...quiet, epochs: 3, batchSize: 40 })
  for (const compiled of [true, false]) {
    const model = new Sequential(stack())
    const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9 })
    const plain = (x: Tensor, y: Tensor): Tensor => {
      const parameters = model.trainableParameters
      const loss = () => losses.meanSquaredError(y, model(x, { training: true })).mean()
      const [value, gradients] = valueAndGradients(loss, parameters)
      optimizer.apply(gradients, parameters)
      return value
    }
    const step = compiled ? compileStep(plain) : plain
    const values = [step(x, y), step(x, y), step(x, y)].map((loss) => loss.itemSync())
    assert.ok((values[2] ?? 9) < (values[0] ?? 0))
    assertClose(flat(model), flat(whole), 1e-5)
  }
})

test('steps: grad of the values of parameters serves as well', () => {
  const model = new Sequential(stack())
  const parameters = model.trainableParameters
  const optimizer = new SGD({ learningRate: 0.1 })
  const formula = (values: readonly Tensor[]): Tensor => {
    parameters.forEach((parameter, i) => {
      parameter.value = values[i] ?? parameter.value
    })
    return losses.meanSquaredError(y, model(x, { training: true })).mean()
  }
  const own = parameters.map(({ value }) => value)
  const [loss, gradients] = valueAndGrad(formula)(own)
  parameters.forEach((parameter, i) => {
    parameter.value = own[i] ?? parameter.value
  })
  optimizer.apply(gradients, parameters)
  assert.ok(
    losses
      .meanSquaredError(y, model(x, { training: true }))
      .mean()
      .itemSync() < loss.itemSync(),
  )
})

test('steps: a compiled step of dropout draws other elements every time', () => {
  const layer = layers.dropout({ rate: 0.5 })
  const step = compileStep((x: Tensor) => layer(x, { training: true }))
  assert.notDeepEqual(numbers(step(x)), numbers(step(x)))
  assert.throws(() => compileStep((x: Tensor) => x, JSON.parse('{ "sed": 1 }')), /expected options among name, seed, got 'sed'/)
})

test('steps: losses that layers add count, in training and in tests', async () => {
  class Spread extends Layer {
    call(x: Tensor): Tensor {
      this.addLoss(x.square().mean().multiply(0.5))
      return x
    }
  }
  const start = Input({ shape: [6] })
  const model = new Model({ inputs: start, outputs: new Spread()(start) })
  model.compile({})
  const { loss } = await model.evaluate(x, undefined, { verbose: 0, batchSize: 40 })
  assertClose([loss], [x.square().mean().multiply(0.5).itemSync()], 1e-6)
})

test('steps: a model without anything to make smaller says so', async () => {
  const model = new Sequential(stack())
  model.compile({})
  await assert.rejects(model.fit(x, y, quiet), /expected a loss, got none\. Compile with a loss/)
})
