import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { nativeUnavailable } from '../../src/backends/native/index.ts'

const sources = ['--import', 'tsx', 'src/cli/main.ts']

/** A bundle of the command, which starts faster, where the run of all tests has made one. */
const command = process.env.TENON_TESTED_COMMAND === undefined ? sources : [process.env.TENON_TESTED_COMMAND]

function tenon(args: readonly string[], environment: NodeJS.ProcessEnv = {}, start: readonly string[] = command) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...start, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
  return { status, stdout, stderr }
}

test('tenon: lists its commands, each with help that has an example', () => {
  const { status, stdout } = tenon(['--help'])
  assert.equal(status, 0)
  for (const name of ['demo', 'doctor', 'explain', 'verify-resume']) {
    assert.match(stdout, new RegExp(`^ {2}${name} `, 'm'))
    assert.match(tenon([name, '--help']).stdout, /Example: tenon/)
  }
})

test('tenon: an unknown command or option ends with 2 and names what is known', () => {
  const unknown = tenon(['dance'])
  assert.equal(unknown.status, 2)
  assert.match(unknown.stderr, /expected one of demo, doctor, explain, verify-resume, got 'dance'/)
  assert.equal(tenon(['doctor', '--fast']).status, 2)
})

test('tenon doctor: says which device is chosen and why', () => {
  const { status, stdout } = tenon(['doctor', '--json'], { TENON_DEVICE: 'reference' })
  assert.equal(status, 0)
  assert.match(stdout, /"chosen": \{\s*"name": "reference",\s*"why": "TENON_DEVICE=reference"/)
})

test('tenon doctor: without a compiler WebAssembly is chosen, and the advice is to install one', () => {
  const { status, stdout } = tenon(['doctor'], { TENON_CC: '/nowhere/cc' })
  assert.equal(status, 0)
  assert.match(stdout, /device native +cannot be used: there is no C compiler/)
  assert.match(stdout, /device wasm +chosen: the fastest of those that can be used/)
  assert.match(stdout, /Install a C compiler/)
})

test('tenon doctor: names the runtime, and what WebAssembly has here', () => {
  const { status, stdout } = tenon(['doctor'], { TENON_DEVICE: 'reference', TENON_THREADS: '1' })
  assert.equal(status, 0)
  assert.match(stdout, /^runtime +(Node|Deno|Bun) \d+\.\d+/m)
  assert.match(stdout, /^ {2}SIMD +yes: four floats at once$/m)
  assert.match(stdout, /^ {2}relaxed SIMD +(yes|no): /m)
  assert.match(stdout, /^ {2}threads +no: there is one core, or TENON_THREADS is 1/m)
  assert.match(stdout, /^ {2}memory64 +(no: .* must fit in 4 GiB|yes: .* gets up to 16 GiB)$/m)
})

test('tenon doctor: without a driver WebGPU cannot be used, and it says what to do', () => {
  const { status, stdout } = tenon(['doctor'], { TENON_DEVICE: 'webgpu', VK_DRIVER_FILES: '/nowhere/driver.json' })
  assert.equal(status, 0)
  assert.match(
    stdout,
    /^device webgpu +chosen: TENON_DEVICE=webgpu, but it cannot be used: .*(TENON_DEVICE chooses another device|npm install webgpu)/m,
  )
})

const withoutCompiler = nativeUnavailable() ?? false

test('tenon explain: shows kernels with arithmetic and traffic, the memory plan, and on request graph and code', { skip: withoutCompiler }, () => {
  // What the example imports has to be what the command is made of.
  const { status, stdout, stderr } = tenon(['explain', 'examples/training-step.ts', '--graph', '--source'], {}, sources)
  assert.equal(status, 0, stderr)
  assert.match(stdout, /%0 = /)
  assert.match(stdout, /matmul \[32, 100\] · \[100, 64\] +\d+ kFLOP/)
  assert.match(stdout, /results written over donated inputs +4/)
  assert.match(stdout, /void KERNEL_/)
})

test('tenon explain: a file that is not there, and one that exports no program, are told apart', () => {
  assert.match(tenon(['explain', 'nowhere.ts']).stderr, /expected a file, found none at 'nowhere\.ts'/)
  const folder = mkdtempSync(join(tmpdir(), 'tenon-cli-'))
  try {
    const file = join(folder, 'empty.mjs')
    writeFileSync(file, 'export const model = 1\n')
    const { status, stderr } = tenon(['explain', file])
    assert.equal(status, 2)
    assert.match(stderr, /expected an export 'program' made by jit, got model/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('tenon demo: runs on the interpreter, smaller, and says why', () => {
  const { status, stdout, stderr } = tenon(['demo', '--quick'], { TENON_DEVICE: 'reference' })
  assert.equal(status, 0, stderr)
  assert.match(stdout, /reference device.*: TENON_DEVICE asks for it/)
  assert.match(stdout, /smaller version/)
  assert.match(stdout, /After training, validation loss/)
})
