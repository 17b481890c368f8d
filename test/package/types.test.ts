import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import test from 'node:test'

test('types: the whole project type-checks', () => {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const run = spawnSync(process.execPath, [compiler], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stdout)
})
