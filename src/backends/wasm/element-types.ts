// Elements by dtype: how they lie in memory, what they are in registers, and the arithmetic of the elementwise primitives on one of them or on
// four. Half precisions are computed in f32, small integers in i32, truth values as 0 and 1 (scalar) or masks (vector).

import { byteSize, type DType, isFloat } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import { bfloat16ToNumber, halfToNumber, numberToBfloat16, numberToHalf } from '../../core/half.ts'
import type { BinaryFunction, CompareFunction, UnaryFunction } from '../../core/primitives.ts'
import {
  extractLane,
  f32,
  f32x4,
  f64,
  type FunctionBuilder,
  i32,
  i32x4,
  i64,
  load,
  op,
  replaceLane,
  select,
  shuffle,
  type Value,
} from './function-builder.ts'
import type { WasmType } from './instructions.ts'
import { type Lanes, scalar, wide } from './lanes.ts'
import { lanesOf, type ModuleBuilder } from './module-builder.ts'
import { present } from './present.ts'

/** Where code is built. */
export interface Site {
  readonly module: ModuleBuilder
  readonly fn: FunctionBuilder
}

const isReal = isFloat
const isUnsigned = (dtype: DType) => dtype === 'u32' || dtype === 'u8' || dtype === 'bool'
const isHalf = (dtype: DType) => dtype === 'f16' || dtype === 'bf16'

/** Whether a scalar of the dtype takes 64 bits: such values have no vector form here. */
export const isLong = (dtype: DType): boolean => dtype === 'f64' || dtype === 'i64'

/** The register type of one element. */
export function computedType(dtype: DType): WasmType {
  if (isLong(dtype)) return dtype === 'f64' ? 'f64' : 'i64'
  return isReal(dtype) ? 'f32' : 'i32'
}

/** Bytes of a computed element where it waits in scratch memory. */
export const computedBytes = (dtype: DType): number => (isLong(dtype) ? 8 : 4)

const laneShape = (dtype: DType) => (isReal(dtype) ? 'f32x4' : 'i32x4')

function fromHalf({ fn }: Site, l: Lanes, bits: Value, dtype: DType): Value {
  if (dtype === 'bf16') return l.fromBits(l.shift('shl', bits, 16))
  // The product rescales the exponent and normalises subnormals.
  const h = fn.let(bits)
  const magnitude = fn.let(l.shift('shl', l.i('and', h, l.int(0x7fff)), 13))
  const finite = l.bits(l.f('mul', l.fromBits(magnitude), l.float(5.19229686e33)))
  const special = l.i('or', magnitude, l.int(0x7f800000))
  const rescaled = l.select(l.i('ge_s', magnitude, l.int(0x0f800000)), special, finite)
  return l.fromBits(l.i('or', rescaled, l.shift('shl', l.i('and', h, l.int(0x8000)), 16)))
}

function toHalf({ fn }: Site, l: Lanes, x: Value, dtype: DType): Value {
  const b = fn.let(l.bits(x))
  if (dtype === 'bf16') {
    const odd = l.i('and', l.shift('shr_u', b, 16), l.int(1))
    const rounded = l.shift('shr_u', l.i('add', l.i('add', b, l.int(0x7fff)), odd), 16)
    return l.select(l.f('ne', x, x), l.int(0x7fc0), rounded)
  }
  // Adding 0.5 aligns the bits of a subnormal half at the bottom of the significand, rounded.
  const magnitude = fn.let(l.i('and', b, l.int(0x7fffffff)))
  const odd = l.i('and', l.shift('shr_u', b, 13), l.int(1))
  const normal = l.shift('shr_u', l.i('add', l.i('add', magnitude, l.int(0xfff - 0x38000000)), odd), 13)
  const subnormal = l.i('sub', l.bits(l.f('add', l.fromBits(magnitude), l.float(0.5))), l.int(0x3f000000))
  const finite = l.select(l.i('lt_s', magnitude, l.int(0x38800000)), subnormal, normal)
  const bounded = l.select(l.i('ge_s', magnitude, l.int(0x477ff000)), l.int(0x7c00), finite)
  const result = l.select(l.i('gt_s', magnitude, l.int(0x7f800000)), l.int(0x7e00), bounded)
  return l.i('or', result, l.i('and', l.shift('shr_u', b, 16), l.int(0x8000)))
}

/** The element at an address. */
export function loadScalar(site: Site, dtype: DType, address: Value, offset = 0): Value {
  switch (dtype) {
    case 'f32':
    case 'f64':
    case 'i64':
      return load(`${dtype}.load`, address, offset)
    case 'i32':
    case 'u32':
      return load('i32.load', address, offset)
    case 'f16':
    case 'bf16':
      return fromHalf(site, scalar, load('i32.load16_u', address, offset), dtype)
    case 'i8':
      return load('i32.load8_s', address, offset)
    case 'u8':
    case 'bool':
      return load('i32.load8_u', address, offset)
  }
}

export function storeScalar(site: Site, dtype: DType, address: Value, value: Value, offset = 0): void {
  const { fn } = site
  if (dtype === 'f16' || dtype === 'bf16') fn.store('i32.store16', address, toHalf(site, scalar, fn.let(value), dtype), offset)
  else if (byteSize(dtype) === 1) fn.store('i32.store8', address, value, offset)
  else fn.store(`${dtype === 'u32' ? 'i32' : dtype}.store`, address, value, offset)
}

/** Four neighbouring elements. */
export function loadVector(site: Site, dtype: DType, address: Value, offset = 0): Value {
  switch (dtype) {
    case 'f16':
    case 'bf16':
      return fromHalf(site, wide, load('v128.load16x4_u', address, offset), dtype)
    case 'i8': {
      const bytes = load('v128.load32_zero', address, offset)
      return op('i32x4.extend_low_i16x8_s', op('i16x8.extend_low_i8x16_s', bytes))
    }
    case 'u8':
    case 'bool': {
      const bytes = load('v128.load32_zero', address, offset)
      const numbers = op('i32x4.extend_low_i16x8_u', op('i16x8.extend_low_i8x16_u', bytes))
      return dtype === 'bool' ? wide.isSet(numbers) : numbers
    }
    default:
      return load('v128.load', address, offset)
  }
}

const lowHalves = [0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13]
const lowBytes = [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12]

export function storeVector(site: Site, dtype: DType, address: Value, value: Value, offset = 0): void {
  const { fn } = site
  if (dtype === 'f16' || dtype === 'bf16') {
    const bits = fn.let(toHalf(site, wide, fn.let(value), dtype))
    fn.store('v128.store64_lane', address, shuffle(bits, bits, lowHalves), offset, 0)
  } else if (byteSize(dtype) === 1) {
    const bits = fn.let(dtype === 'bool' ? wide.toInt(value) : value)
    fn.store('v128.store32_lane', address, shuffle(bits, bits, lowBytes), offset, 0)
  } else fn.store('v128.store', address, value, offset)
}

/** A vector of four equal elements. */
export function splat(dtype: DType, value: Value): Value {
  if (dtype === 'bool') return op('i32x4.splat', op('i32.sub', i32(0), value))
  return op(`${laneShape(dtype)}.splat`, value)
}

/** A vector of four elements. */
export function joined(dtype: DType, lanes: readonly Value[]): Value {
  const shape = laneShape(dtype)
  const lane = (value: Value) => (dtype === 'bool' ? op('i32.sub', i32(0), value) : value)
  const first = op(`${shape}.splat`, lane(present(lanes[0], 'a first lane')))
  return lanes.slice(1).reduce((vector, value, i) => replaceLane(shape, vector, i + 1, lane(value)), first)
}

/** One element of a vector. */
export function laneOf(dtype: DType, vector: Value, lane: number): Value {
  const value = extractLane(laneShape(dtype), vector, lane)
  return dtype === 'bool' ? op('i32.and', value, i32(1)) : value
}

const integerBits: Readonly<Partial<Record<DType, number>>> = { i8: 8, u8: 8, i32: 32, u32: 32, i64: 64 }

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

function roundedTo(value: number, dtype: DType): number {
  if (dtype === 'f16') return halfToNumber(numberToHalf(value))
  return dtype === 'bf16' ? bfloat16ToNumber(numberToBfloat16(value)) : value
}

/** A constant element, or four of it. */
export function constant(l: Lanes, value: number, dtype: DType): Value {
  if (dtype === 'f64') return f64(value)
  if (dtype === 'i64') return i64(wholeNumber(value, dtype))
  if (dtype === 'bool') return l.int(value === 0 ? 0 : l.wide ? -1 : 1)
  if (isReal(dtype)) return l.wide ? f32x4(roundedTo(value, dtype)) : f32(roundedTo(value, dtype))
  const whole = Number(BigInt.asIntN(32, wholeNumber(value, dtype)))
  return l.wide ? i32x4(whole, whole, whole, whole) : i32(whole)
}

/** The i32 of small integers brought back into their range. */
export function wrapped(l: Lanes, x: Value, dtype: DType): Value {
  if (dtype === 'u8') return l.i('and', x, l.int(255))
  if (dtype !== 'i8') return x
  return l.wide ? l.shift('shr_s', l.shift('shl', x, 24), 24) : op('i32.extend8_s', x)
}

const directUnary: Readonly<Partial<Record<UnaryFunction, string>>> = {
  negate: 'neg',
  abs: 'abs',
  floor: 'floor',
  ceil: 'ceil',
  round: 'nearest',
  sqrt: 'sqrt',
}

/** A unary function of a local; `undefined` where there is none for four at once. */
export function unary({ module }: Site, isWide: boolean, fn: UnaryFunction, x: Value, dtype: DType): Value | undefined {
  const l = lanesOf(isWide)
  if (dtype === 'bool') return fn === 'not' ? l.not(x) : x
  if (dtype === 'f64') return unaryOfDouble(module, fn, x)
  if (dtype === 'i64') return unaryOfLong(fn, x)
  if (isReal(dtype)) {
    const direct = directUnary[fn]
    if (direct !== undefined) return l.f(direct, x)
    if (fn === 'sign') return l.select(l.f('gt', x, l.float(0)), l.float(1), l.select(l.f('lt', x, l.float(0)), l.float(-1), x))
    return module.elementary(fn, l, x)
  }
  switch (fn) {
    case 'negate':
      return wrapped(l, l.i('sub', l.int(0), x), dtype)
    case 'abs':
      return isUnsigned(dtype) ? x : wrapped(l, l.select(l.i('lt_s', x, l.int(0)), l.i('sub', l.int(0), x), x), dtype)
    case 'sign': {
      const positive = l.toInt(l.i(isUnsigned(dtype) ? 'gt_u' : 'gt_s', x, l.int(0)))
      return isUnsigned(dtype) ? positive : l.i('sub', positive, l.toInt(l.i('lt_s', x, l.int(0))))
    }
    case 'not':
      return wrapped(l, l.i('xor', x, l.int(-1)), dtype)
    case 'floor':
    case 'ceil':
    case 'round':
      return x
    default:
      throw new DeviceError(`wasm: expected floating-point numbers for '${fn}', got ${dtype}. Cast them first.`)
  }
}

function unaryOfDouble(module: ModuleBuilder, fn: UnaryFunction, x: Value): Value {
  const direct = directUnary[fn]
  if (direct !== undefined) return op(`f64.${direct}`, x)
  if (fn === 'sign') return select(op('f64.gt', x, f64(0)), f64(1), select(op('f64.lt', x, f64(0)), f64(-1), x))
  return module.double(fn, x)
}

function unaryOfLong(fn: UnaryFunction, x: Value): Value {
  const isNegative = op('i64.lt_s', x, i64(0))
  switch (fn) {
    case 'negate':
      return op('i64.sub', i64(0), x)
    case 'abs':
      return select(isNegative, op('i64.sub', i64(0), x), x)
    case 'sign':
      return op('i64.sub', op('i64.extend_i32_u', op('i64.gt_s', x, i64(0))), op('i64.extend_i32_u', isNegative))
    case 'not':
      return op('i64.xor', x, i64(-1))
    case 'floor':
    case 'ceil':
    case 'round':
      return x
    default:
      throw new DeviceError(`wasm: expected floating-point numbers for '${fn}', got i64. Cast them first.`)
  }
}

const directBinary: Readonly<Partial<Record<BinaryFunction, string>>> = {
  add: 'add',
  subtract: 'sub',
  multiply: 'mul',
  divide: 'div',
  maximum: 'max',
  minimum: 'min',
}
const directInteger: Readonly<Partial<Record<BinaryFunction, string>>> = {
  add: 'add',
  subtract: 'sub',
  multiply: 'mul',
  and: 'and',
  or: 'or',
  xor: 'xor',
}

/** A binary function of locals or constants; `undefined` where there is none for four at once. `shift` is the second operand where it is known. */
export function binary(site: Site, isWide: boolean, fn: BinaryFunction, a: Value, b: Value, dtype: DType, shift?: number): Value | undefined {
  const { module } = site
  const l = lanesOf(isWide)
  if (dtype === 'bool') return binaryOfTruth(l, fn, a, b)
  if (dtype === 'i64') return binaryOfLong(module, fn, a, b)
  if (isReal(dtype)) {
    const direct = directBinary[fn]
    if (direct !== undefined) return dtype === 'f64' ? op(`f64.${direct}`, a, b) : l.f(direct, a, b)
    if (isWide) return undefined
    if (fn === 'power') return dtype === 'f64' ? module.double('pow', a, b) : module.elementary('pow', l, a, b)
    if (fn !== 'remainder') throw new DeviceError(`wasm: expected integers for '${fn}', got floating-point numbers. Cast them first.`)
    if (dtype === 'f64') return module.remainder(a, b)
    return op('f32.demote_f64', module.remainder(op('f64.promote_f32', a), op('f64.promote_f32', b)))
  }
  const direct = directInteger[fn]
  if (direct !== undefined) {
    const result = l.i(direct, a, b)
    return fn === 'and' || fn === 'or' || fn === 'xor' ? result : wrapped(l, result, dtype)
  }
  if (fn === 'maximum' || fn === 'minimum') return l.extremeInt(fn === 'maximum' ? 'max' : 'min', a, b, !isUnsigned(dtype))
  const bits = 8 * byteSize(dtype)
  if (fn === 'shiftLeft' || fn === 'shiftRight') {
    const name = fn === 'shiftLeft' ? 'shl' : isUnsigned(dtype) ? 'shr_u' : 'shr_s'
    if (shift !== undefined) {
      if (shift < 0 || shift >= bits) return l.int(0)
      return fn === 'shiftRight' ? l.shift(name, a, shift) : wrapped(l, l.shift(name, a, shift), dtype)
    }
    if (isWide) return undefined
    const shifted = wrapped(l, op(`i32.${name}`, a, op('i32.and', b, i32(bits - 1))), dtype)
    return select(op('i32.lt_u', b, i32(bits)), shifted, i32(0))
  }
  if (isWide) return undefined
  const long = (x: Value) => op(isUnsigned(dtype) ? 'i64.extend_i32_u' : 'i64.extend_i32_s', x)
  const name = fn === 'divide' ? 'floordiv' : fn === 'remainder' ? 'mod' : 'ipow'
  return wrapped(l, op('i32.wrap_i64', module.integer(name, long(a), long(b))), dtype)
}

/** Arithmetic of truth values: that of integers, "not zero" of the result. */
function binaryOfTruth(l: Lanes, fn: BinaryFunction, a: Value, b: Value): Value {
  switch (fn) {
    case 'add':
    case 'or':
    case 'maximum':
      return l.i('or', a, b)
    case 'multiply':
    case 'and':
    case 'minimum':
    case 'divide':
      return l.i('and', a, b)
    case 'subtract':
    case 'xor':
      return l.i('xor', a, b)
    case 'remainder':
      return l.int(0)
    case 'power':
      return l.i('or', a, l.not(b))
    case 'shiftLeft':
      return a
    case 'shiftRight':
      return l.i('and', a, l.not(b))
  }
}

function binaryOfLong(module: ModuleBuilder, fn: BinaryFunction, a: Value, b: Value): Value {
  const direct = directInteger[fn]
  if (direct !== undefined) return op(`i64.${direct}`, a, b)
  switch (fn) {
    case 'maximum':
      return select(op('i64.gt_s', a, b), a, b)
    case 'minimum':
      return select(op('i64.lt_s', a, b), a, b)
    case 'shiftLeft':
      return select(op('i64.lt_u', b, i64(64)), op('i64.shl', a, b), i64(0))
    case 'shiftRight':
      return select(op('i64.lt_u', b, i64(64)), op('i64.shr_s', a, b), i64(0))
    case 'divide':
      return module.integer('floordiv', a, b)
    case 'remainder':
      return module.integer('mod', a, b)
    default:
      return module.integer('ipow', a, b)
  }
}

const comparisons: Readonly<Record<CompareFunction, string>> = {
  equal: 'eq',
  notEqual: 'ne',
  less: 'lt',
  lessEqual: 'le',
  greater: 'gt',
  greaterEqual: 'ge',
}

/** A comparison of locals or constants of `dtype`. */
export function compare(isWide: boolean, fn: CompareFunction, a: Value, b: Value, dtype: DType): Value {
  const l = lanesOf(isWide)
  const name = comparisons[fn]
  const signless = fn === 'equal' || fn === 'notEqual'
  if (dtype === 'f64') return op(`f64.${name}`, a, b)
  if (dtype === 'i64') return op(`i64.${name}${signless ? '' : '_s'}`, a, b)
  if (dtype === 'bool') {
    switch (fn) {
      case 'equal':
        return l.not(l.i('xor', a, b))
      case 'notEqual':
        return l.i('xor', a, b)
      case 'less':
        return l.i('and', l.not(a), b)
      case 'lessEqual':
        return l.i('or', l.not(a), b)
      case 'greater':
        return l.i('and', a, l.not(b))
      case 'greaterEqual':
        return l.i('or', a, l.not(b))
    }
  }
  if (isReal(dtype)) return l.f(name, a, b)
  return l.i(signless ? name : `${name}_${isUnsigned(dtype) ? 'u' : 's'}`, a, b)
}

/** A conversion of a local: real to integer truncates and saturates (NaN to 0), integers wrap, to bool is "not zero". */
export function cast(site: Site, isWide: boolean, x: Value, from: DType, to: DType): Value {
  const l = lanesOf(isWide)
  if (from === to) return x
  if (to === 'bool') {
    if (from === 'f64') return op('f64.ne', x, f64(0))
    if (from === 'i64') return op('i64.ne', x, i64(0))
    return isReal(from) ? l.f('ne', x, l.float(0)) : l.isSet(x)
  }
  if (isHalf(to)) {
    const single = site.fn.let(cast(site, isWide, x, from, 'f32'))
    return fromHalf(site, l, toHalf(site, l, single, to), to)
  }
  if (from === 'bool') {
    const number = l.toInt(x)
    return to === 'i32' || !(isReal(to) || isLong(to)) ? number : cast(site, isWide, number, 'i32', to)
  }
  if (to === 'f64') {
    if (from === 'i64') return op('f64.convert_i64_s', x)
    return isReal(from) ? op('f64.promote_f32', x) : op(`f64.convert_i32_${isUnsigned(from) ? 'u' : 's'}`, x)
  }
  if (to === 'f32') {
    if (from === 'f64') return op('f32.demote_f64', x)
    if (from === 'i64') return op('f32.convert_i64_s', x)
    // Small numbers are the same with a sign, and engines convert signed ones faster.
    return isReal(from) ? x : l.toFloat(x, from !== 'u32')
  }
  if (to === 'i64') {
    if (from === 'f64') return op('i64.trunc_sat_f64_s', x)
    return isReal(from) ? op('i64.trunc_sat_f32_s', x) : op(`i64.extend_i32_${isUnsigned(from) ? 'u' : 's'}`, x)
  }
  if (isReal(from)) {
    const signed = to !== 'u32'
    const whole = site.fn.let(from === 'f64' ? op(`i32.trunc_sat_f64_${signed ? 's' : 'u'}`, x) : l.truncated(x, signed))
    if (to !== 'i8' && to !== 'u8') return whole
    const [low, high] = to === 'i8' ? [-128, 127] : [0, 255]
    return l.extremeInt('min', site.fn.let(l.extremeInt('max', whole, l.int(low))), l.int(high))
  }
  return wrapped(l, from === 'i64' ? op('i32.wrap_i64', x) : x, to)
}
