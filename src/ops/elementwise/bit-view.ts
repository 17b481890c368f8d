// Bits read as another dtype. No primitive sees bits: a float's are computed from its fraction and exponent, found by exact products with
// powers of two, and the same the other way.

import {
  abs,
  add,
  asTensor,
  binary,
  byteSize,
  cast,
  concat,
  type DType,
  DTypeError,
  equal,
  expandDims,
  full,
  less,
  lessEqual,
  multiply,
  negate,
  notEqual,
  reshape,
  ShapeError,
  showDims,
  squeeze,
  staticDim,
  subtract,
  type Tensor,
  where,
} from '../../core/index.ts'
import { signbit } from './sign-bit.ts'

interface FloatFormat {
  readonly float: DType
  readonly integer: DType
  readonly fraction: number
  readonly bias: number
  /** The least integer, whose only bit is the sign. */
  readonly signOnly: number
  /** Exponents of the products: together they reach every exponent. */
  readonly powers: readonly number[]
}

const single: FloatFormat = { float: 'f32', integer: 'i32', fraction: 23, bias: 127, signOnly: -(2 ** 31), powers: [64, 32, 16, 8, 4, 2, 1] }
const double: FloatFormat = {
  float: 'f64',
  integer: 'i64',
  fraction: 52,
  bias: 1023,
  signOnly: -(2 ** 63),
  powers: [512, 256, 128, 64, 32, 16, 8, 4, 2, 1],
}
const formats: readonly FloatFormat[] = [single, double]

/** The bits of floats, as signed integers of their size; NaN becomes the quiet NaN. */
function bitsOf(x: Tensor, { integer, fraction, bias, signOnly, powers }: FloatFormat): Tensor {
  const size = abs(x)
  const finite = less(size, Infinity)
  // 1 ≤ rest < 2 and size = rest · 2^exponent.
  let rest = where(less(0, size), where(finite, size, 1), 1)
  let exponent: Tensor = full(x.dims, 0, { dtype: x.dtype })
  const change = (applies: Tensor, by: number): void => {
    rest = where(applies, multiply(rest, 2 ** by), rest)
    exponent = where(applies, subtract(exponent, by), exponent)
  }
  for (const power of powers) change(lessEqual(2 ** power, rest), -power)
  for (const power of [powers[0] ?? 1, ...powers]) change(less(rest, 2 ** (1 - power)), power)
  const biased = add(exponent, bias)
  const normal = add(multiply(cast(biased, integer), 2 ** fraction), cast(multiply(subtract(rest, 1), 2 ** fraction), integer))
  // Below the least exponent the bits are a multiple of the smallest number; the product in halves, as its factor is no number.
  const halves = [Math.floor((bias + fraction - 1) / 2), Math.ceil((bias + fraction - 1) / 2)] as const
  const subnormal = cast(multiply(multiply(where(less(0, biased), 0, size), 2 ** halves[0]), 2 ** halves[1]), integer)
  const ofInfinity = full(x.dims, (2 * bias + 1) * 2 ** fraction, { dtype: integer })
  const magnitude = where(finite, where(less(0, biased), where(equal(size, 0), 0, normal), subnormal), ofInfinity)
  const signed = where(signbit(x), add(magnitude, signOnly), magnitude)
  return where(equal(x, x), signed, add(ofInfinity, 2 ** (fraction - 1)))
}

/** The floats whose bits are given. */
function floatsOf(bits: Tensor, { float, fraction, bias, signOnly, powers }: FloatFormat): Tensor {
  const negative = less(bits, 0)
  const magnitude = where(negative, subtract(bits, signOnly), bits)
  const biased = binary('shiftRight', magnitude, fraction)
  const part = cast(subtract(magnitude, binary('shiftLeft', biased, fraction)), float)
  const exponent = subtract(cast(biased, float), bias)
  let scaled = add(1, multiply(part, 2 ** -fraction))
  let left = abs(exponent)
  const shrinks = less(exponent, 0)
  for (const power of powers) {
    const applies = lessEqual(power, left)
    scaled = where(applies, multiply(scaled, where(shrinks, asTensor(2 ** -power, float), 2 ** power)), scaled)
    left = where(applies, subtract(left, power), left)
  }
  const halves = [Math.floor((bias + fraction - 1) / 2), Math.ceil((bias + fraction - 1) / 2)] as const
  const subnormal = multiply(multiply(part, 2 ** -halves[0]), 2 ** -halves[1])
  const special = where(equal(part, 0), Infinity, Number.NaN)
  const size = where(equal(biased, 0), subnormal, where(equal(biased, 2 * bias + 1), special, scaled))
  return where(negative, negate(size), size)
}

/** Integers as bytes along a new last axis, the lowest first. */
function bytesOf(x: Tensor): Tensor {
  const width = byteSize(x.dtype)
  const shifted = Array.from({ length: width }, (_, i) => expandDims(binary('and', binary('shiftRight', x, 8 * i), 255), -1))
  return cast(concat(shifted, -1), 'u8')
}

/** Bytes along the last axis, the lowest first, as signed integers. */
function integersOf(bytes: Tensor, integer: DType): Tensor {
  const parts = Array.from({ length: byteSize(integer) }, (_, i) => {
    const starts = bytes.dims.map((_, axis) => (axis === bytes.rank - 1 ? i : 0))
    const byte = squeeze(bytes.slice(starts, [...bytes.dims.slice(0, -1), 1]), -1)
    return binary('shiftLeft', cast(byte, integer), 8 * i)
  })
  return parts.reduce((sum, part) => add(sum, part))
}

const signedOfSize: Readonly<Record<number, DType>> = { 1: 'i8', 4: 'i32', 8: 'i64' }

/**
 * The bits of x read as `dtype`, without a change where the sizes of both are equal; else the last axis grows or shrinks by their ratio,
 * little-endian. Not of f16 and bf16. There is no gradient.
 */
export function view(x: Tensor, dtype: DType): Tensor {
  for (const name of [x.dtype, dtype]) {
    if (name === 'f16' || name === 'bf16')
      throw new DTypeError(`view: expected dtypes of 8, 32 or 64 bits, got ${x.dtype} and ${dtype}. Cast to f32.`)
  }
  if (x.dtype === dtype) return x
  const format = formats.find(({ float }) => float === x.dtype)
  const integers = format === undefined ? cast(x, signedOfSize[byteSize(x.dtype)] ?? 'i32') : bitsOf(x, format)
  const wanted = formats.find(({ float }) => float === dtype)
  const resized = withSize(integers, wanted?.integer ?? signedOfSize[byteSize(dtype)] ?? 'i32')
  if (wanted !== undefined) return floatsOf(resized, wanted)
  return dtype === 'bool' ? notEqual(resized, 0) : cast(resized, dtype)
}

function withSize(integers: Tensor, dtype: DType): Tensor {
  const [from, to] = [byteSize(integers.dtype), byteSize(dtype)]
  if (from === to) return integers
  const last = integers.dims.at(-1)
  if (last === undefined)
    throw new ShapeError(`view: expected an axis that can change its size, got a scalar of ${from} bytes for ${to}. Add an axis.`)
  const bytes = from === 1 ? cast(integers, 'u8') : reshape(bytesOf(integers), [...integers.dims.slice(0, -1), staticDim(last, 'view') * from])
  if (to === 1) return cast(bytes, dtype)
  const count = staticDim(bytes.dims.at(-1) ?? 0, 'view')
  if (count % to !== 0) {
    throw new ShapeError(
      `view: expected a last axis whose bytes fill numbers of ${to} bytes, got ${showDims(integers.dims)} of ${from}. Cut or pad it.`,
    )
  }
  return integersOf(reshape(bytes, [...bytes.dims.slice(0, -1), count / to, to]), dtype)
}
