// Damage to files of models, and what a load of a damaged one must be like: it succeeds, or it fails soon, in little memory, with an error of Tenon's
// that names the file. Positions come from a seed, so that every run damages the same places.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TenonError } from '../../../src/index.ts'

const megabyte = 2 ** 20
/** Most that a load of a damaged file of a few kilobytes may take; generous, as other tests may run beside it. */
const most = { seconds: 2, megabytes: 300 } as const

/** A file of real Keras. */
export const kerasFile = (name: string): Promise<Uint8Array> => readFile(new URL(`../../golden/parity/keras-files/${name}`, import.meta.url))

/** A folder for the files of one test. */
export async function folder(t: { after(cleanUp: () => Promise<void>): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tenon-damaged-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Numbers of at least 0 and below 1 from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The beginnings of a file: of none, one and about every `step` of its bytes. */
export function cuts(bytes: Uint8Array, step: number): Uint8Array[] {
  const lengths = [0, 1, ...Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) => 2 + i * step)]
  return lengths.filter((length) => length < bytes.length).map((length) => bytes.subarray(0, length))
}

/** Copies of a file with one bit or one byte changed. */
export function flips(bytes: Uint8Array, count: number, seed: number): Uint8Array[] {
  const random = seeded(seed)
  const below = (end: number): number => Math.floor(random() * end)
  return Array.from({ length: count }, () => {
    const copy = Uint8Array.from(bytes)
    const at = below(copy.length)
    copy[at] = random() < 0.5 ? (copy[at] ?? 0) ^ (1 << below(8)) : below(256)
    return copy
  })
}

/**
 * Writes each of the damaged files to `path` and loads it. Fails where a load throws what is not an error of Tenon's that names the file and says what
 * was expected, found and to do, or takes too long or too much memory. How many loads succeeded.
 */
export async function loadDamaged(path: string, damaged: Iterable<Uint8Array>, load: (path: string) => Promise<unknown>): Promise<number> {
  let loaded = 0
  let index = 0
  const before = process.memoryUsage().rss
  for (const bytes of damaged) {
    const what = `damaged file ${index++} of ${bytes.length} bytes`
    await writeFile(path, bytes)
    const start = process.cpuUsage()
    const error: unknown = await load(path).then(
      () => undefined,
      (reason: unknown) => reason ?? new Error('nothing'),
    )
    // The processor's time, which does not depend on what else the machine does.
    const { user, system } = process.cpuUsage(start)
    const seconds = (user + system) / 1e6
    assert.ok(seconds < most.seconds, `${what}: ${seconds} s`)
    if (error === undefined) loaded++
    else checkError(error, path, what)
  }
  const grown = (process.memoryUsage().rss - before) / megabyte
  assert.ok(grown < most.megabytes, `${grown} MB more`)
  return loaded
}

/** That an error is Tenon's, names the file, and says what was expected, found and to do. */
export function checkError(error: unknown, path: string, what: string): void {
  assert.ok(error instanceof TenonError, `${what}: ${error instanceof Error ? error.stack : String(error)}`)
  assert.ok(error.message.includes(`'${path}'`), `${what}: no file in: ${error.message}`)
  assert.match(error.message, /^[^:]+: expected .+, got .+\. .+\.$/s, what)
  assert.ok(error.message.length < 5000, `${what}: an error of ${error.message.length} characters`)
}
