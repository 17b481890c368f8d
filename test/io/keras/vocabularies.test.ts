import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { type AnyModel, Input, layers, loadModel, Model, Sequential, type Tensor, tensor, zeros } from '../../../src/index.ts'
import { readZip, writeZip } from '../../../src/io/zip.ts'
import { errorOf, goldenArray, itemsOf, propertyOf, recordError, tensorOf, tensorsOf } from '../../golden/parity/golden-case.ts'

const kerasFile = (name: string): string => fileURLToPath(new URL(`../../golden/parity/keras-files/${name}`, import.meta.url))
const facts: unknown = propertyOf(JSON.parse(await readFile(kerasFile('vocabularies.json'), 'utf8')), 'files')
const names = Object.keys(typeof facts === 'object' && facts !== null ? facts : {})

type Context = { after(cleanUp: () => Promise<void>): void }

async function fileIn(t: Context, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tenon-vocabularies-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return join(folder, name)
}

/** The largest error of a model's predictions against real Keras's; inputs are arrays, or nested strings. */
function errorAgainstKeras(model: AnyModel, name: string): number {
  const inputs = itemsOf(propertyOf(propertyOf(facts, name), 'inputs')).map((input) => (Array.isArray(input) ? input : tensorOf(goldenArray(input))))
  const outputs: unknown = Reflect.apply(model, undefined, [inputs.length === 1 ? inputs[0] : inputs])
  const found = tensorsOf(outputs)
  const wanted = itemsOf(propertyOf(propertyOf(facts, name), 'outputs')).map(goldenArray)
  return Math.max(...wanted.map((array, i) => errorOf(found[i] ?? zeros([0]), array).error))
}

/** The files of an archive beside its weights, as text. */
async function assetsOf(path: string): Promise<Map<string, string>> {
  const files = await readZip(await readFile(path), 'test', (name) => name.startsWith('assets/'))
  return new Map([...files].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]))
}

for (const name of names) {
  test(`vocabularies: ${name} of real Keras predicts what it predicts there, also saved again, with the same files`, async (t) => {
    const path = await fileIn(t, name)
    const first = await loadModel(kerasFile(name))
    const error = errorAgainstKeras(first, name)
    recordError('keras.saving.load_model', error)
    assert.ok(error < 1e-5, `error ${error}`)
    await first.save(path)
    assert.deepEqual(await assetsOf(path), await assetsOf(kerasFile(name)))
    assert.ok(errorAgainstKeras(await loadModel(path), name) < 1e-5)
  })
}

test('vocabularies: words found in data are kept in a model of texts, inside a field, and in a functional model', async (t) => {
  const path = await fileIn(t, 'm.keras')
  const vectorize = layers.textVectorization({ outputMode: 'count' })
  vectorize.adapt(['the cat sat', 'the mat'])
  const texts = new Sequential([vectorize, layers.dense({ units: 2 })])
  const before = texts(['a cat the']).toArray()
  await texts.save(path)
  const again = await loadModel(path)
  assert.deepEqual(Reflect.apply(again, undefined, [['a cat the']]).toArray(), before)
  assert.deepEqual(
    [...(await assetsOf(path)).keys()],
    ['assets/layers/text_vectorization/vocabulary.txt', 'assets/layers/text_vectorization/_lookup_layer/vocabulary.txt'],
  )

  class Own extends Model {
    lookup = layers.integerLookup()
    embed = layers.embedding({ inputDim: 5, outputDim: 2 })
    override call(x: Tensor): Tensor {
      return this.embed(this.lookup(x))
    }
  }
  const codes = tensor([[7, 8]], undefined, { dtype: 'i32' })
  const own = new Own()
  own.lookup.adapt([[8, 8, 7]])
  assert.deepEqual(own(codes).shape, [1, 2, 2])
  await own.save(path)
  const loaded = await loadModel(path, { customObjects: { Own } })
  assert.ok(loaded instanceof Own)
  assert.deepEqual(loaded.lookup.getVocabulary(), [-1, 8, 7])

  const lookup = layers.integerLookup({ outputMode: 'multi_hot' })
  lookup.adapt([[8, 8, 7]])
  const x = Input({ shape: [2], dtype: 'i32' })
  const functional = new Model({ inputs: x, outputs: layers.dense({ units: 1 })(lookup(x)) })
  await functional.save(path)
  assert.deepEqual(Reflect.apply(await loadModel(path), undefined, [codes]).toArray(), functional(codes).toArray())
})

test('vocabularies: tokens that lines of a file cannot keep are kept among the options', async (t) => {
  const path = await fileIn(t, 'm.keras')
  const letters = layers.textVectorization({ split: 'character', outputMode: 'count', standardize: null })
  letters.adapt(['a\nb'])
  const model = new Sequential([letters, layers.dense({ units: 1 })])
  const before = model(['\n\na']).toArray()
  await model.save(path)
  assert.equal((await assetsOf(path)).size, 0)
  assert.deepEqual(Reflect.apply(await loadModel(path), undefined, [['\n\na']]).toArray(), before)
})

test('vocabularies: a missing or damaged file is named', async (t) => {
  const path = await fileIn(t, 'm.keras')
  const place = 'assets/layers/integer_lookup/vocabulary.txt'
  const changed = async (lines: string | undefined): Promise<string> => {
    const files = await readZip(await readFile(kerasFile('codes.keras')), 'test', () => true)
    files.delete(place)
    if (lines !== undefined) files.set(place, new TextEncoder().encode(lines))
    await writeFile(path, await writeZip(files))
    return path
  }
  await assert.rejects(loadModel(await changed(undefined)), {
    name: 'FormatError',
    message: `loadModel '${path}': expected the vocabulary of 'integer_lookup' at '${place}', got none. Save the model again, with its vocabulary.`,
  })
  await assert.rejects(
    loadModel(await changed('-1\n-1\nfive')),
    /expected a vocabulary at 'assets\/layers\/integer_lookup\/vocabulary\.txt', got one/,
  )
  await assert.rejects(loadModel(await changed('')), /expected a vocabulary of at least one token/)
})

test('vocabularies: strings for a model of numbers are an error', () => {
  const model = new Sequential([layers.dense({ units: 1, inputDim: 2 })])
  assert.throws(() => model(['a']), /expected a tensor, as the first layer is Dense, got \["a"\]\. Begin with TextVectorization or StringLookup/)
})
