import assert from 'node:assert/strict'
import test from 'node:test'
import { ops, tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const integers = (...values: number[]) => tensor(values, undefined, { dtype: 'i32' })

test('floorDivide: integers beyond single precision stay exact', () => {
  assert.deepEqual(ops.floorDivide(integers(2147483647, -2147483647), 2).toArray(), [1073741823, -1073741824])
  assert.equal(ops.floorDivide(integers(7), 2).dtype, 'i32')
})

test('fmax and fmin: NaN gives way, and stays where both are NaN', () => {
  const [a, b] = [tensor([Number.NaN, 1, Number.NaN]), tensor([2, Number.NaN, Number.NaN])]
  assert.deepEqual(ops.fmax(a, b).toArray(), [2, 1, Number.NaN])
  assert.deepEqual(ops.fmin(a, b).toArray(), [2, 1, Number.NaN])
})

test('heaviside: NaN stays NaN', () => {
  assert.deepEqual(ops.heaviside(tensor([Number.NaN, -1, 0]), 0.5).toArray(), [Number.NaN, 0, 0.5])
})

test('gcd and lcm: say that floats have none', () => {
  assert.throws(() => ops.gcd(tensor([4]), 2), { message: 'gcd: expected integers, got f32. Cast the operands to i32.' })
  assert.throws(() => ops.lcm(tensor([4]), 2), { message: 'lcm: expected integers, got f32. Cast the operands to i32.' })
})

test('clip: says where the bounds are exchanged', () => {
  assert.throws(() => ops.clip(tensor([1]), 2, 1), { message: 'clip: expected xMin at most xMax, got 2 and 1. Exchange them.' })
})

test('round: says that decimals are whole', () => {
  assert.throws(() => ops.round(tensor([1]), { decimals: 0.5 }), /round: expected decimals that are a whole number, got 0.5/)
})

test('isclose: numbers are their own dtype', () => {
  assert.deepEqual(ops.isclose(tensor([1, 2]), 1).toArray(), [true, false])
  assert.equal(ops.allclose(tensor([1, 1]), 1).itemSync(), 1)
})

test('logical and comparing functions: one of the operands may be a number', () => {
  assert.deepEqual(ops.logicalXor(tensor([0, 1]), 5).toArray(), [true, false])
  assert.deepEqual(ops.ldexp(3, integers(2, -1)).toArray(), [12, 1.5])
})

test('sinh of f16: computed in f32 and rounded once', () => {
  const x = tensor([0.001, 2], undefined, { dtype: 'f16' })
  assert.equal(ops.sinh(x).dtype, 'f16')
  const [small = 0, two = 0] = Array.from({ length: 2 }, (_, i) => Number(ops.sinh(x).cast('f32').dataSync()[i]))
  assert.ok(Math.abs(small / 0.001 - 1) < 1e-3)
  assert.ok(Math.abs(two / Math.sinh(2) - 1) < 1e-3)
})
