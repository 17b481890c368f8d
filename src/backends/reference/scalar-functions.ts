// The functions of the elementwise primitives on single elements: of floats, of integers held in doubles, of 64-bit integers. Results are
// exact or to double precision; the caller rounds or wraps them to their dtype.

import type { BinaryFunction, CompareFunction, UnaryFunction } from '../../core/primitives.ts'
import { largerBigint, smallerBigint } from './arithmetic.ts'
import { erf } from '../../core/erf.ts'

/** To the nearest integer, halves to even; −0 stays. */
function roundHalfEven(x: number): number {
  const low = Math.floor(x)
  const rest = x - low
  if (rest === 0 || !Number.isFinite(x)) return x
  const rounded = rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1
  return rounded === 0 && x < 0 ? -0 : rounded
}

/** x^y as C has it: 1 to any power is 1, and (−1)^±∞ too. */
function power(x: number, y: number): number {
  if (x === 1) return 1
  if (x === -1 && Math.abs(y) === Infinity) return 1
  return x ** y
}

/** x − y·⌊x / y⌋ with the sign of y (as NumPy and Python); NaN where y is 0 or x is infinite; x or y itself where y is infinite. */
function remainder(x: number, y: number): number {
  const rest = x % y
  if (rest === 0) return y < 0 || Object.is(y, -0) ? -0 : 0
  return rest < 0 !== y < 0 ? rest + y : rest
}

/** Powers of integers modulo 2^32; a negative exponent truncates 1 / x^|y| (0 unless x is 1 or −1). */
function integerPower(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0
  let result = 1
  for (let base = x, exponent = y; exponent >= 1; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) result = Math.imul(result, base)
    base = Math.imul(base, base)
  }
  return result
}

function bigintPower(x: bigint, y: bigint): bigint {
  if (y < 0n) return x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : -1n) : 0n
  let result = 1n
  for (let base = x, exponent = y; exponent >= 1n; exponent /= 2n) {
    if (exponent % 2n === 1n) result = BigInt.asIntN(64, result * base)
    base = BigInt.asIntN(64, base * base)
  }
  return result
}

function bigintFloorDivide(x: bigint, y: bigint): bigint {
  if (y === 0n) return 0n
  const quotient = x / y
  return x % y !== 0n && x < 0n !== y < 0n ? quotient - 1n : quotient
}

/** Of floats. sign(±0) is ±0 and sign(NaN) is NaN. */
export const floatUnary: Readonly<Record<Exclude<UnaryFunction, 'not'>, (x: number) => number>> = {
  negate: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
}

/** Of integers; those that need floats are refused by the shape rules. |lowest| wraps to lowest. */
export const integerUnary = {
  negate: (x: number) => 0 - x,
  abs: Math.abs,
  sign: (x: number) => Math.sign(x) + 0,
  floor: (x: number) => x,
  ceil: (x: number) => x,
  round: (x: number) => x,
  not: (x: number) => ~x,
} as const

/** Of 64-bit integers. */
export const bigintUnary = {
  negate: (x: bigint) => -x,
  abs: (x: bigint) => (x < 0n ? -x : x),
  sign: (x: bigint) => (x > 0n ? 1n : x < 0n ? -1n : 0n),
  floor: (x: bigint) => x,
  ceil: (x: bigint) => x,
  round: (x: bigint) => x,
  not: (x: bigint) => ~x,
} as const

/** Of floats. NaN goes through maximum and minimum. */
export const floatBinary = {
  add: (x: number, y: number) => x + y,
  subtract: (x: number, y: number) => x - y,
  multiply: (x: number, y: number) => x * y,
  divide: (x: number, y: number) => x / y,
  power,
  maximum: Math.max,
  minimum: Math.min,
  remainder,
} as const

/** Of integers of `bits` bits: division floors, division and remainder by 0 are 0, a shift by `bits` or more (or by a negative number) is 0. */
export const integerBinary = (bits: number): Readonly<Record<BinaryFunction, (x: number, y: number) => number>> => ({
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: Math.imul,
  divide: (x, y) => (y === 0 ? 0 : Math.floor(x / y)),
  power: integerPower,
  maximum: Math.max,
  minimum: Math.min,
  remainder: (x, y) => (y === 0 ? 0 : x - y * Math.floor(x / y)),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shiftLeft: (x, y) => (y < 0 || y >= bits ? 0 : x << y),
  shiftRight: (x, y) => (y < 0 || y >= bits ? 0 : Math.floor(x / 2 ** y)),
})

/** Of 64-bit integers, by the same rules. */
export const bigintBinary: Readonly<Record<BinaryFunction, (x: bigint, y: bigint) => bigint>> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: bigintFloorDivide,
  power: bigintPower,
  maximum: largerBigint,
  minimum: smallerBigint,
  remainder: (x, y) => (y === 0n ? 0n : x - y * bigintFloorDivide(x, y)),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shiftLeft: (x, y) => (y < 0n || y >= 64n ? 0n : x << y),
  shiftRight: (x, y) => (y < 0n || y >= 64n ? 0n : x >> y),
}

/** Comparisons with NaN are false, except notEqual. */
export const comparison: Readonly<Record<CompareFunction, <T extends number | bigint>(x: T, y: T) => boolean>> = {
  equal: (x, y) => x === y,
  notEqual: (x, y) => x !== y,
  less: (x, y) => x < y,
  lessEqual: (x, y) => x <= y,
  greater: (x, y) => x > y,
  greaterEqual: (x, y) => x >= y,
}
