import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import { zipSync } from 'fflate'
import { readZip, writeZip } from '../../src/io/zip.ts'

const everything = () => true
const sample = new Map([
  ['a.txt', new TextEncoder().encode('hello')],
  ['b/c.bin', new Uint8Array(1000).fill(7)],
])

test('zip: files come back, stored or packed', async () => {
  assert.deepEqual(await readZip(await writeZip(sample), 'zip', everything), sample)
  assert.deepEqual(await readZip(zipSync(Object.fromEntries(sample), { level: 9 }), 'zip', everything), sample)
})

test('zip: only files that are asked for are unpacked', async () => {
  const files = await readZip(await writeZip(sample), 'zip', (name) => name === 'a.txt')
  assert.deepEqual([...files.keys()], ['a.txt'])
})

test('zip: an archive that Python packed is read', async () => {
  const bytes = await readFile(new URL('../golden/parity/keras-files/mlp.keras', import.meta.url))
  assert.deepEqual([...(await readZip(bytes, 'zip', everything)).keys()].sort(), ['config.json', 'metadata.json', 'model.weights.h5'])
})

test('zip: an archive that is cut off, damaged or something else says so', async () => {
  const bytes = await writeZip(sample)
  for (const length of [2, 30, 200, bytes.length - 1]) {
    await assert.rejects(readZip(bytes.subarray(0, length), "loadModel 'm.keras'", everything), {
      name: 'FormatError',
      message: new RegExp(
        `^loadModel 'm\\.keras': expected a whole zip archive, got one of ${length} bytes that cannot be read \\(.+\\)\\. It is cut off`,
      ),
    })
  }
  const damaged = bytes.slice()
  damaged[100] = 8
  await assert.rejects(readZip(damaged, 'z', everything), {
    message: "z: expected 'b/c.bin' with the archive's own checksum, got another. The archive is cut off or damaged; copy it again.",
  })
  await assert.rejects(readZip(new Uint8Array(0), 'z', everything), { message: 'z: expected a zip archive, got an empty file. Check the path.' })
  await assert.rejects(readZip(new Uint8Array([0x89, 0x48, 0x44]), 'z', everything), {
    message: 'z: expected a zip archive, got an HDF5 file. Rename it to end in .h5.',
  })
})

test('zip: a file that unpacks to far more than is stored is refused before it is unpacked', async () => {
  const bytes = zipSync({ zeros: new Uint8Array(2 ** 26 + 1) }, { level: 9 })
  await assert.rejects(readZip(bytes, 'z', everything), /^FormatError: z: expected 'zeros' of \d+ stored bytes, got a declared size of 67108865\./)
})
