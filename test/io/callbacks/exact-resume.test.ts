import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import {
  type AnyModel,
  type BatchData,
  Callback,
  LearningRateScheduler,
  layers,
  type Logs,
  optimizers,
  random,
  ReduceLROnPlateau,
  Sequential,
} from '../../../src/index.ts'
import { BackupAndRestore } from '../../../src/io/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

/** Fails after so many batches. */
class Crash extends Callback {
  private left: number

  constructor(batches: number) {
    super()
    this.left = batches
  }

  override onTrainBatchEnd(): void {
    this.left--
    if (this.left < 0) throw new Error('crash')
  }
}

/** Keeps the bits of everything at the end. */
class Final extends Callback {
  bits: unknown

  override async onTrainEnd(_logs: Logs, model: AnyModel): Promise<void> {
    const { tensors, progress } = await model.trainingState()
    this.bits = { progress, tensors: Object.fromEntries([...tensors].map(([name, value]) => [name, [...value.dataSync()].map(String)])) }
  }
}

type Train = (callbacks: readonly Callback[]) => Promise<unknown>

const batch = (seed: number): BatchData => [random.normal(random.key(seed), [4, 3]), random.normal(random.key(seed + 1000), [4, 2])]
const [x, y] = [random.normal(random.key(1), [8, 3]), random.normal(random.key(2), [8, 2])]

function* batches(first: number): Generator<BatchData> {
  for (let i = first; ; i++) yield batch(i)
}

const compiled = (optimizer: optimizers.Optimizer = new optimizers.Adam({ learningRate: 0.05 })): Sequential => {
  const model = new Sequential([layers.dense({ units: 4, inputDim: 3 }), layers.dropout({ rate: 0.3 }), layers.dense({ units: 2 })])
  model.compile({ loss: 'meanSquaredError', optimizer })
  return model
}

const trainings: Readonly<Record<string, Train>> = {
  'batches that go on from epoch to epoch, from a later epoch on': (callbacks) =>
    compiled().fit(batches(0), { initialEpoch: 2, epochs: 5, stepsPerEpoch: 3, verbose: 0, callbacks }),
  'batches for validation that can be read once': (callbacks) =>
    compiled().fit(x, y, { epochs: 4, batchSize: 4, validationData: batches(50), validationSteps: 2, validationFreq: 2, verbose: 0, callbacks }),
  'several optimizers whose rates are set and lowered': (callbacks) => {
    const optimizerMap = {
      defaultOptimizer: new optimizers.Adam({ learningRate: 0.05, useEma: true }),
      optimizerMap: { '.*bias': new optimizers.SGD({ momentum: 0.9 }) },
    }
    const lower = new ReduceLROnPlateau({ monitor: 'loss', patience: 0, factor: 0.5, minDelta: 10 })
    const scheduler = new LearningRateScheduler((_, rate) => rate * 0.9)
    const model = compiled(new optimizers.MultiOptimizer({ optimizerMap }))
    return model.fit(x, y, { epochs: 4, batchSize: 4, verbose: 0, callbacks: [lower, scheduler, ...callbacks] })
  },
  'recurrent states that are given up when an epoch begins': (callbacks) => {
    const recurrent = layers.gru({ units: 3, stateful: true })
    const model = new Sequential([recurrent, layers.dense({ units: 2 })])
    model.compile({ loss: 'meanSquaredError', optimizer: 'adam' })
    recurrent.resetStates()
    const onEpochBegin = (): void => recurrent.resetStates()
    const sequences = random.normal(random.key(3), [8, 2, 3])
    return model.fit(sequences, y, { epochs: 4, batchSize: 4, shuffle: false, verbose: 0, callbacks: [{ onEpochBegin }, ...callbacks] })
  },
  'a rate that was set before and lowered since': (callbacks) => {
    const optimizer = new optimizers.SGD({ learningRate: 0.1 })
    optimizer.learningRate = 0.05
    const lower = new ReduceLROnPlateau({ monitor: 'loss', patience: 0, factor: 0.5, minDelta: 10 })
    return compiled(optimizer).fit(x, y, { epochs: 4, batchSize: 4, verbose: 0, callbacks: [lower, ...callbacks] })
  },
}

for (const [what, train] of Object.entries(trainings)) {
  test(`exact resume: ${what}`, async (t) => {
    const backupDir = await mkdtemp(join(tmpdir(), 'tenon-resume-'))
    t.after(() => rm(backupDir, { recursive: true, force: true }))
    const [whole, parts] = [new Final(), new Final()]
    await train([whole])
    const resumed = (crash: number) => train([new Crash(crash), parts, new BackupAndRestore({ backupDir, saveFreq: 1 })])
    await assert.rejects(resumed(5), /crash/)
    await assert.rejects(resumed(1), /crash/)
    await resumed(1000)
    assert.deepEqual(parts.bits, whole.bits)
  })
}
