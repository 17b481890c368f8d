import assert from 'node:assert/strict'
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { type AnyModel, Callback, layers, loadModel, type Logs, optimizers, random, Sequential } from '../../../src/index.ts'
import { BackupAndRestore, CSVLogger, ModelCheckpoint, TensorBoard } from '../../../src/io/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const [x, y] = [random.normal(random.key(1), [8, 3]), random.normal(random.key(2), [8, 2])]

/** Keeps the bits of everything at the end. */
class Final extends Callback {
  bits: unknown

  override async onTrainEnd(_logs: Logs, model: AnyModel): Promise<void> {
    const { tensors, progress } = await model.trainingState()
    this.bits = { progress, tensors: Object.fromEntries([...tensors].map(([name, value]) => [name, [...value.dataSync()].map(String)])) }
  }
}

/** A training that writes every kind of file into a folder. */
async function train(folder: string): Promise<unknown> {
  const model = new Sequential([layers.dense({ units: 4, inputDim: 3 }), layers.dropout({ rate: 0.3 }), layers.dense({ units: 2 })])
  model.compile({ loss: 'meanSquaredError', optimizer: new optimizers.Adam({ learningRate: 0.05 }) })
  const final = new Final()
  const callbacks = [
    new CSVLogger({ filename: join(folder, 'log.csv') }),
    new ModelCheckpoint({ filepath: join(folder, 'model.keras') }),
    new TensorBoard({ logDir: join(folder, 'logs') }),
    new BackupAndRestore({ backupDir: join(folder, 'backup') }),
    final,
  ]
  await model.fit(x, y, { epochs: 3, batchSize: 4, verbose: 0, callbacks })
  await model.save(join(folder, 'end.keras'))
  return final.bits
}

interface Handle {
  writeFile(bytes: Uint8Array): Promise<void>
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>
}

interface LimitedDisk {
  /** For each write of a whole file, and for every tenth record of a growing one: so many bytes that half of it has room. */
  readonly halves: readonly number[]
  lift(): void
}

/** Lets files take so many bytes in all, and no more. */
async function limitDisk(t: { mock: typeof test.mock }, room: number): Promise<LimitedDisk> {
  const probe = await open(new URL(import.meta.url))
  const handles: Handle = Object.getPrototypeOf(probe)
  await probe.close()
  const { write } = handles
  const halves: number[] = []
  let [taken, records] = [0, 0]
  const take = async (handle: Handle, bytes: Uint8Array, position: number): Promise<void> => {
    const fits = bytes.subarray(0, Math.max(0, room - taken))
    taken += bytes.length
    if (fits.length > 0) await write.call(handle, fits, 0, fits.length, position)
    if (fits.length < bytes.length) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  }
  const mocks = [
    t.mock.method(handles, 'writeFile', function (this: Handle, bytes: Uint8Array) {
      halves.push(taken + Math.floor(bytes.length / 2))
      return take(this, bytes, 0)
    }),
    t.mock.method(handles, 'write', async function (this: Handle, bytes: Uint8Array, offset: number, length: number, position: number) {
      if (records++ % 10 === 0) halves.push(taken + Math.floor(length / 2))
      await take(this, bytes.subarray(offset, offset + length), position)
      return { bytesWritten: length }
    }),
  ]
  const lift = (): void => {
    for (const { mock } of mocks) mock.restore()
  }
  return { halves, lift }
}

test('full disk: whenever it fills during a training, what was there before can be read, and the training goes on to the same bits', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'tenon-full-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const free = await limitDisk(t, Number.POSITIVE_INFINITY)
  const whole = await train(join(root, 'whole'))
  free.lift()
  const failed = new Set<string>()
  for (const room of free.halves) {
    const folder = join(root, String(room))
    const disk = await limitDisk(t, room)
    const error: unknown = await train(folder).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    disk.lift()
    const message = String(error)
    const [, name = ''] = /^FormatError: write '.*?(\w+\.\w+)[^/]*': expected room for \d+ (?:more )?bytes, got ENOSPC/.exec(message) ?? []
    assert.notEqual(name, '', message)
    failed.add(name.replace('events.out', 'events'))
    const files = await readdir(folder, { recursive: true })
    assert.deepEqual(
      files.filter((file) => file.endsWith('.tmp')),
      [],
      'drafts are removed',
    )
    for (const file of files.filter((file) => file.endsWith('.keras'))) await loadModel(join(folder, file))
    if (files.includes('log.csv')) assert.match(await readFile(join(folder, 'log.csv'), 'utf8'), /^epoch,.*\n(?:\d,.*\n)+$/)
    assert.deepEqual(await train(folder), whole, `resumed after ${message}`)
  }
  assert.deepEqual([...failed].sort(), ['end.keras', 'events', 'latest.safetensors', 'log.csv', 'model.keras'])
})

test('full disk: the error says how much was needed and what remains', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'tenon-full-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const model = new Sequential([layers.dense({ units: 4, inputDim: 3 })])
  const path = join(root, 'm.safetensors')
  const saved = async (room: number): Promise<string> => {
    const disk = await limitDisk(t, room)
    const message = await model.saveWeights(path).then(() => '', String)
    disk.lift()
    return message
  }
  assert.match(
    await saved(10),
    /expected room for \d+ bytes, got ENOSPC: .*\. No file of that name was there before, and none is now\. Free some space/,
  )
  assert.equal(await saved(1e6), '')
  const before = await readFile(path)
  assert.match(await saved(10), /^FormatError: write '.*m\.safetensors': .* The file that was there before is unchanged\./)
  assert.deepEqual(await readFile(path), before)
})
