// Arithmetic that reductions, contractions and sorting share, once for elements held as doubles and once for 64-bit integers, so that each
// of those algorithms is written once.

import { type DType, isFloat } from '../../core/dtype.ts'
import { allocate, bigintsOf, type Cells, countOf, integerRange, numbersOf, type ResolvedType, roundingOf, type Values } from './values.ts'

/** The larger of two 64-bit integers. */
export function largerBigint(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}

/** The smaller of two 64-bit integers. */
export function smallerBigint(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

/** How elements add, multiply and compare. */
export interface Arithmetic<T> {
  readonly zero: T
  readonly one: T
  /** Not above any element: what `max` starts from. */
  readonly lowest: T
  readonly highest: T
  readonly add: (a: T, b: T) => T
  readonly multiply: (a: T, b: T) => T
  /** NaN if either is. */
  readonly maximum: (a: T, b: T) => T
  /** NaN if either is. */
  readonly minimum: (a: T, b: T) => T
  readonly isNaN: (x: T) => boolean
  /** Negative, zero or positive as a is below, equal to or above b; NaN equals itself and is above everything. */
  readonly order: (a: T, b: T) => number
}

const floats: Arithmetic<number> = {
  zero: 0,
  one: 1,
  lowest: -Infinity,
  highest: Infinity,
  add: (a, b) => a + b,
  multiply: (a, b) => a * b,
  maximum: Math.max,
  minimum: Math.min,
  isNaN: Number.isNaN,
  order: (a, b) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    return a < b ? -1 : a > b ? 1 : 0
  },
}

/** Products modulo 2^32, so that sums of them stay exact below 2^21 terms; the result wraps to its dtype at the end. */
const integers = (low: number, high: number): Arithmetic<number> => ({ ...floats, lowest: low, highest: high, multiply: Math.imul })

const bigints: Arithmetic<bigint> = {
  zero: 0n,
  one: 1n,
  lowest: -(2n ** 63n),
  highest: 2n ** 63n - 1n,
  add: (a, b) => BigInt.asIntN(64, a + b),
  multiply: (a, b) => BigInt.asIntN(64, a * b),
  maximum: largerBigint,
  minimum: smallerBigint,
  isNaN: () => false,
  order: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
}

function arithmeticOf(dtype: DType): Arithmetic<number> {
  if (isFloat(dtype)) return floats
  const [low, high] = integerRange[dtype] ?? [0, 0]
  return integers(low, high)
}

function roundAll(data: Float64Array, dtype: DType): void {
  if (dtype === 'f64') return
  const round = roundingOf(dtype)
  for (let i = 0; i < data.length; i++) data[i] = round(data[i] ?? 0)
}

/** A result of the input's dtype: `body` fills `out` (zeros) from `x` exactly, each element is rounded to the dtype afterwards. */
export function computeFrom(shape: readonly number[], x: Values, body: <T>(arithmetic: Arithmetic<T>, out: Cells<T>, x: Cells<T>) => void): Values {
  return computeFromTwo(shape, x, x, (arithmetic, out, cells) => body(arithmetic, out, cells))
}

/** As {@link computeFrom}, from two inputs of one dtype. */
export function computeFromTwo(
  shape: readonly number[],
  a: Values,
  b: Values,
  body: <T>(arithmetic: Arithmetic<T>, out: Cells<T>, a: Cells<T>, b: Cells<T>) => void,
): Values {
  const { dtype } = a
  const data = allocate(dtype, countOf(shape))
  if (data instanceof BigInt64Array) body(bigints, data, bigintsOf(a), bigintsOf(b))
  else {
    body(arithmeticOf(dtype), data, numbersOf(a), numbersOf(b))
    roundAll(data, dtype)
  }
  return { dtype, shape, data }
}

/** An i32 result computed from an input of any dtype. */
export function indicesFrom(
  shape: readonly number[],
  x: Values,
  body: <T>(arithmetic: Arithmetic<T>, out: Cells<number>, x: Cells<T>) => void,
): Values {
  const data = new Float64Array(countOf(shape))
  if (x.data instanceof BigInt64Array) body(bigints, data, x.data)
  else body(arithmeticOf(x.dtype), data, x.data)
  return { dtype: 'i32', shape, data }
}

/** Elements of `x` at `positions`; −1 reads `fill`. */
export function pick(x: Values, shape: readonly number[], positions: Int32Array, fill?: Values): Values {
  const type: ResolvedType = { dtype: x.dtype, shape }
  if (x.data instanceof BigInt64Array) {
    const data = new BigInt64Array(positions.length)
    const other = fill === undefined ? 0n : (bigintsOf(fill)[0] ?? 0n)
    for (let i = 0; i < data.length; i++) data[i] = x.data[positions[i] ?? -1] ?? other
    return { ...type, data }
  }
  const data = new Float64Array(positions.length)
  const other = fill === undefined ? 0 : (numbersOf(fill)[0] ?? 0)
  for (let i = 0; i < data.length; i++) {
    const position = positions[i] ?? -1
    data[i] = position < 0 ? other : (x.data[position] ?? other)
  }
  return { ...type, data }
}
