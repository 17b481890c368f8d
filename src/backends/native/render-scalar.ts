// Scalar arithmetic as C: types, literals, casts and the functions of the elementwise primitives, by dtype.

import { byteSize, type DType } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import { bfloat16ToNumber, halfToNumber, numberToBfloat16, numberToHalf } from '../../core/half.ts'
import type { BinaryFunction, UnaryFunction } from '../../core/primitives.ts'

/** C's type of a stored element. */
export const storedType: Readonly<Record<DType, string>> = {
  f32: 'float',
  f64: 'double',
  f16: 'uint16_t',
  bf16: 'uint16_t',
  i32: 'int32_t',
  i64: 'int64_t',
  u32: 'uint32_t',
  i8: 'int8_t',
  u8: 'uint8_t',
  bool: 'uint8_t',
}

/** C's type of a value in a register: half precisions are computed in float. */
export const computedType: Readonly<Record<DType, string>> = { ...storedType, f16: 'float', bf16: 'float', bool: 'int32_t' }

const isReal = (dtype: DType) => dtype === 'f32' || dtype === 'f16' || dtype === 'bf16' || dtype === 'f64'
const isUnsigned = (dtype: DType) => dtype === 'u32' || dtype === 'u8'

/** Functions of the prelude: `tn_exp` on float, `tnd_exp` on double. */
const transcendental: ReadonlySet<string> = new Set(['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'erf'])
/** Functions that are instructions. */
const builtin: ReadonlyMap<string, string> = new Map([
  ['sqrt', 'sqrt'],
  ['floor', 'floor'],
  ['ceil', 'ceil'],
  ['round', 'rint'],
  ['abs', 'fabs'],
])

export const comparisons = { equal: '==', notEqual: '!=', less: '<', lessEqual: '<=', greater: '>', greaterEqual: '>=' } as const

/** C text of a unary function of `x`, a name or literal of `dtype`'s computed type. */
export function unaryText(fn: UnaryFunction, x: string, dtype: DType): string {
  if (dtype === 'bool') return fn === 'not' ? `!${x}` : x
  if (isReal(dtype)) {
    const [prefix, suffix] = dtype === 'f64' ? ['tnd', ''] : ['tn', 'f']
    if (fn === 'negate') return `-${x}`
    if (fn === 'sign') return `${x} > 0 ? 1 : ${x} < 0 ? -1 : ${x}`
    if (transcendental.has(fn)) return `${prefix}_${fn}(${x})`
    const name = builtin.get(fn)
    if (name !== undefined) return `__builtin_${name}${suffix}(${x})`
  }
  const type = computedType[dtype]
  const wide = dtype === 'i64' ? 'uint64_t' : 'uint32_t'
  switch (fn) {
    case 'negate':
      return `(${type})(0 - (${wide})${x})`
    case 'abs':
      return isUnsigned(dtype) ? x : `${x} < 0 ? (${type})(0 - (${wide})${x}) : ${x}`
    case 'sign':
      return `(${type})((${x} > 0) - (${x} < 0))`
    case 'not':
      return `(${type})~${x}`
    case 'floor':
    case 'ceil':
    case 'round':
      return x
    default:
      throw new DeviceError(`native: expected floating-point numbers for '${fn}', got ${dtype}. Cast them first.`)
  }
}

/** C text of a binary function; integers wrap, division floors, and nothing traps. */
export function binaryText(fn: BinaryFunction, a: string, b: string, dtype: DType): string {
  if (dtype === 'bool') return boolText(fn, a, b)
  if (isReal(dtype)) return realText(fn, a, b, dtype === 'f64' ? 'tnd' : 'tn')
  const type = computedType[dtype]
  const wide = dtype === 'i64' ? 'uint64_t' : 'uint32_t'
  const bits = 8 * byteSize(dtype)
  switch (fn) {
    case 'add':
      return `(${type})((${wide})${a} + (${wide})${b})`
    case 'subtract':
      return `(${type})((${wide})${a} - (${wide})${b})`
    case 'multiply':
      return `(${type})((${wide})${a} * (${wide})${b})`
    case 'divide':
      return `(${type})tn_floordiv_i64(${a}, ${b})`
    case 'remainder':
      return `(${type})tn_mod_i64(${a}, ${b})`
    case 'power':
      return `(${type})tn_ipow_i64(${a}, ${b})`
    case 'maximum':
      return `${a} > ${b} ? ${a} : ${b}`
    case 'minimum':
      return `${a} < ${b} ? ${a} : ${b}`
    case 'and':
      return `(${type})(${a} & ${b})`
    case 'or':
      return `(${type})(${a} | ${b})`
    case 'xor':
      return `(${type})(${a} ^ ${b})`
    case 'shiftLeft':
      return `(${wide})${b} < ${bits} ? (${type})((${wide})${a} << (${b} & ${bits - 1})) : 0`
    case 'shiftRight':
      return `(${wide})${b} < ${bits} ? (${type})(${a} >> (${b} & ${bits - 1})) : 0`
  }
}

function realText(fn: BinaryFunction, a: string, b: string, prefix: 'tn' | 'tnd'): string {
  switch (fn) {
    case 'add':
      return `${a} + ${b}`
    case 'subtract':
      return `${a} - ${b}`
    case 'multiply':
      return `${a} * ${b}`
    case 'divide':
      return `${a} / ${b}`
    case 'power':
      return `${prefix}_pow(${a}, ${b})`
    case 'remainder':
      return `${prefix}_remainder(${a}, ${b})`
    case 'maximum':
      return `${prefix}_max(${a}, ${b})`
    case 'minimum':
      return `${prefix}_min(${a}, ${b})`
    default:
      throw new DeviceError(`native: expected integers for '${fn}', got floating-point numbers. Cast them first.`)
  }
}

/** Truth values as 0 and 1: arithmetic of integers, "not zero" of the result. */
function boolText(fn: BinaryFunction, a: string, b: string): string {
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
      return `${a} ^ ${b}`
    case 'remainder':
      return '0'
    case 'power':
      return `${a} | !${b}`
    case 'shiftLeft':
      return a
    case 'shiftRight':
      return `${a} & !${b}`
  }
}

/** What is written for a computed value of `dtype`. */
export function storedText(text: string, dtype: DType): string {
  if (dtype === 'bf16') return `tn_f32_to_bf16(${text})`
  if (dtype === 'f16') return `tn_f32_to_f16(${text})`
  return dtype === 'bool' ? `(uint8_t)(${text} != 0)` : text
}

const integerBits: Readonly<Partial<Record<DType, number>>> = { i8: 8, u8: 8, i32: 32, u32: 32, i64: 64 }

/** A C literal: an integer truncates and wraps, NaN is 0 and an infinity its extreme; half precisions round. */
export function literal(value: number, dtype: DType): string {
  if (dtype === 'bool') return value !== 0 ? '1' : '0'
  const bits = integerBits[dtype]
  if (bits !== undefined) return integerLiteral(value, bits, isUnsigned(dtype))
  const suffix = dtype === 'f64' ? '' : 'f'
  if (Number.isNaN(value)) return `__builtin_nan${suffix}("")`
  const rounded = dtype === 'f64' ? value : roundedTo(value, dtype)
  if (!Number.isFinite(rounded)) return rounded > 0 ? `__builtin_inf${suffix}()` : `(-__builtin_inf${suffix}())`
  if (Object.is(rounded, -0)) return `(-0.0${suffix})`
  const text = String(rounded)
  return `(${/[.e]/.test(text) ? text : `${text}.0`}${suffix})`
}

function roundedTo(value: number, dtype: DType): number {
  if (dtype === 'f16') return halfToNumber(numberToHalf(value))
  return dtype === 'bf16' ? bfloat16ToNumber(numberToBfloat16(value)) : Math.fround(value)
}

function integerLiteral(value: number, bits: number, unsigned: boolean): string {
  const lowest = unsigned ? 0n : -(2n ** BigInt(bits - 1))
  const highest = 2n ** BigInt(unsigned ? bits : bits - 1) - 1n
  let whole = 0n
  if (value === Infinity) whole = highest
  else if (value === -Infinity) whole = lowest
  else if (!Number.isNaN(value)) {
    const exact = BigInt(Math.trunc(value))
    if (bits === 64) whole = exact < lowest ? lowest : exact > highest ? highest : exact
    else whole = unsigned ? BigInt.asUintN(bits, exact) : BigInt.asIntN(bits, exact)
  }
  if (bits < 64) return unsigned ? `${whole}u` : `(${whole === -2147483648n ? 'INT32_MIN' : whole})`
  return whole === lowest ? 'INT64_MIN' : `(${whole}LL)`
}

/** A conversion between computed types: real to integer truncates and saturates, integers wrap, to bool is "not zero". */
export function castText(x: string, from: DType, to: DType): string {
  if (to === 'bool') return `(${x} != 0)`
  if (to === 'bf16' || to === 'f16') return `tn_${to}_to_f32(tn_f32_to_${to}((float)${x}))`
  if (isReal(from) && !isReal(to)) return `${from === 'f64' ? 'tn_f64' : 'tn_f32'}_to_${to}(${x})`
  return `(${computedType[to]})${x}`
}
