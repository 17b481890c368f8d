import assert from 'node:assert/strict'
import test from 'node:test'
import { DTypePolicy, dtypePolicies, dtypePolicy } from '../../../src/index.ts'

const { DTypePolicyMap, deserialize, get, serialize } = dtypePolicies

test('dtypePolicies: a policy is got by name, config, or none, and made again from its config', () => {
  assert.equal(get('mixed_bfloat16').name, 'mixed_bfloat16')
  assert.equal(get({ class_name: 'DTypePolicy', config: { name: 'float16' } }).name, 'float16')
  assert.equal(get(null), dtypePolicy())
  assert.deepEqual(serialize(new DTypePolicy('float32')), { className: 'DTypePolicy', config: { name: 'float32' } })
  assert.equal(deserialize(serialize(get('mixed_float16'))).name, 'mixed_float16')
})

test('DTypePolicyMap: a path has the policy of its own key, else of the one that matches all of it, else the default', () => {
  const policies = new DTypePolicyMap({ policyMap: { 'encoder/layer_0/dense': 'bfloat16', 'encoder/.*': 'float16', decoder: 'bfloat16' } })
  const paths = ['encoder/layer_0/dense', 'encoder/attention/query', 'decoder/attention']
  assert.deepEqual(
    paths.map((path) => policies.get(path).name),
    ['bfloat16', 'float16', 'float32'],
  )
  assert.deepEqual([policies.name, policies.size, policies.has('decoder'), policies.has('encoder/x')], ['map_float32', 3, true, false])
  policies.set('encoder/attention/.*', 'bfloat16')
  assert.throws(() => policies.get('encoder/attention/query'), /expected one key for 'encoder\/attention\/query', got encoder\/\.\* and/)
  assert.throws(() => policies.set('decoder', 'float32'), /expected a new key, got 'decoder'/)
  assert.ok(policies.delete('encoder/attention/.*'))
  const again = deserialize(JSON.parse(JSON.stringify(serialize(policies))))
  assert.deepEqual(again.getConfig(), policies.getConfig())
})
