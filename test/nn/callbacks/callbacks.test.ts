import assert from 'node:assert/strict'
import test from 'node:test'
import {
  Callback,
  CallbackList,
  EarlyStopping,
  History,
  LambdaCallback,
  LearningRateScheduler,
  layers,
  ones,
  optimizers,
  ProgbarLogger,
  ReduceLROnPlateau,
  random,
  Sequential,
  SwapEMAWeights,
  TerminateOnNaN,
  tensor,
  zeros,
} from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const data = [random.normal(random.key(1), [8, 3]), random.normal(random.key(2), [8, 2])] as const

function compiled(): Sequential {
  const model = new Sequential([layers.dense({ units: 2, inputDim: 3 })])
  model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' })
  return model
}

/** A terminal that keeps what is written. */
function paper() {
  const lines: string[] = []
  return { lines, interactive: false, columns: 80, colours: false, write: (text: string) => void lines.push(text) }
}

test('learningRateScheduler: sets the rate of each epoch, which the history has', async () => {
  const schedule = new LearningRateScheduler((epoch, rate) => (epoch === 0 ? 0.5 : rate / 2))
  const { history } = await compiled().fit(...data, { epochs: 3, verbose: 0, callbacks: [schedule] })
  assert.deepEqual(history.learningRate, [0.5, 0.25, 0.125])
})

test('callbacks: of several optimizers each has its own rate set and lowered, as in Keras', async () => {
  const model = new Sequential([layers.dense({ units: 1, inputDim: 2, kernelInitializer: 'ones' })])
  const optimizerMap = {
    defaultOptimizer: new optimizers.Adam({ learningRate: 0.1 }),
    optimizerMap: { '.*bias': new optimizers.SGD({ learningRate: 0.2 }) },
  }
  model.compile({ loss: 'meanSquaredError', optimizer: new optimizers.MultiOptimizer({ optimizerMap }) })
  const halve = new LearningRateScheduler((_, rate) => rate * 0.5)
  const lower = new ReduceLROnPlateau({ monitor: 'loss', patience: 0, minDelta: 100, factor: 0.5, minLr: 0.02 })
  const { history } = await model.fit(ones([4, 2]), zeros([4, 1]), { epochs: 3, verbose: 0, callbacks: [halve, lower] })
  const close = (name: string, wanted: readonly number[]): void => {
    assert.deepEqual((history[name] ?? []).map(Math.fround), wanted.map(Math.fround), name)
  }
  close('learningRateSgd', [0.1, 0.05, 0.0125])
  close('learningRateAdam', [0.05, 0.025, 0.01])
  assert.deepEqual(
    (history.loss ?? []).map((loss) => loss.toFixed(4)),
    ['4.0000', '2.2500', '1.6923'],
  )
  assert.throws(() => {
    model.learningRate = 0.1
  }, /multioptimizer: expected the learning rate to be set on one of its optimizers/)
})

test('learningRateScheduler: a rate that is no number ends the training', async () => {
  const schedule = new LearningRateScheduler(() => Number.NaN)
  await assert.rejects(
    compiled().fit(...data, { verbose: 0, callbacks: [schedule] }),
    /learningRateScheduler: expected the schedule's rate for epoch 0/,
  )
})

test('callbacks: options are checked when they are given', () => {
  assert.throws(() => new EarlyStopping({ patience: -1 }), /ConfigError: earlyStopping: expected patience to be a whole number of at least 0, got -1/)
  assert.throws(() => new EarlyStopping({ monitor: 'valFlow' }), /expected a figure whose name says whether high or low is good, got 'valFlow'/)
  assert.throws(() => new ReduceLROnPlateau({ factor: 1 }), /reduceLROnPlateau: expected factor to be a finite number above 0 and below 1, got 1/)
  assert.throws(() => new ReduceLROnPlateau({ minLr: -0.1 }), /expected minLr to be a finite number of at least 0, got -0.1/)
  assert.throws(
    () => new LambdaCallback(Object.fromEntries([['onEpochStart', () => {}]])),
    /lambdaCallback: .*got 'onEpochStart'\. Did you mean 'onEpoch/,
  )
})

test('earlyStopping: epochs that are not validated do not count; a figure that never comes is refused', async () => {
  const stopping = new EarlyStopping({ patience: 1, minDelta: 100 })
  const options = { epochs: 9, validationSplit: 0.25, validationFreq: 2, verbose: 0 } as const
  const { epoch } = await compiled().fit(...data, { ...options, callbacks: [stopping] })
  assert.deepEqual(epoch, [0, 1, 2, 3])
  await assert.rejects(
    compiled().fit(...data, { ...options, callbacks: [new EarlyStopping({ monitor: 'valLossy' })] }),
    /expected one of loss, valLoss to monitor, got 'valLossy'/,
  )
})

test('terminateOnNaN: stops, or with raiseError rejects fit', async () => {
  const x = tensor([[Number.NaN, 1, 1]])
  const y = tensor([[1, 1]])
  const nan = new TerminateOnNaN()
  const { epoch } = await compiled().fit(x, y, { epochs: 4, verbose: 0, callbacks: [nan] })
  assert.deepEqual([epoch, nan.report?.metric], [[0], 'loss'])
  const raising = compiled().fit(x, y, { epochs: 4, verbose: 0, callbacks: [new TerminateOnNaN({ raiseError: true })] })
  await assert.rejects(raising, /TrainingError: fit: expected a finite loss, got NaN first at step 1 of epoch 1/)
})

test('swapEMAWeights: an optimizer without averages is refused', async () => {
  const training = compiled().fit(...data, { verbose: 0, callbacks: [new SwapEMAWeights()] })
  await assert.rejects(training, /swapEMAWeights: expected an optimizer that keeps averages of the weights/)
})

test('callbacks: those that are last come after the others, lists are what they hold', async () => {
  const order: string[] = []
  class Noting extends Callback {
    override readonly isLast: boolean
    private readonly name: string
    constructor(name: string, isLast = false) {
      super()
      this.name = name
      this.isLast = isLast
    }
    override onEpochEnd(): void {
      order.push(this.name)
    }
  }
  const list = new CallbackList([new Noting('last', true), new Noting('first')])
  list.append(new Noting('second'))
  await compiled().fit(...data, { verbose: 0, callbacks: [list, new Noting('third')] })
  assert.deepEqual(order, ['first', 'second', 'third', 'last'])
})

test('callbackList: calls hooks in a loop of its own, with a history and a progress bar', async () => {
  const terminal = paper()
  const model = compiled()
  model.build([8, 3])
  const schedule = new LearningRateScheduler(() => 0.25)
  const list = new CallbackList([schedule], { addHistory: true, addProgbar: true, model, params: { epochs: 2, steps: 1, verbose: 2, terminal } })
  await list.onTrainBegin()
  for (let epoch = 0; epoch < 2; epoch++) {
    await list.onEpochBegin(epoch)
    await list.onTrainBatchBegin(0)
    const logs = await model.trainOnBatch(...data)
    await list.onTrainBatchEnd(0, logs)
    await list.onEpochEnd(epoch, logs)
  }
  await list.onTrainEnd({})
  assert.deepEqual(list.history?.epoch, [0, 1])
  assert.deepEqual(list.history?.history.learningRate, [0.25, 0.25])
  assert.match(terminal.lines.join(''), /^Epoch 1\/2\n1\/1 - .* - learningRate: 0\.2500 - loss: .*\nEpoch 2\/2\n/)
  await assert.rejects(async () => new CallbackList([]).onTrainBegin(), /callbackList: expected a model, got none/)
})

test('progbarLogger: shows what fit would show, once', async () => {
  const [own, logged] = [paper(), paper()]
  await compiled().fit(...data, { epochs: 2, verbose: 2, terminal: own })
  await compiled().fit(...data, { epochs: 2, verbose: 2, terminal: logged, callbacks: [new ProgbarLogger()] })
  const plain = ({ lines }: { readonly lines: readonly string[] }) => lines.join('').replaceAll(/- \d.*?step/g, '')
  assert.equal(plain(logged), plain(own))
})

test('history: as a callback it has what fit returns, and goes on over several fits', async () => {
  const history = new History()
  const model = compiled()
  const first = await model.fit(...data, { epochs: 2, verbose: 0, callbacks: [history] })
  assert.deepEqual(history.history, first.history)
  await model.fit(...data, { verbose: 0, callbacks: [history] })
  assert.equal(history.history.loss.length, 3)
})
