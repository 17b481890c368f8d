// Files of models from strangers: cut off, changed at random, put together wrongly or hostile. Whatever they hold, a load succeeds or says what is wrong.

import assert from 'node:assert/strict'
import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { zipSync } from 'fflate'
import { type AnyModel, layers, loadModel, Sequential, zeros } from '../../../src/index.ts'
import { emptyGroup, type Hdf5Group, isGroup, makeGroup } from '../../../src/io/hdf5/group.ts'
import { readHdf5 } from '../../../src/io/hdf5/read.ts'
import { writeHdf5 } from '../../../src/io/hdf5/write.ts'
import { readZip, writeZip } from '../../../src/io/zip.ts'
import { checkError, cuts, flips, folder, kerasFile, loadDamaged, seeded } from './damage.ts'

const everything = (): boolean => true
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)
const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value)

/** Objects 10,000 deep. */
const nested = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`

/** A small model of the test's own. */
const small = (): AnyModel =>
  new Sequential([layers.dense({ units: 3, inputDim: 4, activation: 'relu' }), layers.batchNormalization(), layers.dense({ units: 2 })])

const archives = ['mlp.keras', 'attention.keras', 'words.keras', 'mlp.h5'] as const

for (const name of archives) {
  test(`damaged archives: ${name} cut off anywhere is refused`, async (t) => {
    const path = join(await folder(t), name)
    const bytes = await kerasFile(name)
    assert.equal(await loadDamaged(path, cuts(bytes, name.endsWith('.h5') ? 400 : 50), loadModel), 0)
  })

  test(`damaged archives: ${name} with a changed byte loads or is refused`, async (t) => {
    const path = join(await folder(t), name)
    const bytes = await kerasFile(name)
    await loadDamaged(path, flips(bytes, 60, 1), loadModel)
    await writeFile(path, bytes)
    await loadModel(path)
  })
}

for (const name of ['m.keras', 'm.weights.h5', 'm.safetensors']) {
  test(`damaged archives: weights in ${name} that are cut off or changed load or are refused, and the model keeps its own then`, async (t) => {
    const path = join(await folder(t), name)
    const model = small()
    await (name === 'm.keras' ? model.save(path) : model.saveWeights(path))
    const bytes = await readFile(path)
    const load = (): Promise<unknown> => model.loadWeights(path)
    assert.equal(await loadDamaged(path, cuts(bytes, name === 'm.safetensors' ? 50 : 400), load), 0)
    await loadDamaged(path, flips(bytes, 80, 2), load)
    await writeFile(path, bytes)
    assert.deepEqual(await model.loadWeights(path), [])
  })
}

/** A file of real Keras with some members changed; undefined leaves one out. */
async function changed(name: string, changes: Readonly<Record<string, string | Uint8Array | undefined>>): Promise<Uint8Array> {
  const files = await readZip(await kerasFile(name), 'test', everything)
  for (const [member, content] of Object.entries(changes)) {
    if (content === undefined) files.delete(member)
    else files.set(member, typeof content === 'string' ? bytesOf(content) : content)
  }
  return writeZip(files)
}

/** Writes an archive and expects a load to fail soon, as {@link checkError} asks, with a message. */
async function refuses(path: string, bytes: Uint8Array, message: RegExp): Promise<void> {
  assert.equal(await loadDamaged(path, [bytes], loadModel), 0, String(message))
  await assert.rejects(loadModel(path), { name: 'FormatError', message })
}

test('damaged archives: missing members are named', async (t) => {
  const path = join(await folder(t), 'm.keras')
  for (const member of ['config.json', 'metadata.json', 'model.weights.h5']) {
    await refuses(path, await changed('mlp.keras', { [member]: undefined }), new RegExp(`expected .*${member}.* in the archive, got only `))
  }
  await refuses(path, await writeZip(new Map()), /in the archive, got none of them/)
})

test('damaged archives: descriptions that are no models are refused', async (t) => {
  const path = join(await folder(t), 'm.keras')
  const fails = async (json: string, message: RegExp): Promise<void> => refuses(path, await changed('mlp.keras', { 'config.json': json }), message)
  for (const json of ['null', '[]', '3', '"x"', 'true']) await fails(json, /expected config\.json as an object, got /)
  for (const json of ['', '{', '\u0000', '{"a":']) await fails(json, /expected config\.json as JSON, got /)
  await fails('[['.repeat(5000) + ']]'.repeat(5000), /lists and objects more than 256 deep/)
  await fails(nested, /lists and objects more than 256 deep/)
  await fails('{}', /expected a layer's class_name as text, got none/)
  await fails('{"class_name":"Dense","config":{"units":2}}', /expected a model, got the layer Dense/)
  await fails('{"class_name":"Sequential","config":[]}', /expected the config of Sequential as an object/)
  await fails('{"class_name":"Sequential","config":{"layers":{}}}', /expected the layers of a Sequential as a list/)
  await fails(`{"class_name":"${'x'.repeat(100_000)}","config":{}}`, /expected classes of layers that are known/)
  const layerOf = (className: string): string =>
    JSON.stringify({ class_name: 'Sequential', config: { layers: [{ class_name: className, config: {} }] } })
  for (const name of ['Mystery', 'toString', '__proto__', 'constructor', 'default']) await fails(layerOf(name), /expected classes of layers/)
})

/** A description with something else in place of what `pattern` finds. */
async function rewritten(name: string, pattern: RegExp, replacement: string): Promise<Uint8Array> {
  const files = await readZip(await kerasFile(name), 'test', everything)
  const before = text(files.get('config.json'))
  const after = before.replace(pattern, replacement)
  assert.notEqual(after, before, String(pattern))
  return changed(name, { 'config.json': after })
}

test('damaged archives: huge numbers in descriptions take neither memory nor time', async (t) => {
  const path = join(await folder(t), 'm.keras')
  const fails = async (name: string, pattern: RegExp, replacement: string, message: RegExp): Promise<void> =>
    refuses(path, await rewritten(name, pattern, replacement), message)
  await fails('mlp.keras', /"units": 5/, '"units": 1e12', /expected 'kernel' of the Dense layer 'dense' as \[4, 1000000000000\] .*, got \[4, 5\]/)
  await fails('mlp.keras', /"units": 5/, '"units": 400000000', /as \[4, 400000000\]/)
  await fails('mlp.keras', /\[null, 4\]/g, '[null, 1e15]', /expected inputs of at most 16777216 along each axis, got \[null,1000000000000000\]/)
  await fails('mlp.keras', /\[null, 4\]/g, '[null, -4]', /expected every size of shape to be a positive whole number, got -4/)
  await fails('words.keras', /"input_dim": 7/, '"input_dim": 3e9', /as \[3000000000, 2\]/)
  await fails('words.keras', /"num_oov_indices": 2/, '"num_oov_indices": 1e9', /expected num_oov_indices of at most 1048576, got 1000000000/)
  await fails('recurrent.keras', /"units": \d/g, '"units": 1e9', /4000000000/)
  await fails('cnn.keras', /"kernel_size": \[[^\]]*\]/, '"kernel_size": [1e9, 1e9]', /1000000000/)
})

test('damaged archives: layers by the thousand, in lists or in each other, take little time', async (t) => {
  const path = join(await folder(t), 'm.keras')
  const layer = (className: string, config: unknown): unknown => ({ module: 'keras.layers', class_name: className, config })
  const first = layer('InputLayer', { batch_shape: [null, 3, 2], dtype: 'float32', name: 'x' })
  const sequential = (layers: readonly unknown[]): unknown => ({ class_name: 'Sequential', config: { name: 'm', layers: [first, ...layers] } })
  const fails = async (model: unknown, message: RegExp): Promise<void> =>
    refuses(path, await changed('mlp.keras', { 'config.json': JSON.stringify(model) }), message)
  const many = Array.from({ length: 2000 }, () => layer('Dropout', { rate: 0.5 }))
  await fails(sequential(many), /expected at most 1000 layers of a Sequential, got 2001\. Save it as a functional model\./)
  let cell = layer('LSTMCell', { units: 2 })
  for (let depth = 0; depth < 40; depth++) cell = layer('StackedRNNCells', { cells: [cell] })
  await fails(sequential([layer('RNN', { cell })]), /expected 3 weights of the LSTMCell layer '.*' at '.*', got 0/)
})

/** All places in a JSON value. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, part]) => places(part, [...path, key]))]
}

/** A copy of a JSON value with another one at a place. */
function withValueAt(value: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return replacement
  if (Array.isArray(value)) return value.map((part: unknown, i) => (String(i) === key ? withValueAt(part, rest, replacement) : part))
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, name === key ? withValueAt(part, rest, replacement) : part]))
}

/** Nonsense of every type of JSON, and what looks almost right. */
const nonsense: readonly unknown[] = [
  ...[undefined, null, true, 0, -1, 1.5, 1e6, 1e9, 1e15, 1e300, '', 'x', '__proto__', 'constructor', 'x'.repeat(20_000)],
  ...[[], {}, [null], [1e15], [[[]]], { a: 1 }, { class_name: 'Dense', config: {} }, { class_name: 'function', config: 'relu' }],
  ...[{ class_name: '__lambda__', config: {} }, { class_name: 'L2' }, { class_name: [1], config: {} }],
]

test('damaged archives: descriptions with nonsense in one place load or are refused', async (t) => {
  const random = seeded(3)
  for (const name of ['mlp.keras', 'cnn.keras', 'attention.keras', 'recurrent.keras', 'nested.keras', 'words.keras', 'codes.keras']) {
    const path = join(await folder(t), name)
    const files = await readZip(await kerasFile(name), 'test', everything)
    const config: unknown = JSON.parse(text(files.get('config.json')))
    const all = places(config)
    const damaged: Uint8Array[] = []
    for (let i = 0; i < 40; i++) {
      const [place, value] = [all[Math.floor(random() * all.length)] ?? [], nonsense[Math.floor(random() * nonsense.length)]]
      files.set('config.json', bytesOf(JSON.stringify(withValueAt(config, place, value)) ?? ''))
      damaged.push(await writeZip(files))
    }
    await loadDamaged(path, damaged, loadModel)
  }
})

test('damaged archives: zip bombs are refused before they are unpacked', async (t) => {
  const path = join(await folder(t), 'm.keras')
  const files = await readZip(await kerasFile('mlp.keras'), 'test', everything)
  const bomb = zipSync({ ...Object.fromEntries(files), 'assets/zeros': new Uint8Array(2 ** 22) }, { level: 9 })
  // The directory's entry says 4 GiB less a byte, and the file itself says nothing else.
  const declared = bomb.slice()
  const entry = entryOf(declared, 'assets/zeros')
  new DataView(declared.buffer).setUint32(entry + 24, 2 ** 32 - 2, true)
  await refuses(
    path,
    declared,
    /expected 'assets\/zeros' of \d+ stored bytes, got a declared size of 4294967294\. The archive is damaged or hostile\./,
  )
  // Less than what is there is no way around the limits.
  new DataView(declared.buffer).setUint32(entry + 24, 10, true)
  await refuses(path, declared, /expected 'assets\/zeros' with the archive's own checksum, got another/)
  await refuses(path, overlapping(bomb, entry, 500), /expected files of an archive of \d+ bytes, got declared sizes of \d+ and more/)
})

/** Where the directory has a file. */
function entryOf(archive: Uint8Array, name: string): number {
  const at = Buffer.from(archive).lastIndexOf(name) - 46
  assert.ok(at > 0)
  return at
}

/** An archive with further entries that all show the bytes of one file, which is the directory's last. */
function overlapping(archive: Uint8Array, entry: number, count: number): Uint8Array {
  const end = archive.length - 22
  const copies = Array.from({ length: count }, (_, i) => {
    const copy = archive.slice(entry, end)
    copy.set(bytesOf(String(i).padStart(5, '0')), copy.length - 5)
    return copy
  })
  const record = archive.slice(end)
  const view = new DataView(record.buffer)
  for (const at of [8, 10]) view.setUint16(at, view.getUint16(at, true) + count, true)
  view.setUint32(12, view.getUint32(12, true) + count * (end - entry), true)
  return Buffer.concat([archive.subarray(0, end), ...copies, record])
}

test('damaged archives: a member that is there twice is refused', async (t) => {
  const path = join(await folder(t), 'm.keras')
  const files = await readZip(await kerasFile('mlp.keras'), 'test', everything)
  const archive = Buffer.from(zipSync({ ...Object.fromEntries(files), 'config.jsom': bytesOf('{}') }))
  archive.write('config.json', archive.lastIndexOf('config.jsom'))
  await refuses(path, archive, /expected one file 'config\.json', got two of that name/)
})

test('damaged archives: names that lead out of an archive write nothing anywhere', async (t) => {
  const place = await folder(t)
  const path = join(place, 'm.keras')
  const names = ['../out.txt', 'assets/../../out.txt', `${place}/out.txt`, `assets/${place}/out.txt`, 'assets/', 'C:\\out.txt']
  await writeFile(path, await changed('words.keras', Object.fromEntries(names.map((name) => [name, 'x']))))
  await loadModel(path)
  for (const out of [join(place, 'out.txt'), join(place, '..', 'out.txt')]) await assert.rejects(access(out))
})

test('damaged archives: weights that are declared far larger than their file are refused', async (t) => {
  const path = join(await folder(t), 'm.keras')
  const bomb = await changed('mlp.keras', { 'model.weights.h5': await kerasFile('bomb.h5') })
  await refuses(path, bomb, /a declared \[1099511627776\] of 4398046511104 bytes/)
  for (const name of ['cycle.h5', 'link.h5', 'virtual.h5']) {
    await refuses(path, await changed('mlp.keras', { 'model.weights.h5': await kerasFile(name) }), /^hdf5 'model\.weights\.h5' of 'loadModel '/)
  }
})

test('damaged archives: a legacy file with a description or names of wrong types is refused', async (t) => {
  const path = join(await folder(t), 'm.h5')
  const root = await readHdf5(await kerasFile('mlp.h5'))
  const fails = async (attributes: Readonly<Record<string, string | number>>, message: RegExp): Promise<void> =>
    refuses(path, await writeHdf5({ ...root, attributes: new Map([...root.attributes, ...Object.entries(attributes)]) }), message)
  await fails({ model_config: 3 }, /expected a model, got a file of weights only/)
  await fails({ model_config: '[]' }, /expected model_config as an object, got \[\]/)
  await fails({ model_config: '['.repeat(10_000) }, /lists and objects more than 256 deep/)
  await fails({ training_config: '3' }, /expected training_config as an object, got 3/)
  const weights = root.members.get('model_weights')
  assert.ok(isGroup(weights))
  const renamed: Hdf5Group = { members: weights.members, attributes: new Map([['layer_names', ['dense', 'nowhere']]]) }
  await refuses(path, await writeHdf5({ ...root, members: new Map([['model_weights', renamed]]) }), /expected weights of 3 layers, got of 1/)
})

test('damaged archives: a legacy file whose description says that it is gigabytes long takes little memory', async (t) => {
  const path = join(await folder(t), 'm.h5')
  const bytes = Uint8Array.from(await kerasFile('attention.h5'))
  const view = new DataView(bytes.buffer)
  const { length } = String((await readHdf5(bytes)).attributes.get('model_config'))
  const places = Array.from({ length: bytes.length - 4 }, (_, i) => i).filter((at) => view.getUint32(at, true) === length)
  assert.ok(places.length > 0)
  for (const at of places) {
    view.setUint32(at, 0x68000000 + length, true)
    await loadDamaged(path, [bytes], loadModel)
    view.setUint32(at, length, true)
  }
})

test('damaged archives: weights of wrong shapes, of nothing and of other models are refused', async (t) => {
  const path = join(await folder(t), 'm.weights.h5')
  const model = small()
  const before = model.getWeights().map((weight) => weight.toArray())
  const wrong = emptyGroup()
  makeGroup(wrong, 'layers/dense/vars').members.set('0', zeros([0, 7]))
  const damaged = [await writeHdf5(emptyGroup()), await writeHdf5(wrong), await kerasFile('attention.weights.h5'), bytesOf('nothing of the kind')]
  assert.equal(await loadDamaged(path, damaged, () => model.loadWeights(path)), 0)
  assert.deepEqual(
    model.getWeights().map((weight) => weight.toArray()),
    before,
  )
})

test('damaged archives: safetensors with hostile headers are refused', async (t) => {
  const path = join(await folder(t), 'm.safetensors')
  const model = small()
  const withHeader = (json: string, length = bytesOf(json).length): Uint8Array => {
    const bytes = new Uint8Array(8 + bytesOf(json).length)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
    bytes.set(bytesOf(json), 8)
    return bytes
  }
  const tensor = (shape: string, offsets: string): string => `{"a":{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}}`
  const headers = [
    ...['', '3', 'null', '[]', '{"a":1}', '{"__metadata__":3}', '{"a":{"dtype":["F32"]}}', nested],
    ...[tensor('[1e15,1e15]', '[0,0]'), tensor('[-1]', '[0,4]'), tensor('[0,1e15]', '[0,0]'), tensor('['.repeat(9000) + ']'.repeat(9000), '[0,0]')],
    ...[tensor('[1]', '[0,4]'), tensor('[1]', '[4,0]'), tensor('[1]', '[0,1e300]'), tensor('[1]', '{}'), tensor('"1"', '[0,4]')],
  ]
  const damaged = [...headers.map((json) => withHeader(json)), withHeader('{}', 2 ** 40), withHeader('{}', 99_000_000)]
  assert.equal(await loadDamaged(path, damaged, () => model.loadWeights(path)), 0)
})

test('damaged archives: a folder or a missing file in place of an archive says so', async (t) => {
  const place = await folder(t)
  for (const path of [place, join(place, 'none.keras')]) {
    await loadModel(path).then(
      () => assert.fail('loaded'),
      (error: unknown) => checkError(error, path, path),
    )
  }
})
