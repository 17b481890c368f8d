import assert from 'node:assert/strict'
import { access, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import {
  type AnyModel,
  Callback,
  EarlyStopping,
  type FitOptions,
  LearningRateScheduler,
  layers,
  type Logs,
  optimizers,
  random,
  ReduceLROnPlateau,
  Sequential,
  SwapEMAWeights,
} from '../../../src/index.ts'
import { BackupAndRestore, CSVLogger, ModelCheckpoint } from '../../../src/io/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

async function folder(t: { after(cleanUp: () => Promise<void>): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tenon-backup-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

const data = [random.normal(random.key(1), [20, 3]), random.normal(random.key(2), [20, 2])] as const

function compiled(): Sequential {
  const model = new Sequential([
    layers.dense({ units: 4, inputDim: 3, activation: 'relu' }),
    layers.dropout({ rate: 0.3 }),
    layers.dense({ units: 2 }),
  ])
  model.compile({ loss: 'meanSquaredError', optimizer: new optimizers.Adam({ learningRate: 0.05 }), metrics: ['meanAbsoluteError'] })
  return model
}

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
  bits: Record<string, unknown> = {}

  override async onTrainEnd(_logs: Logs, model: AnyModel): Promise<void> {
    const { tensors, progress } = await model.trainingState()
    this.bits = { progress, tensors: Object.fromEntries([...tensors].map(([name, value]) => [name, [...value.dataSync()].map(String)])) }
  }
}

const options: FitOptions = { epochs: 6, batchSize: 4, validationSplit: 0.2, verbose: 0 }

/** Callbacks that remember something. */
const remembering = (): Callback[] => [
  new ReduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5, minDelta: 0.05 }),
  new EarlyStopping({ monitor: 'valLoss', patience: 2, restoreBestWeights: true }),
]

async function uninterrupted(): Promise<Record<string, unknown>> {
  const final = new Final()
  await compiled().fit(...data, { ...options, callbacks: [...remembering(), new Crash(1000), final] })
  return final.bits
}

for (const saveFreq of ['epoch', 3] as const) {
  test(`backupAndRestore: a training that crashed three times ends with the same bits, saved each ${saveFreq}`, async (t) => {
    const backupDir = join(await folder(t), 'backup')
    const final = new Final()
    const run = (batches: number) =>
      compiled().fit(...data, {
        ...options,
        callbacks: [new BackupAndRestore({ backupDir, saveFreq }), ...remembering(), new Crash(batches), final],
      })
    for (const batches of [2, 6, 5]) await assert.rejects(run(batches), /crash/)
    const history = await run(1000)
    assert.deepEqual(final.bits, await uninterrupted())
    assert.deepEqual(history.epoch, [...history.history.loss.keys()])
    await assert.rejects(access(backupDir), 'the backup is removed at the end')
  })
}

test('backupAndRestore: rates of epochs are set once, and averages are swapped once, also where an epoch goes on in its middle', async (t) => {
  const backupDir = join(await folder(t), 'backup')
  const run = async (batches: number) => {
    const model = new Sequential([layers.dense({ units: 2, inputDim: 3 })])
    model.compile({ loss: 'meanSquaredError', optimizer: new optimizers.SGD({ learningRate: 0.1, useEma: true, emaMomentum: 0.5 }) })
    const final = new Final()
    const lower = () => {
      model.learningRate = model.learningRate * 0.9
    }
    const callbacks = [
      new LearningRateScheduler((_, rate) => rate * 0.5),
      { onEpochBegin: lower },
      new SwapEMAWeights({ swapOnEpoch: true }),
      new Crash(batches),
    ]
    const { history } = await model.fit(...data, {
      ...options,
      callbacks: [...callbacks, final, new BackupAndRestore({ backupDir, saveFreq: 2 })],
    })
    return { bits: final.bits, rates: history.learningRate }
  }
  const whole = await run(1000)
  for (const batches of [7, 6, 4]) await assert.rejects(run(batches), /crash/)
  assert.deepEqual(await run(1000), whole)
})

test('backupAndRestore: a training that ended goes no further where its backup was kept', async (t) => {
  const backupDir = await folder(t)
  const [first, second] = [compiled(), compiled()]
  const callbacks = () => [new EarlyStopping({ monitor: 'loss', minDelta: 100 }), new BackupAndRestore({ backupDir, deleteCheckpoint: false })]
  const { epoch } = await first.fit(...data, { ...options, callbacks: callbacks() })
  assert.deepEqual(epoch, [0, 1])
  const again = await second.fit(...data, { ...options, callbacks: callbacks() })
  assert.deepEqual(again.epoch, [0, 1])
  assert.deepEqual(
    second.getWeights().map((w) => w.toArray()),
    first.getWeights().map((w) => w.toArray()),
  )
})

test('backupAndRestore: where the latest state cannot be read, the one before it is taken', async (t) => {
  const backupDir = await folder(t)
  const saving = () => new BackupAndRestore({ backupDir, doubleCheckpoint: true, deleteCheckpoint: false })
  await compiled().fit(...data, { ...options, epochs: 3, callbacks: [saving()] })
  await truncate(join(backupDir, 'latest.safetensors'), 100)
  await writeFile(join(backupDir, 'latest.safetensors.1.tmp'), 'draft')
  const warn = t.mock.method(console, 'warn', () => undefined)
  const epochs: number[] = []
  await compiled().fit(...data, { ...options, epochs: 3, callbacks: [{ onEpochBegin: (epoch) => void epochs.push(epoch) }, saving()] })
  assert.deepEqual(epochs, [2])
  assert.match(String(warn.mock.calls[0]?.arguments[0]), /latest\.safetensors.*The state before it is taken\./)
  assert.deepEqual((await readdir(backupDir)).sort(), ['latest.safetensors', 'previous.safetensors'])
})

test('backupAndRestore: other callbacks, another model and wrong options are refused', async (t) => {
  const backupDir = await folder(t)
  const backup = () => new BackupAndRestore({ backupDir, deleteCheckpoint: false })
  await compiled().fit(...data, { ...options, epochs: 1, callbacks: [backup(), new EarlyStopping()] })
  await assert.rejects(
    compiled().fit(...data, { ...options, callbacks: [backup()] }),
    /FormatError: backupAndRestore: expected the callbacks of the training in '.*', got none that takes the state of '1\/EarlyStopping'/,
  )
  assert.throws(() => new BackupAndRestore({ backupDir: '' }), /expected backupDir to be text, got ''/)
  assert.throws(
    () => new BackupAndRestore({ backupDir, saveFreq: 0 }),
    /expected saveFreq to be 'epoch' or a positive whole number of batches, got 0/,
  )
})

test('backupAndRestore: tables and best models go on where they were', async (t) => {
  const place = await folder(t)
  const run = (name: string, batches: number) => {
    const best = new ModelCheckpoint({ filepath: join(place, `${name}.weights.h5`), saveBestOnly: true, saveWeightsOnly: true })
    const callbacks = [new CSVLogger({ filename: join(place, `${name}.csv`) }), best, new Crash(batches)]
    const backup = new BackupAndRestore({ backupDir: join(place, 'backup') })
    return compiled()
      .fit(...data, { ...options, callbacks: [...callbacks, backup] })
      .then(() => best.best)
  }
  const whole = await run('whole', 1000)
  await assert.rejects(run('parts', 14), /crash/)
  assert.equal(await run('parts', 1000), whole)
  assert.equal(await readFile(join(place, 'parts.csv'), 'utf8'), await readFile(join(place, 'whole.csv'), 'utf8'))
})

test('backupAndRestore: a backup in which any bit has changed is not taken', async (t) => {
  const backupDir = await folder(t)
  const path = join(backupDir, 'latest.safetensors')
  const saving = () => new BackupAndRestore({ backupDir, deleteCheckpoint: false })
  await compiled().fit(...data, { ...options, epochs: 1, callbacks: [saving()] })
  const bytes = await readFile(path)
  for (let at = 0; at < bytes.length; at += 97) {
    const damaged = Uint8Array.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8))
    await writeFile(path, damaged)
    await assert.rejects(
      compiled().fit(...data, { ...options, epochs: 1, callbacks: [saving()] }),
      /^FormatError: read '.*latest\.safetensors': expected a backup with its own checksum, got .* Remove the file to begin the training anew\./,
    )
  }
})
