import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { gunzip, loadMnist, parseIdx } from '../../src/data/index.ts'
import '../../src/index.ts'

function idx(shape: readonly number[], values: Uint8Array, type = 8): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length)
  bytes.set([0, 0, type, shape.length])
  shape.forEach((size, i) => {
    new DataView(bytes.buffer).setUint32(4 + 4 * i, size)
  })
  bytes.set(values, 4 + 4 * shape.length)
  return bytes
}
const fails = (bytes: Uint8Array, message: string) =>
  assert.throws(() => parseIdx(bytes, 'f'), { name: 'FormatError', message: `idx 'f': ${message}` })

test('idx: shape and bytes come out', () => {
  const t = parseIdx(idx([2, 3], Uint8Array.of(1, 2, 3, 4, 5, 255)), 'f')
  assert.equal(t.dtype, 'u8')
  assert.deepEqual(t.toArray(), [
    [1, 2, 3],
    [4, 5, 255],
  ])
})

test('idx: damaged files are refused', () => {
  fails(Uint8Array.of(0, 0), 'expected at least 4 bytes, got 2. The file is cut off; copy it again.')
  fails(Uint8Array.of(1, 2, 8, 1), 'expected two zero bytes at the start, got 0x102. This is not an IDX file.')
  fails(idx([1], Uint8Array.of(1), 13), 'expected elements of type 0x08 (unsigned bytes), got 0x0d. Convert the file.')
  fails(Uint8Array.of(0, 0, 8, 2, 0), 'expected a header of 12 bytes with at least one axis, got 5 bytes. The file is cut off.')
  fails(idx([2, 2], Uint8Array.of(1)), 'expected 4 bytes of elements for [2, 2], got 1. The file is cut off or damaged; copy it again.')
  fails(
    idx([0xffffffff, 0xffffffff], Uint8Array.of(1)),
    'expected 18446744065119617000 bytes of elements for [4294967295, 4294967295], got 1. The file is cut off or damaged; copy it again.',
  )
})

test('gunzip: unpacks, refuses damaged files and ones that grow beyond a limit', async () => {
  const packed = new Uint8Array(gzipSync(new Uint8Array(1000).fill(7)))
  assert.deepEqual(await gunzip(packed, 'f'), new Uint8Array(1000).fill(7))
  await assert.rejects(gunzip(packed.slice(0, -9), 'f'), /^FormatError: gzip 'f': expected a whole gzip file, got one that does not unpack/)
  await assert.rejects(gunzip(packed, 'f', 999), {
    message: "gzip 'f': expected at most 999 unpacked bytes, got more. Check the file, or raise the limit.",
  })
})

test('mnist: images are between 0 and 1, packed or not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tenon-mnist-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const part of ['train', 't10k']) {
    await writeFile(join(folder, `${part}-images-idx3-ubyte.gz`), gzipSync(idx([2, 28, 28], new Uint8Array(1568).fill(51))))
    await writeFile(join(folder, `${part}-labels-idx1-ubyte`), idx([2], Uint8Array.of(3, 9)))
  }
  const { train, test: held } = await loadMnist(folder)
  assert.deepEqual(
    [train.images.shape, held.labels.toArray()],
    [
      [2, 28, 28, 1],
      [3, 9],
    ],
  )
  assert.equal(train.images.max().itemSync(), Math.fround(0.2))
  await writeFile(join(folder, 'train-labels-idx1-ubyte'), idx([2], Uint8Array.of(3, 10)))
  await assert.rejects(loadMnist(folder), { message: "mnist 'train': expected labels from 0 to 9, got 10 at 1. Check the files." })
  await assert.rejects(
    loadMnist(join(folder, 'gone')),
    /^FormatError: mnist: expected '.*gz' or '.*', got neither\. Put MNIST's four files into the folder\.$/,
  )
})
