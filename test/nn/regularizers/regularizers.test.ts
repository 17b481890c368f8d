import assert from 'node:assert/strict'
import test from 'node:test'
import { grad, type Tensor, tensor, zeros } from '../../../src/index.ts'
import * as regularizers from '../../../src/nn/regularizers/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()
const { get, l1L2, l2, orthogonalRegularizer, serialize } = regularizers

test('regularizers: get takes a name, a config or a function', () => {
  assert.ok(Math.abs(get('l2')(tensor([3])).itemSync() - 0.09) < 1e-7)
  assert.deepEqual(serialize(l1L2({ l1: 1 })), { className: 'L1L2', config: { l1: 1, l2: 0 } })
  assert.equal(get({ class_name: 'L2', config: { l2: 2 } })(tensor([3])).itemSync(), 18)
  const own = (x: Tensor): Tensor => x.sum()
  assert.equal(get(own), own)
  assert.equal(get(undefined), undefined)
})

test('regularizers: gradients are finite where everything is 0', () => {
  const matrix = zeros([3, 2])
  for (const penalty of [l1L2({ l1: 1, l2: 1 }), orthogonalRegularizer()]) {
    const gradient = grad((x: Tensor) => penalty(x))(matrix)
    assert.deepEqual(gradient.toArray(), matrix.toArray())
  }
})

test('regularizers: factors and shapes that make no sense are refused', () => {
  assert.throws(() => l2({ l2: -1 }), { name: 'ConfigError', message: 'L2: expected l2 to be a finite number of at least 0, got -1. Change it.' })
  assert.throws(() => orthogonalRegularizer()(tensor([1, 2])), /OrthogonalRegularizer: expected a matrix, got \[2\]/)
})
