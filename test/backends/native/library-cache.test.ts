// The cache of compiled libraries under bad conditions, each in a process of its own: whatever happens to the folder, the numbers come out.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { nativeUnavailable } from '../../../src/backends/native/index.ts'

const options = { skip: nativeUnavailable() ?? false }
const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tenon-cache-test-'))
  folders.push(folder)
  return folder
}

const moduleOf = (path: string): string => JSON.stringify(new URL(`../../../src/${path}/index.ts`, import.meta.url).href)

// What the front door does for this device: the whole of it takes a second longer to read.
const program = `
import { createNativeDevice, nativeUnavailable } from ${moduleOf('backends/native')}
import { deviceEvaluator, registerDevice } from ${moduleOf('compiler')}
import { setEvaluator, tensor } from ${moduleOf('core')}
registerDevice({ name: 'native', priority: 0, available: nativeUnavailable, create: createNativeDevice })
setEvaluator(deviceEvaluator)
console.log(JSON.stringify(tensor([1, 2, 3]).multiply(3).add(0.25).toArray()))
`
const expected = '[3.25,6.25,9.25]'

function start(cache: string): ChildProcess {
  const script = join(newFolder(), 'program.mts')
  writeFileSync(script, program)
  const env = { ...process.env, TENON_CACHE_DIR: cache, TENON_DEVICE: 'native' }
  return spawn(process.execPath, ['--import', 'tsx', script], { env, cwd: process.cwd(), stdio: ['ignore', 'pipe', 'pipe'] })
}

async function outputOf(child: ChildProcess): Promise<string> {
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  assert.equal(code, 0, err)
  return out.trim()
}

const run = (cache: string): Promise<string> => outputOf(start(cache))
const entries = (cache: string, ending: string): string[] =>
  readdirSync(join(cache, 'native'))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(cache, 'native', name))

test('cache: a second process compiles nothing, and a missing folder is made', options, async () => {
  const cache = join(newFolder(), 'not', 'there', 'yet')
  assert.equal(await run(cache), expected)
  const times = entries(cache, '.so').map((path) => statSync(path).mtimeMs)
  assert.equal(await run(cache), expected)
  assert.deepEqual(
    entries(cache, '.so').map((path) => statSync(path).mtimeMs),
    times,
  )
})

test('cache: damaged, truncated and empty libraries are built anew', options, async () => {
  const cache = newFolder()
  assert.equal(await run(cache), expected)
  for (const path of entries(cache, '.so')) {
    const bytes = readFileSync(path)
    bytes.fill(0x5a, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 64)
    writeFileSync(path, bytes)
  }
  assert.equal(await run(cache), expected)
  for (const path of entries(cache, '.so')) truncateSync(path, 100)
  assert.equal(await run(cache), expected)
  for (const path of entries(cache, '.sum')) writeFileSync(path, '')
  assert.equal(await run(cache), expected)
})

test('cache: a folder that cannot be written is left alone', options, async () => {
  const cache = newFolder()
  // A file where the folder should be: unwritable for every user, the administrator included.
  writeFileSync(join(cache, 'native'), 'in the way')
  assert.equal(await run(cache), expected)
  assert.equal(readFileSync(join(cache, 'native'), 'utf8'), 'in the way')
  const readOnly = newFolder()
  chmodSync(readOnly, 0o555)
  assert.equal(await run(readOnly), expected)
  chmodSync(readOnly, 0o755)
})

test('cache: two processes that compile the same kernels at once both work and leave whole entries', options, async () => {
  const cache = newFolder()
  assert.deepEqual(await Promise.all([run(cache), run(cache), run(cache)]), [expected, expected, expected])
  assert.deepEqual(entries(cache, '.tmp'), [])
  assert.equal(await run(cache), expected)
})

test('cache: an interrupted compilation leaves nothing that is taken for a library', options, async () => {
  const cache = newFolder()
  const child = start(cache)
  const closed = new Promise((resolve) => child.on('close', resolve))
  // As soon as the folder is there a compilation is under way.
  while (!existsSync(join(cache, 'native')) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5))
  child.kill('SIGKILL')
  await closed
  assert.equal(await run(cache), expected)
})
