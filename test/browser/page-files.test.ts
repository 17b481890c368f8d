import assert from 'node:assert/strict'
import test from 'node:test'
import { inBarePage } from './bare-page.ts'
import { needsChromium } from './chromium.ts'

const roundTrip = (kind: string): string => `
  const files = await tenon.openPageFiles({ folder: 'test', kind: '${kind}' })
  const name = 'a/b: 50 % ünï.bin'
  const before = await files.read(name)
  await files.write(name, new Uint8Array([1, 2, 3, 4]))
  await files.write(name, new Uint8Array([5, 6]))
  const reopened = await tenon.openPageFiles({ folder: 'test', kind: '${kind}' })
  const read = await reopened.read(name)
  const elsewhere = await (await tenon.openPageFiles({ folder: 'other', kind: '${kind}' })).read(name)
  const names = await files.names()
  await files.remove(name)
  await files.remove(name)
  return [files.kind, before === undefined, [...read], elsewhere === undefined, names, await files.names()]`

for (const kind of ['opfs', 'indexeddb']) {
  for (const inWorker of [false, true]) {
    test(`page files in ${kind}, ${inWorker ? 'in a worker' : 'in a page'}: read back what was written last`, needsChromium, async () => {
      assert.deepEqual(await inBarePage(roundTrip(kind), { inWorker }), [kind, true, [5, 6], true, ['a/b: 50 % ünï.bin'], []])
    })
  }
}

test('page files: IndexedDB where the private file system cannot be had, an error where nothing can', needsChromium, async () => {
  const noPrivateFiles = "Object.defineProperty(navigator.storage, 'getDirectory', { value: undefined })"
  assert.equal(await inBarePage('return (await tenon.openPageFiles()).kind', { before: noPrivateFiles }), 'indexeddb')
  const nothing = `${noPrivateFiles}\nObject.defineProperty(globalThis, 'indexedDB', { value: undefined })`
  assert.deepEqual(await inBarePage('await tenon.openPageFiles()', { before: nothing }), {
    failed:
      'FormatError: page files: expected storage of the browser, got none (opfs: this browser has no private file system; indexeddb: this browser has no IndexedDB). Allow this page to store data, or leave the private window.',
  })
})

test('model.saveWeights and loadWeights in a page: the browser keeps the file', needsChromium, async () => {
  const weights = `
    const make = (seed) => new tenon.Sequential([tenon.layers.dense({ units: 3, inputDim: 2 })], { seed })
    const [saved, other] = [make(1), make(2)]
    await saved.saveWeights('dense')
    await other.loadWeights('dense')
    const numbers = async (model) => Promise.all(model.getWeights().map((tensor) => tensor.array()))
    const missing = await other.loadWeights('dense 2').catch((error) => error.message)
    return [await numbers(saved), await numbers(other), missing]`
  const result = await inBarePage(weights)
  assert.ok(Array.isArray(result), JSON.stringify(result))
  const [saved, loaded, missing] = result
  assert.deepEqual(loaded, saved)
  assert.equal(missing, "read 'dense 2': expected a file of this page, got only dense. Save it first.")
})

test('a checkpoint that is cut off: is an error, and nothing is changed', needsChromium, async () => {
  const cut = `
    const model = new tenon.Sequential([tenon.layers.dense({ units: 3, inputDim: 2 })])
    await model.saveWeights('dense')
    const files = await tenon.openPageFiles()
    await files.write('dense', (await files.read('dense')).slice(0, -4))
    await model.loadWeights('dense')`
  const result = await inBarePage(cut)
  assert.match(JSON.stringify(result), /FormatError: safetensors 'dense': expected .*The file is cut off/)
})

test('page files without room: a write that fails is an error and leaves the old file', needsChromium, async () => {
  const full = `
    const files = await tenon.openPageFiles()
    await files.write('weights', new Uint8Array([1, 2, 3]))
    FileSystemWritableFileStream.prototype.write = () => Promise.reject(new DOMException('The quota is used up', 'QuotaExceededError'))
    const message = await files.write('weights', new Uint8Array(100)).catch((error) => error.message)
    return [message, [...(await files.read('weights'))]]`
  assert.deepEqual(await inBarePage(full), [
    "write 'weights': expected room for 100 bytes, got The quota is used up. Remove other files of this page.",
    [1, 2, 3],
  ])
})
