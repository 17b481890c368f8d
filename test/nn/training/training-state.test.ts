import assert from 'node:assert/strict'
import test from 'node:test'
import {
  Adam,
  type Callback,
  layers,
  metrics,
  numbersOf,
  random,
  Sequential,
  type StepBatch,
  type StepLogs,
  Tensor,
  tensor,
  type TrainingState,
} from '../../../src/index.ts'

const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))
const flat = (model: { getWeights(): Tensor[] }): number[] => model.getWeights().flatMap(numbers)
const draw = (seed: number, shape: readonly number[]): Tensor => tensor(Float32Array.from(numbers(random.normal(random.key(seed), shape))), shape)
const x = draw(1, [50, 6])
const y = tensor(Int32Array.from({ length: 50 }, (_, i) => i % 3))

function fresh(kind: 'usual' | 'own' = 'usual'): Sequential {
  const stack = [
    layers.dense({ units: 8, activation: 'relu', inputDim: 6 }),
    layers.batchNormalization(),
    layers.dropout({ rate: 0.3 }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]
  const model = kind === 'usual' ? new Sequential(stack) : new Own(stack)
  model.compile({
    loss: 'sparseCategoricalCrossentropy',
    optimizer: new Adam({ learningRate: 0.01, gradientAccumulationSteps: kind === 'usual' ? 2 : 1 }),
    metrics: ['accuracy'],
  })
  return model
}

/** Cells that only its step knows of. */
class Own extends Sequential {
  readonly seen = new metrics.Mean({ name: 'seen' })
  readonly optimizers = [new Adam({ learningRate: 0.02 })]

  override trainStep({ x, y, sampleWeight }: StepBatch): StepLogs {
    const parameters = this.trainableParameters
    const [loss, gradients] = this.valueAndGradients(() => this.computeLoss(x, y, this.respond(x, true), sampleWeight))
    this.optimizers[0]?.apply(gradients, parameters)
    this.seen.updateState(loss)
    return { loss, seen: this.seen.result() }
  }
}

/** A state as it comes from a file. */
const stored = ({ tensors, progress }: TrainingState): TrainingState => ({
  tensors: new Map([...tensors].map(([name, value]) => [name, tensor(Float64Array.from(numbers(value)), value.shape, { dtype: value.dtype })])),
  progress: JSON.parse(JSON.stringify(progress)),
})

/** Keeps the state after some step, counted over all epochs, and stops there as an interruption would. */
class Interruption implements Callback {
  state: TrainingState | undefined
  private left: number
  private readonly hook: 'batch' | 'epoch'

  constructor(after: number, hook: 'batch' | 'epoch' = 'batch') {
    this.left = after
    this.hook = hook
  }

  async onTrainBatchEnd(_step: number, _logs: unknown, model: Parameters<NonNullable<Callback['onTrainBegin']>>[0]): Promise<void> {
    if (this.hook === 'batch') await this.count(model)
  }

  async onEpochEnd(_epoch: number, _logs: unknown, model: Parameters<NonNullable<Callback['onTrainBegin']>>[0]): Promise<void> {
    if (this.hook === 'epoch') await this.count(model)
  }

  private async count(model: Parameters<NonNullable<Callback['onTrainBegin']>>[0]): Promise<void> {
    if (--this.left === 0) {
      this.state = await model.trainingState()
      throw new RangeError('interrupted')
    }
  }
}

const options = { epochs: 4, batchSize: 8, verbose: 0, validationSplit: 0.2 } as const

for (const kind of ['usual', 'own'] as const) {
  for (const [after, hook] of [
    [3, 'batch'],
    [5, 'batch'],
    [9, 'batch'],
    [2, 'epoch'],
  ] as const) {
    test(`training state: an interruption after ${after} of ${hook} changes no bit of ${kind} steps`, async () => {
      const whole = fresh(kind)
      const expected = await whole.fit(x, y, options)
      const interruption = new Interruption(after, hook)
      await assert.rejects(fresh(kind).fit(x, y, { ...options, callbacks: [interruption] }), RangeError)
      const { state } = interruption
      if (state === undefined) throw new Error('expected a state')
      const resumed = fresh(kind)
      const restore: Callback = { onTrainBegin: (model) => model.restoreTrainingState(stored(state)) }
      const { history, epoch } = await resumed.fit(x, y, { ...options, callbacks: [restore] })
      assert.deepEqual(flat(resumed), flat(whole))
      assert.deepEqual(epoch, [0, 1, 2, 3])
      assert.deepEqual(history, expected.history)
    })
  }
}

test('training state: batches of a function go on where they were', async () => {
  const batches = function* () {
    for (let from = 0; from < 48; from += 8) {
      const rows = tensor(Int32Array.from({ length: 8 }, (_, i) => from + i))
      yield [x.gather(rows), y.gather(rows)] as const
    }
  }
  const whole = fresh()
  await whole.fit(batches, { epochs: 3, verbose: 0 })
  const interruption = new Interruption(8)
  await assert.rejects(fresh().fit(batches, { epochs: 3, verbose: 0, callbacks: [interruption] }), RangeError)
  const resumed = fresh()
  if (interruption.state !== undefined) resumed.restoreTrainingState(interruption.state)
  await resumed.fit(batches, { epochs: 3, verbose: 0 })
  assert.deepEqual(flat(resumed), flat(whole))
})

test('training state: one of another model or optimizer is refused, and changes nothing', async () => {
  const model = fresh()
  await model.fit(x, y, { ...options, epochs: 1 })
  const state = await model.trainingState()
  const other = new Sequential([layers.dense({ units: 4, inputDim: 6 })])
  other.compile({ loss: 'mse', optimizer: 'adam' })
  const before = flat(other)
  assert.throws(
    () => other.restoreTrainingState(state),
    /^FormatError: sequential: expected 'weights\/dense\/kernel' of the training state as f32 \[6, 4\], got f32 \[6, 8\]/,
  )
  other.compile({ loss: 'mse', optimizer: 'sgd' })
  assert.throws(() => other.restoreTrainingState(state), /expected a training state of the optimizer SGD, got one of Adam/)
  assert.deepEqual(flat(other), before)
})

test('training state: a signal stops between steps, and training can go on from there', async () => {
  const whole = fresh()
  await whole.fit(x, y, options)
  const model = fresh()
  const controller = new AbortController()
  const callbacks: Callback[] = [{ onTrainBatchEnd: (step) => (step === 2 ? controller.abort() : undefined) }]
  await assert.rejects(model.fit(x, y, { ...options, callbacks, signal: controller.signal }), { name: 'AbortError' })
  model.restoreTrainingState(await model.trainingState())
  await model.fit(x, y, options)
  assert.deepEqual(flat(model), flat(whole))
})
