import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { callbacks, CSVLogger, layers, loadModel, ModelCheckpoint, random, Sequential, TensorBoard } from '../../../src/index.ts'
import { decodeRecords } from '../../../src/io/tensorboard/record.ts'

async function folder(t: { after(cleanUp: () => Promise<void>): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tenon-callbacks-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

const data = [random.normal(random.key(1), [8, 3]), random.normal(random.key(2), [8, 2])] as const

function compiled(): Sequential {
  const model = new Sequential([layers.dense({ units: 4, inputDim: 3, activation: 'relu' }), layers.dense({ units: 2 })])
  model.compile({ loss: 'meanSquaredError' })
  return model
}

test('callbacks: the namespace has the callbacks of nn and those that write files', () => {
  for (const name of ['BackupAndRestore', 'CSVLogger', 'Callback', 'CallbackList', 'History', 'ModelCheckpoint', 'TensorBoard'] as const) {
    assert.equal(typeof callbacks[name], 'function')
  }
})

test('modelCheckpoint: a model after each epoch, under names with figures, in a folder that is made', async (t) => {
  const place = await folder(t)
  const model = compiled()
  const checkpoint = new ModelCheckpoint({ filepath: join(place, 'all', 'm-{epoch:02d}-{val_loss:.1f}.keras') })
  const { history } = await model.fit(...data, { epochs: 2, verbose: 0, validationSplit: 0.25, callbacks: [checkpoint] })
  const names = (await readdir(join(place, 'all'))).sort()
  assert.deepEqual(
    names,
    [0, 1].map((i) => `m-0${i + 1}-${history.valLoss?.[i]?.toFixed(1)}.keras`),
  )
  const loaded = await loadModel(checkpoint.lastPath ?? '')
  assert.deepEqual(
    loaded.getWeights().map((w) => w.toArray()),
    model.getWeights().map((w) => w.toArray()),
  )
})

test('modelCheckpoint: only where the figure is better than ever', async (t) => {
  const place = await folder(t)
  const path = join(place, 'best.weights.h5')
  const model = compiled()
  const checkpoint = new ModelCheckpoint({ filepath: path, saveBestOnly: true, saveWeightsOnly: true, monitor: 'loss', initialValueThreshold: 1 })
  checkpoint.onEpochBegin(0)
  await checkpoint.onEpochEnd(0, { loss: 2 }, model)
  assert.deepEqual(await readdir(place), [])
  await checkpoint.onEpochEnd(1, { loss: 0.5 }, model)
  assert.equal(checkpoint.best, 0.5)
  const { mtimeMs } = await import('node:fs/promises').then(({ stat }) => stat(path))
  await checkpoint.onEpochEnd(2, { loss: 0.75 }, model)
  assert.equal((await import('node:fs/promises').then(({ stat }) => stat(path))).mtimeMs, mtimeMs)
  await assert.rejects(checkpoint.onEpochEnd(3, { accuracy: 1 }, model), {
    name: 'ConfigError',
    message: "modelCheckpoint: expected one of accuracy, epoch to monitor, got 'loss'. Pass validation data for figures that begin with val.",
  })
  const high = new ModelCheckpoint({ filepath: path, saveBestOnly: true, saveWeightsOnly: true, monitor: 'val_accuracy' })
  await high.onEpochEnd(0, { valAccuracy: 0.5 }, model)
  await high.onEpochEnd(1, { valAccuracy: 0.75 }, model)
  assert.equal(high.best, 0.75)
})

test('modelCheckpoint: after so many batches', async (t) => {
  const place = await folder(t)
  const checkpoint = new ModelCheckpoint({ filepath: join(place, 'm-{epoch}-{batch}.weights.h5'), saveWeightsOnly: true, saveFreq: 3 })
  await compiled().fit(...data, { epochs: 2, batchSize: 2, verbose: 0, callbacks: [checkpoint] })
  assert.deepEqual((await readdir(place)).sort(), ['m-1-3.weights.h5', 'm-2-2.weights.h5'])
})

test('modelCheckpoint: options are checked when they are given', () => {
  const fails = (options: ConstructorParameters<typeof ModelCheckpoint>[0], message: string) =>
    assert.throws(() => new ModelCheckpoint(options), { name: 'ConfigError', message })
  fails({ filepath: 'm.zip' }, "modelCheckpoint: expected a filepath that ends in .keras, got 'm.zip'. Rename it.")
  fails(
    { filepath: 'm.keras', saveWeightsOnly: true },
    "modelCheckpoint: expected a filepath that ends in .weights.h5 or .safetensors, got 'm.keras'. Rename it.",
  )
  fails(
    { filepath: 'm.keras', saveFreq: 0 },
    "modelCheckpoint: expected saveFreq to be 'epoch' or a positive whole number of batches, got 0. Change it.",
  )
})

test('csvLogger: a row per epoch, with room for figures of validation; appended where told so', async (t) => {
  const path = join(await folder(t), 'log.csv')
  await compiled().fit(...data, { epochs: 2, verbose: 0, callbacks: [new CSVLogger({ filename: path })] })
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  assert.equal(lines[0], 'epoch,loss,valLoss')
  assert.match(lines[1] ?? '', /^0,\d\.\d+,NA$/)
  assert.equal(lines.length, 3)
  await compiled().fit(...data, { epochs: 1, verbose: 0, callbacks: [new CSVLogger({ filename: path, append: true })] })
  const longer = (await readFile(path, 'utf8')).trimEnd().split('\n')
  assert.deepEqual(longer.slice(0, 3), lines)
  assert.equal(longer.length, 4)
})

test('csvLogger: where writing fails, the rows before remain', async (t) => {
  const path = join(await folder(t), 'log.csv')
  await writeFile(path, 'epoch;loss\n0;1\n')
  const logger = new CSVLogger({ filename: path, append: true, separator: ';' })
  await logger.onTrainBegin()
  const { open } = await import('node:fs/promises')
  const handle = await open(path)
  const writing = t.mock.method(Object.getPrototypeOf(handle), 'writeFile', async () => {
    throw new Error('ENOSPC: no space left on device')
  })
  await handle.close()
  await assert.rejects(logger.onEpochEnd(1, { loss: 2 }), /^FormatError: write '.*log\.csv': expected a file that can be written, got ENOSPC/)
  writing.mock.restore()
  assert.equal(await readFile(path, 'utf8'), 'epoch;loss\n0;1\n')
  await logger.onEpochEnd(2, { loss: 3 })
  assert.match(await readFile(path, 'utf8'), /^epoch;loss\n0;1\n1;2;NA\n2;3;NA\n$/)
})

test('tensorBoard: figures of epochs and batches, weights, the model and embeddings', async (t) => {
  const place = await folder(t)
  const board = new TensorBoard({ logDir: place, histogramFreq: 1, writeImages: true, updateFreq: 2, writeStepsPerSecond: true })
  await compiled().fit(...data, { epochs: 2, batchSize: 2, verbose: 0, validationSplit: 0.25, callbacks: [board] })
  const tags = async (run: string): Promise<Set<string>> => {
    const [name = ''] = await readdir(join(place, run))
    const messages = decodeRecords(await readFile(join(place, run, name))).map((message) => new TextDecoder('latin1').decode(message))
    return new Set(messages.flatMap((message) => /(?:epoch|evaluation|batch|dense|model|keras)[a-z_0-9/]*/.exec(message)?.[0] ?? []))
  }
  assert.deepEqual(await tags('validation'), new Set(['epoch_loss', 'evaluation_loss_vs_iterations']))
  assert.deepEqual([...(await tags('train'))].sort(), [
    'batch_loss',
    'batch_steps_per_second',
    'dense/bias/histogram',
    'dense/bias/image/0',
    'dense/kernel/histogram',
    'dense/kernel/image/0',
    'dense_1/bias/histogram',
    'dense_1/bias/image/0',
    'dense_1/kernel/histogram',
    'dense_1/kernel/image/0',
    'epoch_learning_rate',
    'epoch_loss',
    'epoch_steps_per_second',
    'keras',
    'model',
  ])
  const words = new Sequential([
    layers.embedding({ inputDim: 3, outputDim: 2, name: 'words', inputShape: [1] }),
    layers.flatten(),
    layers.dense({ units: 1 }),
  ])
  words.compile({ loss: 'meanSquaredError' })
  const tables = new TensorBoard({ logDir: join(place, 'words'), embeddingsFreq: 1, embeddingsMetadata: { words: 'names.tsv' } })
  await words.fit([[0], [1]], [[1], [2]], { verbose: 0, callbacks: [tables] })
  assert.equal(
    await readFile(join(place, 'words', 'projector_config.pbtxt'), 'utf8'),
    'embeddings {\n  tensor_name: "words/embeddings"\n  tensor_path: "words-embeddings.tsv"\n  metadata_path: "names.tsv"\n}\n',
  )
  assert.equal((await readFile(join(place, 'words', 'words-embeddings.tsv'), 'utf8')).trimEnd().split('\n').length, 3)
})

test('tensorBoard: options are checked when they are given', () => {
  assert.throws(() => new TensorBoard({ histogramFreq: -1 }), {
    name: 'ConfigError',
    message: 'tensorBoard: expected histogramFreq to be a whole number of at least 0, got -1. Change it.',
  })
  assert.throws(() => new TensorBoard({ updateFreq: 0 }), /expected updateFreq to be 'epoch', 'batch' or a positive whole number, got 0/)
})
