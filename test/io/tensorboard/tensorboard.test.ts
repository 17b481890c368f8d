import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import test from 'node:test'
import { inflateSync } from 'node:zlib'
import { EventFile } from '../../../src/io/tensorboard/event-file.ts'
import { histogramOf } from '../../../src/io/tensorboard/histogram.ts'
import { encodePng } from '../../../src/io/tensorboard/png.ts'
import { decodeRecords, encodeRecord } from '../../../src/io/tensorboard/record.ts'

const golden = new URL('../../golden/parity/tensorboard.tfevents', import.meta.url)

test('tensorboard: an event file has the bytes that TensorBoard itself writes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tenon-events-'))
  t.after(() => rm(folder, { recursive: true }))
  const events = await EventFile.create(join(folder, 'train'), { now: () => 1700000000.5, host: 'host' })
  await events.write('loss', 0, { kind: 'scalar', value: 0.5 })
  await events.write('loss', 300, { kind: 'scalar', value: -1.25 })
  await events.write('dense/kernel', 300, { kind: 'histogram', values: [0, 1, 2, 3] })
  await events.write('model', 300, { kind: 'text', text: '**bold**' })
  await events.close()
  assert.match(basename(events.path), /^events\.out\.tfevents\.1700000000\.host\.\d+\.\d+$/)
  assert.deepEqual(await readFile(events.path), await readFile(golden))
})

test('tensorboard: a folder that cannot be written is an error that names the file', async () => {
  await assert.rejects(EventFile.create('/dev/null/logs', { host: 'h', now: () => 1 }), {
    name: 'FormatError',
    message: /^write '\/dev\/null\/logs\/events.*': expected an event file that can be written, got ENOTDIR/,
  })
})

test('tfrecord: messages come back; frames that are cut off or damaged are refused', async () => {
  const messages = [new Uint8Array([1, 2, 3]), new Uint8Array(0)]
  const bytes = Buffer.concat(messages.map(encodeRecord))
  assert.deepEqual(decodeRecords(new Uint8Array(bytes)), messages)
  assert.equal(decodeRecords(await readFile(golden)).length, 5)
  const fails = (damaged: Uint8Array, message: RegExp) => assert.throws(() => decodeRecords(damaged, 'f'), { name: 'FormatError', message })
  fails(bytes.subarray(0, 5), /^tfrecord 'f': expected 12 bytes of a frame at byte 0, got 5\. The file is cut off or damaged\.$/)
  fails(bytes.subarray(0, 17), /expected 3 bytes of a message at byte 0, got 5/)
  const changed = Uint8Array.from(bytes)
  changed[13] = 9
  fails(changed, /expected a message with its checksum at byte 0, got another checksum/)
})

test('histogram: every finite number is counted once, in buckets from the smallest to the largest', () => {
  const { counts, limits, count, min, max } = histogramOf([1, 2, 2, 5, Number.NaN, Number.POSITIVE_INFINITY], 4)
  assert.deepEqual({ counts, limits, count, min, max }, { counts: [1, 2, 0, 1], limits: [2, 3, 4, 5], count: 4, min: 1, max: 5 })
  assert.deepEqual(histogramOf([3, 3]).counts, [2])
  assert.deepEqual(histogramOf([]).counts, [0])
})

test('png: the rows of a picture are in the file', async () => {
  const bytes = Uint8Array.from({ length: 2 * 3 * 3 }, (_, i) => i)
  const png = await encodePng({ height: 2, width: 3, channels: 3, bytes })
  const view = new DataView(png.buffer)
  assert.equal(view.getUint32(16), 3)
  assert.equal(view.getUint32(20), 2)
  const length = view.getUint32(33)
  assert.deepEqual([...inflateSync(png.subarray(41, 41 + length))], [0, ...bytes.subarray(0, 9), 0, ...bytes.subarray(9)])
  await assert.rejects(encodePng({ height: 2, width: 2, channels: 1, bytes }), /png: expected 2 × 2 × 1 bytes, at least one, got 18/)
})
