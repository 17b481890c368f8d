import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import test from 'node:test'
import { allTests, notInPages, notOnEveryDevice, pageTests, testsOn } from '../device-tests.ts'

test('device tests: every path that is left out is there, and says why', () => {
  for (const [path, reason] of Object.entries({ ...notOnEveryDevice, ...notInPages })) {
    assert.ok(existsSync(`test/${path}`), path)
    assert.ok(reason.length > 0, path)
  }
})

test('device tests: what computes is run on every device, in Node and in pages', () => {
  const computing = allTests().filter((path) => /^(primitives|golden|llm|nn\/layers|nn\/optimizers)\//.test(path))
  assert.ok(computing.length > 15)
  for (const device of ['native', 'wasm', 'webgpu']) {
    const there = new Set(testsOn(device))
    assert.deepEqual(
      computing.filter((path) => !there.has(path)),
      [],
      device,
    )
  }
  for (const device of ['wasm', 'webgpu']) {
    const there = new Set(pageTests(device))
    assert.deepEqual(
      computing.filter((path) => !there.has(path)),
      [],
      device,
    )
  }
})
