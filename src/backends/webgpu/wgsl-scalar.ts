// Scalar arithmetic as WGSL: types, literals, bits, conversions and the functions of the elementwise primitives, by dtype. Half precisions are
// computed in f32, small integers in registers of 32 bits, 64-bit integers in two words. f64 never arrives here.

import { byteSize, type DType, isFloat } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import { bfloat16ToNumber, halfToNumber, numberToBfloat16, numberToHalf } from '../../core/half.ts'
import type { BinaryFunction, CompareFunction, UnaryFunction } from '../../core/primitives.ts'

/** WGSL's type of a value in a register. */
export type ComputedType = 'f32' | 'i32' | 'u32' | 'vec2u' | 'bool'

/** What elements of a dtype are computed in. */
export function computedType(dtype: DType): ComputedType {
  switch (dtype) {
    case 'f32':
    case 'f16':
    case 'bf16':
      return 'f32'
    case 'i32':
    case 'i8':
      return 'i32'
    case 'u32':
    case 'u8':
      return 'u32'
    case 'i64':
      return 'vec2u'
    case 'bool':
      return 'bool'
    case 'f64':
      throw new DeviceError('webgpu: expected a dtype that WGSL has, got f64. Compute in f32, or on another device.')
  }
}

const integerBits: Readonly<Partial<Record<DType, number>>> = { i8: 8, u8: 8, i32: 32, u32: 32, i64: 64 }
const isUnsigned = (dtype: DType) => dtype === 'u32' || dtype === 'u8'

/** A number as an integer of the dtype: truncated and wrapped (i64 saturated), NaN is 0 and an infinity its extreme. */
function wholeNumber(value: number, dtype: DType): bigint {
  const bits = integerBits[dtype] ?? 32
  const unsigned = isUnsigned(dtype)
  const lowest = unsigned ? 0n : -(2n ** BigInt(bits - 1))
  const highest = 2n ** BigInt(unsigned ? bits : bits - 1) - 1n
  if (Number.isNaN(value)) return 0n
  if (!Number.isFinite(value)) return value > 0 ? highest : lowest
  const exact = BigInt(Math.trunc(value))
  if (bits === 64) return exact < lowest ? lowest : exact > highest ? highest : exact
  return unsigned ? BigInt.asUintN(bits, exact) : BigInt.asIntN(bits, exact)
}

function rounded(value: number, dtype: DType): number {
  if (dtype === 'f16') return halfToNumber(numberToHalf(value))
  return dtype === 'bf16' ? bfloat16ToNumber(numberToBfloat16(value)) : Math.fround(value)
}

/** A float's literal; NaN and infinities, which WGSL does not write, by the prelude. */
function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return 'tn_nan()'
  if (!Number.isFinite(value)) return value > 0 ? 'tn_infinity()' : 'tn_negate(tn_infinity())'
  if (Object.is(value, -0)) return 'tn_negate(0f)'
  return value < 0 ? `(${value}f)` : `${value}f`
}

/** The WGSL text of a constant of the dtype. */
export function literal(value: number, dtype: DType): string {
  if (isFloat(dtype)) return floatLiteral(rounded(value, dtype))
  if (dtype === 'bool') return String(value !== 0)
  const whole = wholeNumber(value, dtype)
  if (dtype === 'i64') return `vec2u(${BigInt.asUintN(32, whole)}u, ${BigInt.asUintN(32, whole >> 32n)}u)`
  if (isUnsigned(dtype)) return `${whole}u`
  return whole < 0n ? `i32(${whole})` : String(whole)
}

/** The computed value of an element's bits, as the accessors of a buffer give them. */
export function fromBits(bits: string, dtype: DType): string {
  switch (dtype) {
    case 'f32':
      return `bitcast<f32>(${bits})`
    case 'f16':
    case 'bf16':
      return `tn_${dtype}_to_f32(${bits})`
    case 'i32':
      return `bitcast<i32>(${bits})`
    case 'i8':
      return `(bitcast<i32>((${bits}) << 24u) >> 24u)`
    case 'bool':
      return `((${bits}) != 0u)`
    default:
      return bits
  }
}

/** The bits that an accessor stores of a computed value. */
export function toBits(value: string, dtype: DType): string {
  switch (dtype) {
    case 'f32':
    case 'i32':
      return `bitcast<u32>(${value})`
    case 'f16':
    case 'bf16':
      return `tn_f32_to_${dtype}(${value})`
    case 'i8':
      return `(bitcast<u32>(${value}) & 255u)`
    case 'bool':
      return `select(0u, 1u, ${value})`
    default:
      return value
  }
}

/** The value of a small integer's register brought back into its range. */
export function wrapped(value: string, dtype: DType): string {
  if (dtype === 'i8') return `(((${value}) << 24u) >> 24u)`
  return dtype === 'u8' ? `((${value}) & 255u)` : value
}

const exactOfFloats: ReadonlySet<string> = new Set(['negate', 'abs', 'sign', 'floor', 'ceil', 'round', 'sqrt'])
const analysis: ReadonlySet<string> = new Set(['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'erf'])

/** A unary function of a name or literal `x`. */
export function unaryText(fn: UnaryFunction, x: string, dtype: DType): string {
  if (dtype === 'bool') return fn === 'not' ? `!${x}` : x
  if (isFloat(dtype) && (exactOfFloats.has(fn) || analysis.has(fn))) return `tn_${fn}(${x})`
  const long = dtype === 'i64'
  switch (fn) {
    case 'negate':
      return long ? `tn_negate_i64(${x})` : wrapped(`${isUnsigned(dtype) ? '0u' : '0'} - ${x}`, dtype)
    case 'abs':
      return long ? `tn_abs_i64(${x})` : isUnsigned(dtype) ? x : wrapped(`abs(${x})`, dtype)
    case 'sign':
      return long ? `tn_sign_i64(${x})` : isUnsigned(dtype) ? `min(${x}, 1u)` : `sign(${x})`
    case 'not':
      return wrapped(`~${x}`, dtype)
    case 'floor':
    case 'ceil':
    case 'round':
      return x
    default:
      throw new DeviceError(`webgpu: expected floating-point numbers for '${fn}', got ${dtype}. Cast them first.`)
  }
}

const operators: Readonly<Partial<Record<BinaryFunction, string>>> = {
  add: '+',
  subtract: '-',
  multiply: '*',
  and: '&',
  or: '|',
  xor: '^',
}

/** A binary function of names or literals; integers wrap, division floors, a zero divisor gives 0. */
export function binaryText(fn: BinaryFunction, a: string, b: string, dtype: DType): string {
  if (dtype === 'bool') return truthText(fn, a, b)
  if (isFloat(dtype)) return floatText(fn, a, b)
  if (dtype === 'i64') return longText(fn, a, b)
  const operator = operators[fn]
  if (operator !== undefined) return wrapped(`${a} ${operator} ${b}`, dtype)
  const type = computedType(dtype)
  const bits = 8 * byteSize(dtype)
  switch (fn) {
    case 'maximum':
      return `max(${a}, ${b})`
    case 'minimum':
      return `min(${a}, ${b})`
    case 'shiftLeft':
    case 'shiftRight':
      return wrapped(`tn_${fn}_${type}(${a}, ${type === 'i32' ? `bitcast<u32>(${b})` : b}, ${bits}u)`, dtype)
    default:
      return wrapped(`tn_${fn}_${type}(${a}, ${b})`, dtype)
  }
}

const isFloatLiteral = (text: string): boolean => /^(\(?-?[\d.e+-]+f\)?|tn_negate\(0f\))$/.test(text)

/** An operand that compilers do not see through: they would make 0 of x · 0 even where x is NaN, and x of (x + a) − a. */
const operand = (text: string): string => (isFloatLiteral(text) ? `constant(${text})` : text)

function floatText(fn: BinaryFunction, a: string, b: string): string {
  switch (fn) {
    case 'add':
      return `${operand(a)} + ${operand(b)}`
    case 'subtract':
      return `${operand(a)} - ${operand(b)}`
    case 'multiply':
      return `${operand(a)} * ${operand(b)}`
    case 'divide':
    case 'remainder':
      return `tn_${fn}(${a}, ${b})`
    case 'power':
      return `tn_pow(${a}, ${b})`
    case 'maximum':
      return `tn_max(${a}, ${b})`
    case 'minimum':
      return `tn_min(${a}, ${b})`
    default:
      throw new DeviceError(`webgpu: expected integers for '${fn}', got floating-point numbers. Cast them first.`)
  }
}

function longText(fn: BinaryFunction, a: string, b: string): string {
  switch (fn) {
    case 'and':
    case 'or':
    case 'xor':
      return `${a} ${operators[fn]} ${b}`
    case 'maximum':
      return `tn_max_i64(${a}, ${b})`
    case 'minimum':
      return `tn_min_i64(${a}, ${b})`
    default:
      return `tn_${fn}_i64(${a}, ${b})`
  }
}

/** Arithmetic of truth values: that of integers, "not zero" of the result. */
function truthText(fn: BinaryFunction, a: string, b: string): string {
  switch (fn) {
    case 'add':
    case 'or':
    case 'maximum':
      return `${a} | ${b}`
    case 'multiply':
    case 'and':
    case 'minimum':
    case 'divide':
      return `${a} & ${b}`
    case 'subtract':
    case 'xor':
      return `${a} != ${b}`
    case 'remainder':
      return 'false'
    case 'power':
      return `${a} | !${b}`
    case 'shiftLeft':
      return a
    case 'shiftRight':
      return `${a} & !${b}`
  }
}

const comparisons = { equal: '==', notEqual: '!=', less: '<', lessEqual: '<=', greater: '>', greaterEqual: '>=' } as const

/** A comparison of names or literals of `dtype`; with NaN only notEqual holds. */
export function compareText(fn: CompareFunction, a: string, b: string, dtype: DType): string {
  if (isFloat(dtype)) return `tn_${fn}(${a}, ${b})`
  if (dtype === 'i64') return `tn_${fn}_i64(${a}, ${b})`
  if (dtype === 'bool' && fn !== 'equal' && fn !== 'notEqual') return `u32(${a}) ${comparisons[fn]} u32(${b})`
  return `${a} ${comparisons[fn]} ${b}`
}

/** A conversion of a name or literal: float to integer truncates and saturates (NaN to 0), integers wrap, to bool is "not zero". */
export function castText(x: string, from: DType, to: DType): string {
  if (from === to) return x
  if (to === 'bool') {
    if (isFloat(from)) return `!tn_is_zero(${x})`
    return from === 'i64' ? `!tn_is_zero_i64(${x})` : `${x} != ${isUnsigned(from) ? '0u' : '0'}`
  }
  if (to === 'f16' || to === 'bf16') return `tn_round_${to}(${castText(x, from, 'f32')})`
  if (to === 'f32') {
    if (isFloat(from)) return x
    return from === 'i64' ? `tn_i64_to_f32(${x})` : `f32(${x})`
  }
  if (to === 'i64') {
    if (isFloat(from)) return `tn_f32_to_i64(${x})`
    return computedType(from) === 'i32' ? `tn_i32_to_i64(${x})` : `vec2u(u32(${x}), 0u)`
  }
  if (isFloat(from)) {
    if (to === 'u32') return `tn_f32_to_u32(${x})`
    const whole = `tn_f32_to_i32(${x})`
    if (to === 'i32') return whole
    return to === 'i8' ? `clamp(${whole}, -128, 127)` : `u32(clamp(${whole}, 0, 255))`
  }
  const type = computedType(to)
  const word = from === 'i64' ? `${x}.x` : x
  return wrapped(from === 'bool' ? `${type}(${word})` : computedType(from) === type ? word : `bitcast<${type}>(${word})`, to)
}

/** An i32, as indices are, as a value of the dtype. */
export function fromIndex(x: string, dtype: DType): string {
  return castText(x, 'i32', dtype)
}

/** A run-time value as an index: kept within ±2³⁰, so that arithmetic on indices far outside a range does not come back into it. */
export function toIndex(x: string, dtype: DType): string {
  switch (dtype) {
    case 'i64':
      return `tn_index_i64(${x})`
    case 'u32':
      return `i32(min(${x}, 1073741824u))`
    case 'i32':
      return `clamp(${x}, -1073741824, 1073741824)`
    default:
      return castText(x, dtype, 'i32')
  }
}
