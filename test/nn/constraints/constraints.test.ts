import assert from 'node:assert/strict'
import test from 'node:test'
import { type Tensor, tensor } from '../../../src/index.ts'
import * as constraints from '../../../src/nn/constraints/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()
const { get, maxNorm, minMaxNorm, serialize, unitNorm } = constraints

test('constraints: get takes a name, a config or a function', () => {
  assert.deepEqual(get('non_neg')(tensor([-1, 2])).toArray(), [0, 2])
  assert.deepEqual(serialize(maxNorm({ maxValue: 3, axis: [0, 1] })), { className: 'MaxNorm', config: { maxValue: 3, axis: [0, 1] } })
  assert.deepEqual(
    serialize(constraints.deserialize({ class_name: 'MinMaxNorm', config: { min_value: 0.5, axis: 1 } })),
    serialize(minMaxNorm({ minValue: 0.5, axis: 1 })),
  )
  const own = (x: Tensor): Tensor => x.round()
  assert.equal(get(own), own)
  assert.equal(get(null), undefined)
})

test('constraints: limits and axes that make no sense are refused', () => {
  assert.throws(() => maxNorm({ maxValue: -1 }), {
    name: 'ConfigError',
    message: 'MaxNorm: expected maxValue to be a finite number of at least 0, got -1. Change it.',
  })
  assert.throws(() => minMaxNorm({ minValue: 2 }), /MinMaxNorm: expected minValue to be at most maxValue, 1, got 2/)
  assert.throws(() => unitNorm({ axis: 0.5 }), /UnitNorm: expected axis to be a whole number or a list of them, got 0.5/)
})
