import assert from 'node:assert/strict'
import test from 'node:test'
import { version } from '../../src/index.ts'
import description from '../../package.json' with { type: 'json' }

test('version: is that of the package', () => {
  assert.equal(version, description.version)
})
