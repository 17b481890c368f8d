// The package as it is installed, on every runtime that is found and every device: the same numbers everywhere.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { softwareGpu } from '../../scripts/software-gpu.ts'
import { listDevices } from '../../src/index.ts'
import { installPackage, placeProgram } from './installed-package.ts'
import { runtimes } from './runtimes.ts'

/** What smoke.ts prints. */
interface Smoke {
  readonly unavailable?: string
  readonly product: number
  readonly slope: readonly number[]
  readonly fused: number
  readonly losses: readonly number[]
  readonly difference: number
}

const devices = listDevices().map(({ name }) => name)
const folder = await installPackage()
placeProgram('smoke', folder)
after(() => rmSync(folder, { recursive: true, force: true }))

function smoke([program, ...options]: readonly [string, ...string[]], device: string): Smoke {
  const { status, stdout, stderr, error } = spawnSync(program, [...options, 'smoke.js', device], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...softwareGpu() },
    timeout: 120_000,
  })
  if (status !== 0) throw new Error(`ended with ${error?.message ?? status}: ${stdout}${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

const near = (received: readonly number[], expected: readonly number[]): void => {
  assert.equal(received.length, expected.length)
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs((received[i] ?? NaN) - value) <= 1e-5, `${received.join()} is not ${expected.join()}`)
}

function check({ product, slope, fused, losses, difference }: Smoke): void {
  assert.equal(product, 32)
  assert.deepEqual(slope, [2, -4, 6])
  near([fused], [2.720676])
  near(losses, [1.249339, 1.224165, 1.200591])
  assert.equal(difference, 0)
}

for (const { name, command } of runtimes()) {
  const skip = command === undefined ? 'not found; npm run runtimes installs it' : false
  for (const device of devices) {
    test(`${name}: computes, differentiates, trains and keeps weights on ${device}`, { skip }, (t) => {
      if (command === undefined) return
      const result = smoke(command, device)
      if (result.unavailable === undefined) check(result)
      else if (device === 'wasm' || device === 'reference') assert.fail(result.unavailable)
      else t.skip(result.unavailable)
    })
  }
}

for (const { name, command } of runtimes()) {
  const skip = command === undefined ? 'not found; npm run runtimes installs it' : false
  test(`${name}: tenon doctor names it`, { skip }, () => {
    const [program = '', ...options] = command ?? []
    const main = join('node_modules', 'tenon', 'dist', 'node', 'cli', 'main.js')
    const env = { ...process.env, ...softwareGpu(), TENON_DEVICE: 'reference' }
    const { status, stdout, stderr } = spawnSync(program, [...options, main, 'doctor'], { cwd: folder, encoding: 'utf8', env })
    assert.equal(status, 0, stderr)
    assert.match(stdout, new RegExp(`^runtime +${name}\\b`, 'm'))
    assert.match(stdout, /^device wasm +can be used$/m)
  })
}

const deno = runtimes().find(({ name }) => name === 'Deno')?.command
const withoutDeno = deno === undefined ? 'Deno was not found; npm run runtimes installs it' : false

test('Deno without --allow-ffi: the native device says what is missing, WebAssembly computes', { skip: withoutDeno }, () => {
  if (deno === undefined) return
  const careful = [deno[0], 'run', '--allow-env', '--allow-read', '--allow-sys', '--allow-write', '--no-prompt', '--no-lock'] as const
  assert.match(smoke(careful, 'native').unavailable ?? '', /koffi cannot be loaded .*--allow-ffi/)
  check(smoke(careful, 'wasm'))
})

test('a package without koffi: the native device says so, WebAssembly computes', () => {
  rmSync(join(folder, 'node_modules', 'koffi'), { recursive: true })
  assert.match(smoke([process.execPath], 'native').unavailable ?? '', /C compiler|the package koffi cannot be loaded \(Cannot find module 'koffi'\)/)
  check(smoke([process.execPath], 'wasm'))
})
