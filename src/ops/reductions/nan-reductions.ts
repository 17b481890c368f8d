// Reductions that leave NaN out. Of nothing but NaN: NaN for the mean, the extremes and the spread, −1 for positions, 0 and 1 for sum and product.

import {
  type Axes,
  binary,
  cast,
  type DTypeOption,
  isFloat,
  logicalNot,
  max,
  min,
  notEqual,
  type ReduceOptions,
  type Shape,
  sum,
  type Tensor,
  where,
} from '../../core/index.ts'
import { argmax, argmin, cumprod, cumsum, prod, safeSqrt } from './reductions.ts'

/** A reduction whose result's shape is known at run time. */
type NanReduction = (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor

const isNumber = (x: Tensor): Tensor => logicalNot(isNan(x))
const isNan = (x: Tensor): Tensor => notEqual<Tensor, Tensor>(x, x)
const withoutNan = (x: Tensor, value: number): Tensor => (isFloat(x.dtype) ? where(isNan(x), value, x) : x)
const total = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => sum<Shape, Axes | undefined, boolean>(x, axes, options)
const floating = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : cast(x, 'f32'))
/** Number of elements that are not NaN, in x's dtype. */
const countOf = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => total(cast(isNumber(x), x.dtype), axes, options)

/** Sum of what is not NaN. */
export const nansum: NanReduction = (x, axes, options) => total(withoutNan(x, 0), axes, options)

/** Product of what is not NaN. */
export const nanprod: NanReduction = (x, axes, options) => prod<Shape, Axes | undefined, boolean>(withoutNan(x, 1), axes, options)

/** Mean of what is not NaN. */
export const nanmean: NanReduction = (x, axes, options) => {
  const values = floating(x)
  return binary('divide', nansum(values, axes, options), countOf(values, axes, options))
}

/** Mean squared distance from the mean of what is not NaN. */
export const nanvar: NanReduction = (x, axes, options) => {
  const values = floating(x)
  const valid = isNumber(values)
  const centred = where(valid, binary('subtract', where(valid, values, 0), nanmean(values, axes, { keepDims: true })), 0)
  return binary('divide', total(binary('multiply', centred, centred), axes, options), countOf(values, axes, options))
}

/** Square root of {@link nanvar}. */
export const nanstd: NanReduction = (x, axes, options) => safeSqrt(nanvar(x, axes, options))

/** Largest element that is not NaN. */
export const nanmax: NanReduction = (x, axes, options) => {
  const result = max<Shape, Axes | undefined, boolean>(withoutNan(x, -Infinity), axes, options)
  return orNan(x, result, axes, options)
}

/** Smallest element that is not NaN. */
export const nanmin: NanReduction = (x, axes, options) => {
  const result = min<Shape, Axes | undefined, boolean>(withoutNan(x, Infinity), axes, options)
  return orNan(x, result, axes, options)
}

function orNan(x: Tensor, result: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return isFloat(x.dtype) ? where(anyNumber(x, axes, options), result, Number.NaN) : result
}

const anyNumber = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => max<Shape, Axes | undefined, boolean>(isNumber(x), axes, options)

/** A position that is looked for along one axis, or among all elements. */
type NanArgReduction = (x: Tensor, axis?: number, options?: ReduceOptions) => Tensor

/** Index (i32) of the largest element that is not NaN, the first of equals; −1 where there is none. */
export const nanargmax: NanArgReduction = (x, axis, options) =>
  orMissing(x, argmax<Shape, number | undefined, boolean>(withoutNan(x, -Infinity), axis, options), axis, options)

/** Index (i32) of the smallest element that is not NaN, the first of equals; −1 where there is none. */
export const nanargmin: NanArgReduction = (x, axis, options) =>
  orMissing(x, argmin<Shape, number | undefined, boolean>(withoutNan(x, Infinity), axis, options), axis, options)

function orMissing(x: Tensor, found: Tensor, axis: number | undefined, options?: ReduceOptions): Tensor {
  return isFloat(x.dtype) ? where(anyNumber(x, axis, options), found, -1) : found
}

/** Running sum in which NaN counts as 0; of all elements without an axis. */
export const nancumsum = (x: Tensor, axis?: number, options?: DTypeOption): Tensor => cumsum(withoutNan(x, 0), axis, options)

/** Running product in which NaN counts as 1; of all elements without an axis. */
export const nancumprod = (x: Tensor, axis?: number, options?: DTypeOption): Tensor => cumprod(withoutNan(x, 1), axis, options)
