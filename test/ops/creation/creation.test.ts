import assert from 'node:assert/strict'
import test from 'node:test'
import { ops, tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

test('convertToNumpy: a typed array that can be written', () => {
  const x = tensor([1, 2])
  const numbers = ops.convertToNumpy(x)
  numbers[0] = 7
  assert.deepEqual(x.toArray(), [1, 2])
  assert.ok(numbers instanceof Float32Array)
})

test('copy: another tensor of the same value', () => {
  const x = tensor([1, 2])
  assert.notEqual(ops.copy(x), x)
  assert.deepEqual(ops.copy(x).toArray(), [1, 2])
})

test('convertToTensor: keeps the dtype of typed arrays and tensors, and takes another', () => {
  assert.equal(ops.convertToTensor(new Int32Array([1])).dtype, 'i32')
  assert.equal(ops.convertToTensor(tensor([1]), { dtype: 'i32' }).dtype, 'i32')
})

test('linspace: the ends are exact, one sample is the start, and none are none', () => {
  const samples = ops.linspace(0.1, 0.7, 11).dataSync()
  assert.deepEqual([samples[0], samples[10]], [Math.fround(0.1), Math.fround(0.7)])
  assert.deepEqual(ops.linspace(3, 9, 1).toArray(), [3])
  assert.deepEqual(ops.linspace(3, 9, 0).shape, [0])
})

test('linspace: says that the number of samples is whole', () => {
  assert.throws(() => ops.linspace(0, 1, 2.5), /linspace: expected a number of samples that is whole and at least 0, got 2.5/)
})

test('geomspace: says that both ends have one sign', () => {
  assert.throws(() => ops.geomspace(-1, 8), /geomspace: expected two numbers of one sign that are not 0, got -1 and 8/)
})

test('bartlett: says that the length is whole', () => {
  assert.throws(() => ops.bartlett(-1), /bartlett: expected a number of weights that is whole and at least 0, got -1/)
})

test('eye: says that sizes are whole', () => {
  assert.throws(() => ops.eye(2.5), /eye: expected sizes that are whole and at least 0, got 2.5 and 2.5/)
})

test('meshgrid: says that it takes vectors', () => {
  assert.throws(() => ops.meshgrid([ops.zeros([2, 2])]), /meshgrid: expected vectors, got \[2, 2\] at 0/)
})
