import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import test from 'node:test'
import { allTests, notInPages, notOnEveryDevice, pageTests, slowPageTests, testsOn } from '../device-tests.ts'

test('device tests: every path that is left out is there, and says why', () => {
  for (const [path, reason] of Object.entries({ ...notOnEveryDevice, ...notInPages })) {
    assert.ok(existsSync(`test/${path}`), path)
    assert.ok(reason.length > 0, path)
  }
})

test('device tests: what computes is run on every device, in Node and in pages', () => {
  const computing = allTests().filter((path) => /^(primitives|golden(?!\/parity)|llm|nn\/layers|nn\/optimizers)\//.test(path))
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
    const there = new Set([...pageTests(device), ...slowPageTests(device)])
    assert.deepEqual(
      computing.filter((path) => !there.has(path)),
      [],
      device,
    )
  }
})

test('device tests: what a usual run leaves out in pages is run there by WebAssembly, and on WebGPU in Node', () => {
  const left = slowPageTests('webgpu')
  assert.ok(left.length > 5 && left.length < 0.25 * pageTests('webgpu').length, String(left.length))
  for (const there of [pageTests('wasm'), testsOn('webgpu'), testsOn('reference')]) {
    assert.deepEqual(
      left.filter((path) => !there.includes(path)),
      [],
    )
  }
})

test('device tests: compositions are run by the reference and by WebAssembly, and everywhere in a full run', () => {
  const compositions = allTests().filter((path) => /^(golden\/parity|ops)\//.test(path) && !path.endsWith('.slow.test.ts'))
  assert.ok(compositions.length > 15)
  for (const there of [testsOn('reference'), testsOn('wasm'), testsOn('native', true), testsOn('webgpu', true)]) {
    assert.deepEqual(
      compositions.filter((path) => !there.includes(path)),
      [],
    )
  }
})
