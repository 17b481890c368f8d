// Elementwise primitives of the reference device against values known from NumPy, C and the definition.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DType } from '../../../src/core/index.ts'
import type { BinaryFunction, CompareFunction, UnaryFunction } from '../../../src/core/primitives.ts'
import { erf } from '../../../src/core/erf.ts'
import { compute, data } from './compute.ts'

const unary = (fn: UnaryFunction, values: readonly number[], dtype: DType = 'f64') => compute({ name: 'unary', fn }, data(values, undefined, dtype))
const binary = (fn: BinaryFunction, a: readonly number[], b: readonly number[], dtype: DType = 'f64') =>
  compute({ name: 'binary', fn }, data(a, undefined, dtype), data(b, undefined, dtype))
const compare = (fn: CompareFunction, a: readonly number[], b: readonly number[]) => compute({ name: 'compare', fn }, data(a), data(b))
const cast = (values: readonly number[], from: DType, to: DType) => compute({ name: 'cast', dtype: to }, data(values, undefined, from))

test('unary: sign keeps NaN and the sign of zero', () => {
  assert.deepEqual(unary('sign', [-3, -0, 0, 2, NaN, -Infinity]), [-1, -0, 0, 1, NaN, -1])
})

test('unary: round takes halves to even and keeps −0', () => {
  assert.deepEqual(unary('round', [0.5, 1.5, 2.5, -0.5, -1.5, 2.4, -0.2, Infinity, NaN]), [0, 2, 2, -0, -2, 2, -0, Infinity, NaN])
})

test('unary: floor, ceil, abs and negate', () => {
  assert.deepEqual(unary('floor', [1.5, -1.5, -0]), [1, -2, -0])
  assert.deepEqual(unary('ceil', [1.5, -1.5, -0.5]), [2, -1, -0])
  assert.deepEqual(unary('abs', [-0, -2, -Infinity]), [0, 2, Infinity])
  assert.deepEqual(unary('negate', [0, -0, 3, NaN]), [-0, 0, -3, NaN])
})

test('unary: functions of analysis at points that are known', () => {
  assert.deepEqual(unary('exp', [0, 1, -Infinity, Infinity]), [1, Math.E, 0, Infinity])
  assert.deepEqual(unary('log', [1, 0, -1, Infinity]), [0, -Infinity, NaN, Infinity])
  assert.deepEqual(unary('expm1', [1e-20, 0]), [1e-20, 0])
  assert.deepEqual(unary('log1p', [1e-20, -1, -2]), [1e-20, -Infinity, NaN])
  assert.deepEqual(unary('sqrt', [4, -0, -1]), [2, -0, NaN])
  assert.deepEqual(unary('sin', [0, Infinity]), [0, NaN])
  assert.deepEqual(unary('cos', [0]), [1])
  assert.deepEqual(unary('tanh', [0, 100, -Infinity]), [0, 1, -1])
  assert.deepEqual(unary('erf', [0, 10, -Infinity, NaN]), [0, 1, -1, NaN])
})

test('unary: erf is right to double precision on both sides of where its formula changes', () => {
  // Values to 20 digits from the tables of Abramowitz and Stegun, continued with exact arithmetic.
  const known: readonly (readonly [number, number])[] = [
    [1e-3, 0.0011283787909692363],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [2.5, 0.999593047982555],
    [3, 0.9999779095030014],
  ]
  for (const [x, value] of known) {
    assert.ok(Math.abs(erf(x) - value) <= 9e-16 * value, `erf(${x}) = ${erf(x)}, expected ${value}`)
    assert.equal(erf(-x), -erf(x))
  }
  const [below, above] = [erf(2 - 1e-12), erf(2)]
  assert.ok(above - below >= 0 && above - below < 1e-13)
})

test('unary: integers wrap, and not flips bits or truth', () => {
  assert.deepEqual(unary('negate', [-128, 5], 'i8'), [-128, -5])
  assert.deepEqual(unary('negate', [1, 0], 'u8'), [255, 0])
  assert.deepEqual(unary('abs', [-(2 ** 31), -7], 'i32'), [-(2 ** 31), 7])
  assert.deepEqual(unary('not', [0, 5], 'u8'), [255, 250])
  assert.deepEqual(unary('not', [0, 1], 'u32'), [2 ** 32 - 1, 2 ** 32 - 2])
  assert.deepEqual(unary('not', [0, 1], 'bool'), [1, 0])
  assert.deepEqual(unary('sign', [-9, 0, 9], 'i64'), [-1, 0, 1])
})

test('binary: floats follow IEEE 754, NaN goes through maximum and minimum', () => {
  assert.deepEqual(binary('divide', [1, -1, 0], [0, 0, 0]), [Infinity, -Infinity, NaN])
  assert.deepEqual(binary('maximum', [NaN, 1, 2], [1, NaN, 3]), [NaN, NaN, 3])
  assert.deepEqual(binary('minimum', [NaN, 1, 2], [1, NaN, 3]), [NaN, NaN, 2])
  assert.deepEqual(binary('add', [0.1], [0.2], 'f32'), [Math.fround(Math.fround(0.1) + Math.fround(0.2))])
})

test('binary: remainder has the sign of the divisor', () => {
  assert.deepEqual(binary('remainder', [7, -7, 7, -7], [3, 3, -3, -3]), [1, 2, -2, -1])
  assert.deepEqual(binary('remainder', [6, 5, Infinity, -1], [-3, 0, 3, Infinity]), [-0, NaN, NaN, Infinity])
  assert.deepEqual(binary('remainder', [7, -7, 7, -7, 7], [3, 3, -3, -3, 0], 'i32'), [1, 2, -2, -1, 0])
  assert.deepEqual(binary('remainder', [7, -7, 7, -7, 7], [3, 3, -3, -3, 0], 'i64'), [1, 2, -2, -1, 0])
})

test('binary: integer division floors and a divisor of zero gives zero', () => {
  assert.deepEqual(binary('divide', [7, -7, 7, -7, 7], [2, 2, -2, -2, 0], 'i32'), [3, -4, -4, 3, 0])
  assert.deepEqual(binary('divide', [7, -7, 7, -7, 7], [2, 2, -2, -2, 0], 'i64'), [3, -4, -4, 3, 0])
  assert.deepEqual(binary('divide', [-(2 ** 31)], [-1], 'i32'), [-(2 ** 31)])
})

test('binary: integers wrap to their dtype', () => {
  assert.deepEqual(binary('add', [2 ** 31 - 1], [1], 'i32'), [-(2 ** 31)])
  assert.deepEqual(binary('subtract', [0], [1], 'u32'), [2 ** 32 - 1])
  assert.deepEqual(binary('multiply', [65537], [65537], 'u32'), [131073])
  assert.deepEqual(binary('multiply', [100], [3], 'i8'), [44])
  assert.deepEqual(binary('multiply', [16], [17], 'u8'), [16])
})

test('binary: power as C has it, of integers by wrapping squares', () => {
  assert.deepEqual(binary('power', [2, 1, -1, 0, -8, 4], [10, NaN, Infinity, 0, 1 / 3, -0.5]), [1024, 1, 1, 1, NaN, 0.5])
  assert.deepEqual(binary('power', [3, 2, 2, -1, 1], [4, 31, -1, -3, -5], 'i32'), [81, -(2 ** 31), 0, -1, 1])
  assert.deepEqual(binary('power', [3, 2, -1], [4, -1, -3], 'i64'), [81, 0, -1])
})

test('binary: bits and shifts, a shift by the width or more is zero', () => {
  assert.deepEqual(binary('and', [12], [10], 'i32'), [8])
  assert.deepEqual(binary('or', [12], [10], 'u8'), [14])
  assert.deepEqual(binary('xor', [2 ** 31], [1], 'u32'), [2 ** 31 + 1])
  assert.deepEqual(binary('shiftLeft', [1, 1, 1], [31, 32, 0], 'u32'), [2 ** 31, 0, 1])
  assert.deepEqual(binary('shiftLeft', [1, 3, 1], [7, 7, 8], 'u8'), [128, 128, 0])
  assert.deepEqual(binary('shiftRight', [-8, 8, -1], [1, 2, 32], 'i32'), [-4, 2, 0])
  assert.deepEqual(binary('shiftRight', [2 ** 32 - 1], [31], 'u32'), [1])
})

test('compare: NaN compares false, notEqual true, zeros are equal', () => {
  assert.deepEqual(compare('less', [NaN, 1], [1, 2]), [0, 1])
  assert.deepEqual(compare('greaterEqual', [NaN, 2], [NaN, 2]), [0, 1])
  assert.deepEqual(compare('equal', [NaN, -0], [NaN, 0]), [0, 1])
  assert.deepEqual(compare('notEqual', [NaN, 1], [NaN, 1]), [1, 0])
})

test('where: takes each element from its side', () => {
  assert.deepEqual(compute({ name: 'where' }, data([1, 0, 1], [3], 'bool'), data([1, 2, 3]), data([-1, -2, -3])), [1, -2, 3])
})

test('cast: float to integer truncates and saturates, NaN is 0', () => {
  assert.deepEqual(cast([1.9, -1.9, 3e9, -3e9, NaN, Infinity], 'f64', 'i32'), [1, -1, 2 ** 31 - 1, -(2 ** 31), 0, 2 ** 31 - 1])
  assert.deepEqual(cast([-1, 300, 255.9], 'f32', 'u8'), [0, 255, 255])
  assert.deepEqual(cast([-129, 128, -0.5], 'f64', 'i8'), [-128, 127, 0])
  assert.deepEqual(cast([5e9, -1], 'f64', 'u32'), [2 ** 32 - 1, 0])
  assert.deepEqual(cast([-2.5, NaN], 'f64', 'i64'), [-2, 0])
})

test('cast: integer to integer wraps, to bool is "not zero", to floats rounds', () => {
  assert.deepEqual(cast([300, -1], 'i32', 'u8'), [44, 255])
  assert.deepEqual(cast([200], 'u8', 'i8'), [-56])
  assert.deepEqual(cast([-1, 2 ** 40 + 3], 'i64', 'u32'), [2 ** 32 - 1, 3])
  assert.deepEqual(cast([2, 0, -0, NaN, 0.5], 'f64', 'bool'), [1, 0, 0, 1, 1])
  assert.deepEqual(cast([2 ** 24 + 1], 'i32', 'f32'), [2 ** 24])
  assert.deepEqual(cast([1 + 2 ** -8, 1 + 3 * 2 ** -8, 1e39], 'f64', 'bf16'), [1, 1 + 2 ** -6, Infinity])
  assert.deepEqual(cast([65519, 65520, 2 ** -25, 2 ** -24], 'f64', 'f16'), [65504, Infinity, 0, 2 ** -24])
})
