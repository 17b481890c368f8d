// Values of the reference interpreter: every element as a double, 64-bit integers as bigints, whatever the dtype in memory.

import { type DType, isFloat, viewOf, byteSize } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Storage } from '../../core/graph.ts'
import { bfloat16ToNumber, halfToNumber, numberToBfloat16, numberToHalf } from '../../core/half.ts'

/** Elements that can be read and written by position. */
export interface Cells<T> {
  readonly length: number
  [position: number]: T
}

/** A dtype and a shape whose sizes are known. */
export interface ResolvedType {
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** A tensor's elements in row-major order. Never written after it is made: reshapes share `data`. */
export interface Values extends ResolvedType {
  readonly data: Float64Array | BigInt64Array
}

/** The element at a position that must exist. */
export function at<T>(cells: { readonly [position: number]: T }, position: number): T {
  const value = cells[position]
  if (value === undefined) throw new RangeError(`reference: expected an element at position ${position}, there is none`)
  return value
}

/** Number of elements of a shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** Strides of a row-major shape, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = at(strides, axis + 1) * at(shape, axis + 1)
  return strides
}

/** The smallest and largest integer of each dtype that is held in a double. */
export const integerRange: Readonly<Partial<Record<DType, readonly [low: number, high: number]>>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  i8: [-128, 127],
  u8: [0, 255],
  bool: [0, 1],
}

const rounding: Readonly<Record<DType, (value: number) => number>> = {
  f64: (x) => x,
  f32: Math.fround,
  f16: (x) => halfToNumber(numberToHalf(x)),
  bf16: (x) => bfloat16ToNumber(numberToBfloat16(x)),
  i64: Math.trunc,
  i32: (x) => x | 0,
  u32: (x) => x >>> 0,
  i8: (x) => (x << 24) >> 24,
  u8: (x) => x & 255,
  bool: (x) => (x !== 0 ? 1 : 0),
}

/** What turns the exact result of an operation into an element of `dtype`: floats round to nearest even, integers wrap, bool is "not zero". */
export function roundingOf(dtype: DType): (value: number) => number {
  return rounding[dtype]
}

/** A JavaScript number as an element of `dtype`: integers truncate and wrap; NaN is 0 and an infinity the extreme of its sign. */
export function elementFromNumber(value: number, dtype: DType): number {
  if (isFloat(dtype) || dtype === 'bool') return rounding[dtype](value)
  if (Number.isNaN(value)) return 0
  const [low, high] = integerRange[dtype] ?? [-(2 ** 63), 2 ** 63]
  if (!Number.isFinite(value)) return value < 0 ? low : high
  return rounding[dtype](Math.trunc(value))
}

/** A 64-bit integer from a JavaScript number: truncated, saturating, NaN is 0. */
export function bigintFromNumber(value: number): bigint {
  if (Number.isNaN(value)) return 0n
  if (value >= 2 ** 63) return 2n ** 63n - 1n
  if (value <= -(2 ** 63)) return -(2n ** 63n)
  return BigInt(Math.trunc(value))
}

/** Room for `count` elements of `dtype`, all zero. */
export function allocate(dtype: DType, count: number): Float64Array | BigInt64Array {
  return dtype === 'i64' ? new BigInt64Array(count) : new Float64Array(count)
}

/** All elements the same. */
export function filled(type: ResolvedType, value: number): Values {
  const data = allocate(type.dtype, countOf(type.shape))
  if (data instanceof BigInt64Array) data.fill(bigintFromNumber(value))
  else data.fill(elementFromNumber(value, type.dtype))
  return { ...type, data }
}

/** The elements of an i64 tensor. */
export function bigintsOf(values: Values): BigInt64Array {
  if (values.data instanceof BigInt64Array) return values.data
  throw new DeviceError(`reference: expected an i64 tensor, got ${values.dtype}. Check the dtypes of the operation's inputs.`)
}

/** The elements as numbers; 64-bit integers beyond 2^53 lose their low digits. */
export function numbersOf(values: Values): Float64Array {
  return values.data instanceof BigInt64Array ? Float64Array.from(values.data, Number) : values.data
}

/** Reads a buffer in memory format. */
export function decode(storage: Storage, shape: readonly number[]): Values {
  const { dtype } = storage
  const count = countOf(shape)
  if (storage.length !== count) {
    throw new DeviceError(
      `reference: expected ${count} elements for ${dtype} [${shape.join(', ')}], got ${storage.length}. Pass a buffer of its size.`,
    )
  }
  const view = viewOf(dtype, storage.bytes, 0, count)
  if (view instanceof BigInt64Array) return { dtype, shape, data: view.slice() }
  if (view instanceof Uint16Array) return { dtype, shape, data: Float64Array.from(view, dtype === 'f16' ? halfToNumber : bfloat16ToNumber) }
  return { dtype, shape, data: Float64Array.from(view) }
}

/** Writes a new buffer in memory format. */
export function encode(values: Values): Storage {
  const { dtype, data } = values
  const bytes = new ArrayBuffer(data.length * byteSize(dtype))
  const view = viewOf(dtype, bytes)
  if (view instanceof BigInt64Array) view.set(bigintsOf(values))
  else {
    const numbers = numbersOf(values)
    if (dtype === 'f16') view.set(numbers.map(numberToHalf))
    else if (dtype === 'bf16') view.set(numbers.map(numberToBfloat16))
    else view.set(numbers)
  }
  return { dtype, bytes, length: data.length }
}
