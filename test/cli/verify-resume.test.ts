import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { differences } from '../../src/cli/training-outcome.ts'
import { type Tensor, tensor } from '../../src/index.ts'

function verify(...args: readonly string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'verify-resume', ...args], {
    encoding: 'utf8',
    env: { ...process.env, TENON_DEVICE: 'wasm' },
  })
}

test('tenon verify-resume: a training that is killed and started again ends with the same bits', () => {
  const { status, stdout, stderr } = verify('examples/resume.ts', '--kills', '2', '--save-freq', '5')
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^uninterrupted: 48 batches/)
  assert.match(stdout, /^SAME: killed [12] times, the training ended with the same bits\.\nweights \(4, 676 numbers\), optimizer/m)
})

test('tenon verify-resume: a file without a training is refused, and options are checked', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tenon-verify-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'nothing.mjs')
  writeFileSync(file, 'export const model = 1\n')
  const nothing = verify(file)
  assert.equal(nothing.status, 1)
  assert.match(nothing.stderr, /expected an export 'train', a function of callbacks, got model/)
  assert.equal(verify(file, '--kills', '0').status, 2)
})

test('verify-resume: what differs is named with its first number, bit by bit', () => {
  const outcome = (entries: Readonly<Record<string, Tensor>>) => new Map(Object.entries(entries))
  const whole = outcome({ 'weights/a': tensor([1, 0, Number.NaN]), 'weights/b': tensor([1]), 'history/loss': tensor([1, 2]) })
  assert.deepEqual(differences(whole, new Map(whole)), [])
  assert.deepEqual(differences(whole, outcome({ 'weights/a': tensor([1, -0, Number.NaN]), 'history/loss': tensor([1]) })), [
    'weights/a: 1 of 3 numbers differ, first number 1: 0 uninterrupted, -0 interrupted',
    'weights/b: only in the uninterrupted training',
    'history/loss: f32 [2] and f32 [1]',
  ])
})
