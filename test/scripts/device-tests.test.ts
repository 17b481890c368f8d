import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import test from 'node:test'
import { allTests, notInPages, notOnEveryDevice, pageTests, quickTests } from '../device-tests.ts'

test('device tests: every path that is left out is there, and says why', () => {
  for (const [path, reason] of Object.entries({ ...notOnEveryDevice, ...notInPages })) {
    assert.ok(existsSync(`test/${path}`), path)
    assert.ok(reason.length > 0, path)
  }
})

test('device tests: what computes is among them', () => {
  const pages = new Set(pageTests())
  const computing = allTests().filter((path) => /^(primitives|golden|llm)\//.test(path))
  assert.ok(computing.length > 10)
  assert.deepEqual(
    computing.filter((path) => !pages.has(path)),
    [],
  )
  assert.deepEqual(
    quickTests().filter((path) => !pages.has(path)),
    [],
  )
})
