import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { layers, random, Sequential, type Tensor, tensor } from '../../../src/index.ts'
import { decodeSafetensors } from '../../../src/io/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

async function folder(t: { after(cleanUp: () => Promise<void>): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tenon-weights-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

const model = (seed: number, units = 3): Sequential =>
  new Sequential([layers.dense({ units, inputDim: 4, name: 'hidden' }), layers.layerNormalization(), layers.dense({ units: 2 })], { seed })
const arrays = (weights: readonly Tensor[]) => weights.map((w) => w.toArray())

test('weights: what is saved is what is loaded', async (t) => {
  const path = join(await folder(t), 'model.safetensors')
  const [first, second] = [model(1), model(2)]
  await first.saveWeights(path)
  assert.notDeepEqual(arrays(second.getWeights()), arrays(first.getWeights()))
  await second.loadWeights(path)
  assert.deepEqual(arrays(second.getWeights()), arrays(first.getWeights()))
  const { tensors, metadata } = decodeSafetensors(await readFile(path))
  assert.deepEqual(
    [...tensors.keys()],
    ['hidden/kernel', 'hidden/bias', 'layer_normalization/gamma', 'layer_normalization/beta', 'dense/kernel', 'dense/bias'],
  )
  assert.deepEqual(metadata, { format: 'tenon' })
})

test('weights: loaded weights can be trained, and copies stay what they were', async (t) => {
  const path = join(await folder(t), 'model.safetensors')
  const trained = model(1)
  await trained.saveWeights(path)
  await trained.loadWeights(path)
  trained.compile({ loss: 'mse' })
  const before = trained.getWeights()
  await trained.fit(random.normal(random.key(1), [4, 4]), random.normal(random.key(2), [4, 2]), { verbose: 0 })
  assert.notDeepEqual(arrays(trained.getWeights()), arrays(before))
  trained.setWeights(before)
  assert.deepEqual(arrays(trained.getWeights()), arrays(before))
})

test('weights: a file of another model changes nothing and names the layer', async (t) => {
  const path = join(await folder(t), 'model.safetensors')
  await model(1, 5).saveWeights(path)
  const other = model(2)
  const before = arrays(other.getWeights())
  await assert.rejects(other.loadWeights(path), {
    name: 'ShapeError',
    message: `loadWeights '${path}': expected 'hidden/kernel' of layer 'hidden' as [4, 3], got [4, 5]. Build the model that these weights are from.`,
  })
  assert.deepEqual(arrays(other.getWeights()), before)
})

test('weights: a missing or an additional tensor is named', async (t) => {
  const path = join(await folder(t), 'model.safetensors')
  const small = new Sequential([layers.dense({ units: 3, inputDim: 4, name: 'hiden' })])
  await small.saveWeights(path)
  const wanted = new Sequential([layers.dense({ units: 3, inputDim: 4, name: 'hidden' })])
  await assert.rejects(wanted.loadWeights(path), {
    name: 'FormatError',
    message: `loadWeights '${path}': expected 'hidden/kernel' of layer 'hidden', got a file without it (nearest: 'hiden/kernel'). Build the model that was saved.`,
  })
  await model(1).saveWeights(path)
  await assert.rejects(wanted.loadWeights(path), /expected 2 tensors, got also 'layer_normalization\/gamma', 'layer_normalization\/beta'/)
})

test('weights: a damaged or missing file says what is wrong', async (t) => {
  const path = join(await folder(t), 'model.safetensors')
  await writeFile(path, 'not weights at all')
  await assert.rejects(
    model(1).loadWeights(path),
    /^FormatError: safetensors '.*model\.safetensors': expected a header of at most 100000000 bytes, got \d+\. This is not a safetensors file\.$/,
  )
  await assert.rejects(model(1).loadWeights(`${path}.gone`), /^FormatError: read '.*gone': expected a file that can be read, got ENOENT/)
})

test('weights: a file appears whole or not at all, and no draft is left', async (t) => {
  const place = await folder(t)
  await model(1).saveWeights(join(place, 'a.safetensors'))
  await assert.rejects(
    model(1).saveWeights(join(place, 'missing', 'b.safetensors')),
    /^FormatError: write '.*b\.safetensors': expected a file that can be written, got ENOENT/,
  )
  assert.deepEqual(await readdir(place), ['a.safetensors'])
})

test('weights: those of setWeights are copied', () => {
  const own = new Sequential([layers.dense({ units: 1, inputDim: 1, useBias: false })])
  const weight = tensor([[3]])
  own.setWeights([weight])
  assert.notEqual(own.getWeights()[0]?.storageSync().bytes, weight.storageSync().bytes)
  assert.deepEqual(arrays(own.getWeights()), [[[3]]])
})
