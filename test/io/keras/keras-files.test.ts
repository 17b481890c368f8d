import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { type AnyModel, layers, loadModel, losses, metrics, optimizers, type Tensor, tensor, zeros } from '../../../src/index.ts'
import { readZip, writeZip } from '../../../src/io/zip.ts'
import { errorOf, goldenArray, itemsOf, propertyOf, recordError, tensorOf, tensorsOf } from '../../golden/parity/golden-case.ts'

const kerasFile = (name: string): string => fileURLToPath(new URL(`../../golden/parity/keras-files/${name}`, import.meta.url))
const facts: unknown = propertyOf(JSON.parse(await readFile(kerasFile('predictions.json'), 'utf8')), 'files')
const names = Object.keys(typeof facts === 'object' && facts !== null ? facts : {})

async function folder(t: { after(cleanUp: () => Promise<void>): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tenon-keras-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

/** What a model gives for the inputs of a golden file. */
function predictions(model: AnyModel, name: string): Tensor[] {
  const inputs = itemsOf(propertyOf(propertyOf(facts, name), 'inputs')).map((input) => tensorOf(goldenArray(input)))
  const outputs: unknown = Reflect.apply(model, undefined, [inputs.length === 1 ? inputs[0] : inputs])
  return tensorsOf(outputs)
}

/** The largest error of a model's predictions against real Keras's. */
function errorAgainstKeras(model: AnyModel, name: string): number {
  const found = predictions(model, name)
  const wanted = itemsOf(propertyOf(propertyOf(facts, name), 'outputs')).map(goldenArray)
  assert.equal(found.length, wanted.length)
  return Math.max(...wanted.map((array, i) => errorOf(found[i] ?? zeros([0]), array).error))
}

for (const name of names.filter((name) => !name.endsWith('.weights.h5'))) {
  test(`keras files: ${name} of real Keras predicts what it predicts there`, async () => {
    const error = errorAgainstKeras(await loadModel(kerasFile(name)), name)
    recordError('keras.saving.load_model', error)
    assert.ok(error < 1e-5, `error ${error}`)
  })
}

for (const name of names.filter((name) => name.endsWith('.keras'))) {
  test(`keras files: ${name} saved again predicts the same, with layers of the same names and the same weights`, async (t) => {
    const path = join(await folder(t), name)
    const first = await loadModel(kerasFile(name))
    await first.save(path)
    const second = await loadModel(path)
    const error = errorAgainstKeras(second, name)
    recordError('keras.saving.save_model', error)
    assert.ok(error < 1e-5, `error ${error}`)
    assert.deepEqual(
      second.layers.map((layer) => layer.name),
      first.layers.map((layer) => layer.name),
    )
    assert.equal(await second.toJson(), await first.toJson())
    const variables = async (file: string): Promise<string[]> => weightPaths(await readFile(file))
    assert.deepEqual(await variables(path), await variables(kerasFile(name)))
  })
}

for (const name of names.filter((name) => name.endsWith('.h5'))) {
  test(`keras files: the weights in ${name} are loaded into a model of other weights`, async (t) => {
    const model = await loadModel(kerasFile(name.replace(/(\.weights)?\.h5$/, '.keras')))
    const path = join(await folder(t), 'again.weights.h5')
    model.setWeights(model.getWeights().map((weight) => zeros([...weight.shape])))
    assert.deepEqual(await model.loadWeights(kerasFile(name)), [])
    const error = errorAgainstKeras(model, name)
    recordError('keras.saving.load_weights', error)
    assert.ok(error < 1e-5, `error ${error}`)
    await model.saveWeights(path)
    model.setWeights(model.getWeights().map((weight) => zeros([...weight.shape])))
    await model.loadWeights(path)
    recordError('keras.saving.save_weights', errorAgainstKeras(model, name))
    assert.ok(errorAgainstKeras(model, name) < 1e-5)
  })
}

/** The datasets of an archive's weights. */
async function weightPaths(archive: Uint8Array): Promise<string[]> {
  const files = await readZip(archive, 'test', () => true)
  const { readHdf5 } = await import('../../../src/io/hdf5/read.ts')
  const { isGroup } = await import('../../../src/io/hdf5/group.ts')
  const paths: string[] = []
  const walk = (group: Awaited<ReturnType<typeof readHdf5>>, path: string): void => {
    for (const [name, member] of group.members) {
      if (isGroup(member)) walk(member, `${path}${name}/`)
      else paths.push(`${path}${name} ${member.dtype} [${member.shape.join(', ')}]`)
    }
  }
  walk(await readHdf5(files.get('model.weights.h5') ?? new Uint8Array(0)), '')
  return paths.filter((path) => !path.startsWith('optimizer/')).sort()
}

/** A copy of an archive with some files replaced, or left out where undefined. */
async function changed(t: { after(cleanUp: () => Promise<void>): void }, changes: Record<string, string | Uint8Array | undefined>): Promise<string> {
  const files = await readZip(await readFile(kerasFile('mlp.keras')), 'test', () => true)
  for (const [name, content] of Object.entries(changes)) {
    if (content === undefined) files.delete(name)
    else files.set(name, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  }
  const path = join(await folder(t), 'm.keras')
  await writeFile(path, await writeZip(files))
  return path
}

const config = async (): Promise<string> => {
  const files = await readZip(await readFile(kerasFile('mlp.keras')), 'test', () => true)
  return new TextDecoder().decode(files.get('config.json'))
}

test('keras files: an archive that is cut off says so', async (t) => {
  const bytes = await readFile(kerasFile('mlp.keras'))
  const path = join(await folder(t), 'm.keras')
  for (const length of [4, 1000, bytes.length - 1]) {
    await writeFile(path, bytes.subarray(0, length))
    await assert.rejects(loadModel(path), {
      name: 'FormatError',
      message: new RegExp(
        `^loadModel '${path}': expected a whole zip archive, got one of ${length} bytes that cannot be read .* It is cut off or damaged`,
      ),
    })
  }
})

test('keras files: a missing part of an archive is named', async (t) => {
  const path = await changed(t, { 'model.weights.h5': undefined })
  await assert.rejects(loadModel(path), {
    name: 'FormatError',
    message: `loadModel '${path}': expected metadata.json, config.json, model.weights.h5 in the archive, got only metadata.json, config.json. Save it again.`,
  })
})

test('keras files: weights that are damaged or of another model are refused', async (t) => {
  const files = await readZip(await readFile(kerasFile('mlp.keras')), 'test', () => true)
  const weights = files.get('model.weights.h5') ?? new Uint8Array(0)
  await assert.rejects(
    loadModel(await changed(t, { 'model.weights.h5': weights.subarray(0, 5000) })),
    /expected a whole HDF5 file, got one that cannot be read/,
  )
  const cnn = await readZip(await readFile(kerasFile('cnn.keras')), 'test', () => true)
  await assert.rejects(
    loadModel(await changed(t, { 'model.weights.h5': cnn.get('model.weights.h5') })),
    /expected 'kernel' of the Dense layer 'dense' as \[4, 5\] at 'layers\/dense\/vars\/0', got \[8, 2\]\. Build the model that was saved\./,
  )
})

test('keras files: a damaged description and unknown classes are refused, and nothing of them is executed', async (t) => {
  const text = await config()
  const fails = async (json: string, message: RegExp): Promise<void> => {
    await assert.rejects(loadModel(await changed(t, { 'config.json': json })), { name: 'FormatError', message })
  }
  await fails(text.slice(0, 100), /expected config\.json as JSON, got .*The file is damaged\./)
  await fails('[]', /expected config\.json as an object, got \[\]/)
  await fails(text.replace('"Dropout"', '"Mystery"'), /expected classes of layers that are known, got 'Mystery'\. Pass customObjects: \{ Mystery \}/)
  await fails(
    text.replace('"class_name": "Dropout"', '"class_name": "Lambda"'),
    /expected layers of plain data, got the Lambda 'dropout', whose function is Python code/,
  )
})

test('keras files: classes of the caller stand in for unknown ones', async (t) => {
  const seen: unknown[] = []
  class Mystery extends layers.Dropout {
    constructor(options: { readonly rate: number }) {
      super(options)
      seen.push(options)
    }
  }
  const path = await changed(t, { 'config.json': (await config()).replace('"Dropout"', '"Mystery"') })
  const model = await loadModel(path, { customObjects: { Mystery } })
  assert.ok(errorAgainstKeras(model, 'mlp.keras') < 1e-5)
  assert.deepEqual(seen, [{ name: 'dropout', dtype: 'float32', rate: 0.25 }])
})

test('keras files: layers that do not fit can be left out, or found by name', async (t) => {
  const place = await folder(t)
  const model = await loadModel(kerasFile('mlp.keras'))
  const before = model.getWeights().map((weight) => weight.toArray())
  await assert.rejects(model.loadWeights(kerasFile('cnn.keras')), /expected 'kernel' of the Dense layer 'dense' as \[4, 5\]/)
  assert.deepEqual(await model.loadWeights(kerasFile('cnn.keras'), { skipMismatch: true }), ['dense', 'batch_normalization', 'dense_1'])
  assert.deepEqual(
    model.getWeights().map((weight) => weight.toArray()),
    before,
  )
  const { Sequential } = await import('../../../src/index.ts')
  const other = new Sequential([layers.dense({ units: 2, inputDim: 3, name: 'new' }), layers.dense({ units: 5, name: 'dense' })])
  const small = new Sequential([layers.dense({ units: 5, inputDim: 2, name: 'dense' })])
  for (const name of ['small.weights.h5', 'small.safetensors']) {
    await small.saveWeights(join(place, name))
    assert.deepEqual(await other.loadWeights(join(place, name), { byName: true }), ['new'], name)
    assert.deepEqual(other.getWeights()[2]?.toArray(), small.getWeights()[0]?.toArray(), name)
  }
  assert.deepEqual(await model.loadWeights(kerasFile('mlp.h5'), { byName: true }), [])
})

test('keras files: where writing fails, the model that was there before remains', async (t) => {
  const place = await folder(t)
  const path = join(place, 'm.keras')
  const model = await loadModel(kerasFile('mlp.keras'))
  await model.save(path)
  const before = await readFile(path)
  const { open } = await import('node:fs/promises')
  const handle = await open(path)
  const writing = t.mock.method(Object.getPrototypeOf(handle), 'writeFile', async () => {
    throw new Error('ENOSPC: no space left on device')
  })
  await handle.close()
  await assert.rejects(model.save(path), { name: 'FormatError', message: /^write '.*m\.keras': expected a file that can be written, got ENOSPC/ })
  writing.mock.restore()
  assert.deepEqual(await readFile(path), before)
  assert.deepEqual(await readdir(place), ['m.keras'])
  await assert.rejects(model.save(path, { overwrite: false }), /expected no file at '.*', as overwrite is false, got one/)
})

test('keras files: what a model was compiled with, and what its optimizer remembers, is kept', async (t) => {
  const path = join(await folder(t), 'm.keras')
  const model = await loadModel(kerasFile('mlp.keras'))
  assert.equal(model.optimizer.className, 'Adam')
  assert.equal(model.optimizer.variables[0]?.value.itemSync(), 2)
  assert.deepEqual(model.getCompileConfig()?.metrics, ['accuracy'])
  const [x, y] = [
    zeros([4, 4]),
    tensor([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]),
  ]
  await model.fit(x, y, { epochs: 1, verbose: 0, shuffle: false })
  assert.equal(model.optimizer.variables[0]?.value.itemSync(), 3)
  await model.save(path)
  const again = await loadModel(path)
  const values = (of: AnyModel) => of.optimizer.variables.map(({ value }) => value.toArray())
  assert.deepEqual(values(again), values(model))
  assert.equal((await loadModel(path, { compile: false })).isCompiled, false)
  // Without dropout, training goes on alike.
  assert.deepEqual(again.getCompileConfig(), model.getCompileConfig())
})

/** A config without what is not set. */
const given = (config: unknown): unknown => JSON.parse(JSON.stringify(config, (_, value: unknown) => (value === null ? undefined : value)))

test('keras files: losses and metrics of several outputs, schedules and functions by name', async (t) => {
  const path = join(await folder(t), 'm.keras')
  const model = await loadModel(kerasFile('nested.keras'))
  const far = (yTrue: Tensor, yPred: Tensor): Tensor => yTrue.subtract(yPred).abs().mean(-1)
  const learningRate = new optimizers.schedules.CosineDecay({ initialLearningRate: 0.1, decaySteps: 10 })
  model.compile({
    optimizer: new optimizers.SGD({ learningRate, clipNorm: 1 }),
    loss: { head: new losses.Huber({ delta: 2 }) },
    metrics: [new metrics.MeanAbsoluteError({ name: 'far' })],
    lossWeights: { head: 0.5 },
  })
  await model.save(path)
  const json: unknown = JSON.parse(await model.toJson())
  const config = propertyOf(json, 'compile_config')
  assert.equal(propertyOf(propertyOf(propertyOf(config, 'optimizer'), 'config'), 'clipnorm'), 1)
  const again = await loadModel(path)
  assert.deepEqual(given(again.getCompileConfig()), given(model.getCompileConfig()))
  model.compile({ loss: far })
  await model.save(path)
  await assert.rejects(loadModel(path), /expected a model that can be compiled as it was, got one that cannot \(.*'far'.*\)\. Pass compile: false\./)
  const own = await loadModel(path, { customObjects: { far } })
  assert.equal(own.compileOptions?.loss, far)
})
