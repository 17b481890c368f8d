// What numbers are: finite, infinite, missing, close to others; and their neighbours.

import {
  abs,
  add,
  all,
  binary,
  type BinaryOperation,
  compare,
  type DType,
  DTypeError,
  equal,
  full,
  isFloat,
  less,
  logicalAnd,
  logicalNot,
  logicalOr,
  multiply,
  notEqual,
  type Operand,
  type Shape,
  subtract,
  Tensor,
  where,
} from '../../core/index.ts'
import { view } from './bit-view.ts'
import { together } from './with-slopes.ts'

/** Whether x is not a number. */
export const isnan = <S extends Shape>(x: Tensor<S>): Tensor<S> => compare<S>('notEqual', x, x)
/** Whether x is ∞ or −∞. */
export const isinf = <S extends Shape>(x: Tensor<S>): Tensor<S> => (isFloat(x.dtype) ? compare<S>('equal', abs(x), Infinity) : never(x))
/** Whether x is neither infinite nor NaN. */
export const isfinite = <S extends Shape>(x: Tensor<S>): Tensor<S> => (isFloat(x.dtype) ? compare<S>('less', abs(x), Infinity) : logicalNot(never(x)))
/** Whether x is ∞. */
export const isposinf = <S extends Shape>(x: Tensor<S>): Tensor<S> => (isFloat(x.dtype) ? compare<S>('equal', x, Infinity) : never(x))
/** Whether x is −∞. */
export const isneginf = <S extends Shape>(x: Tensor<S>): Tensor<S> => (isFloat(x.dtype) ? compare<S>('equal', x, -Infinity) : never(x))

const never = <S extends Shape>(x: Tensor<S>): Tensor<S> => new Tensor<S>(full(x.dims, 0, { dtype: 'bool' }).node)

export interface ClosenessOptions {
  /** Relative to the second operand. Default 1e-5. */
  readonly rtol?: number
  /** Absolute. Default 1e-8. */
  readonly atol?: number
  /** NaN is close to NaN. Default false. */
  readonly equalNan?: boolean
}

/** Whether |a − b| ≤ atol + rtol · |b|; infinities are close to themselves. */
export function isclose(a: Operand, b: Operand, { rtol = 1e-5, atol = 1e-8, equalNan = false }: ClosenessOptions = {}): Tensor {
  const [x, y] = together('isclose', a, b)
  const allowed = add(atol, multiply(rtol, abs(y)))
  const near = logicalAnd(binary('xor', less(allowed, abs(subtract(x, y))), full([], 1, { dtype: 'bool' })), less(abs(y), Infinity))
  const close = logicalOr(equal(x, y), near)
  const numbers = logicalAnd(equal(x, x), equal(y, y))
  return equalNan ? logicalOr(logicalAnd(close, numbers), logicalAnd(isnan(x), isnan(y))) : logicalAnd(close, numbers)
}

/** Whether all elements are close: a bool scalar. */
export const allclose = (a: Operand, b: Operand, options: ClosenessOptions = {}): Tensor => all(isclose(a, b, options))

export interface NanToNumOptions {
  /** What NaN becomes. Default 0. */
  readonly nan?: number
  /** What ∞ becomes. Default: the largest number of the dtype. */
  readonly posinf?: number
  /** What −∞ becomes. Default: the least number of the dtype. */
  readonly neginf?: number
}

const largestNumbers: Readonly<Partial<Record<DType, number>>> = {
  f16: 65504,
  bf16: 3.3895313892515355e38,
  f32: 3.4028234663852886e38,
  f64: Number.MAX_VALUE,
}

/** x with numbers in the places of NaN and the infinities. */
export function nanToNum<S extends Shape>(x: Tensor<S>, options: NanToNumOptions = {}): Tensor<S> {
  const largest = largestNumbers[x.dtype]
  if (largest === undefined) return x
  const { nan = 0, posinf = largest, neginf = -largest } = options
  const v = new Tensor(x.node)
  const finite = where(equal(v, Infinity), posinf, where(equal(v, -Infinity), neginf, v))
  return new Tensor<S>(where(notEqual(v, v), nan, finite).node)
}

/** The number next to a in the direction of b, by its bits; of f32 (which integers become) and f64. */
export const nextafter: BinaryOperation<'nextafter'> = (a, b) => neighbour(a, b)

function neighbour<R extends Shape>(a: Operand, b: Operand): Tensor<R> {
  const [left, right] = together('nextafter', a, b)
  const [x, y] = isFloat(left.dtype) ? [left, right] : [left.cast('f32'), right.cast('f32')]
  if (x.dtype !== 'f32' && x.dtype !== 'f64') throw new DTypeError(`nextafter: expected f32 or f64, got ${x.dtype}. Cast the operands to f32.`)
  // Magnitudes are ordered as their bits: one more is the next larger.
  const size = view(abs(x), x.dtype === 'f32' ? 'i32' : 'i64')
  const upwards = less(x, y)
  const grows = equal(upwards, less(0, x))
  const next = view(where(grows, add(size, 1), subtract(size, 1)), x.dtype)
  const smallest = view(full(x.dims, 1, { dtype: size.dtype }), x.dtype)
  const signed = where(less(x, 0), next.negate(), next)
  const moved = where(equal(x, 0), where(upwards, smallest, smallest.negate()), signed)
  const same = where(equal(x, y), y, moved)
  return new Tensor<R>(where(equal(x, x), where(equal(y, y), same, y), x).node)
}
