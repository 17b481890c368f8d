import assert from 'node:assert/strict'
import test from 'node:test'
import { ops, setDefaultDevice, tensor } from '../../../src/index.ts'
import { chosenDevice } from '../../chosen-device.ts'

// Graphics processors may take subnormal numbers for 0.
setDefaultDevice(chosenDevice === undefined || chosenDevice === 'webgpu' ? 'reference' : chosenDevice)

const floats = new Float32Array([0, -0, 1, -1.5, 1e-38, 1e-41, -1.4e-45, 3.4028234663852886e38, Infinity, -Infinity, 0.1, 1.9999999])

test('view: the bits of f32, subnormal numbers among them, and back', () => {
  const bits = ops.view(tensor(floats), 'i32')
  assert.deepEqual(Array.from(bits.dataSync(), Number), Array.from(new Int32Array(floats.buffer.slice(0))))
  assert.deepEqual(new Uint32Array(ops.view(bits, 'f32').storageSync().bytes), new Uint32Array(floats.buffer.slice(0)))
})

test('view: the bits of f64 and back', () => {
  const doubles = new Float64Array([0, 1, -1.1, 1e-310, -5e-324, Number.MAX_VALUE, Infinity, Math.PI])
  const bits = ops.view(tensor(doubles), 'i64').dataSync()
  assert.deepEqual(bits, new BigInt64Array(doubles.buffer.slice(0)))
  assert.deepEqual(ops.view(ops.view(tensor(doubles), 'i64'), 'f64').dataSync(), doubles)
})

test('view: NaN becomes the quiet NaN', () => {
  assert.equal(ops.view(tensor([Number.NaN]), 'i32').itemSync(), 0x7fc00000)
  assert.ok(Number.isNaN(ops.view(tensor([0x7f800001], undefined, { dtype: 'i32' }), 'f32').itemSync()))
})

test('view: the last axis changes with the size of the dtype', () => {
  const bytes = ops.view(tensor(floats, [3, 4]), 'u8')
  assert.deepEqual(bytes.shape, [3, 16])
  assert.deepEqual(Array.from(bytes.dataSync(), Number), Array.from(new Uint8Array(floats.buffer.slice(0))))
  assert.throws(() => ops.view(tensor([1, 2, 3], undefined, { dtype: 'u8' }), 'i32'), {
    message: 'view: expected a last axis whose bytes fill numbers of 4 bytes, got [3] of 1. Cut or pad it.',
  })
})

test('view: says that 16-bit floats have no view', () => {
  assert.throws(() => ops.view(tensor([1]), 'f16'), { code: 'DTYPE', message: /^view: expected dtypes of 8, 32 or 64 bits, got f32 and f16/ })
})

test('nextafter: across 0, into subnormal numbers, and of doubles', () => {
  assert.deepEqual(ops.nextafter(tensor([0, 0, 1e-45]), tensor([1, -1, 0])).toArray(), [2 ** -149, -(2 ** -149), 0])
  assert.equal(ops.nextafter(tensor([1], undefined, { dtype: 'f64' }), 2).itemSync(), 1 + Number.EPSILON)
})

test('bitwiseAnd: says that floats have no bits', () => {
  assert.throws(() => ops.bitwiseAnd(tensor([1.5]), 1), { message: 'bitwiseAnd: expected integers or bools, got f32. Cast to i32.' })
})

test('saturateCast: the greatest of i32, which f32 cannot hold', () => {
  const x = tensor([3e9, -3e9, 2147483520, Infinity])
  assert.deepEqual(ops.saturateCast(x, 'i32').toArray(), [2147483647, -2147483648, 2147483520, 2147483647])
})
