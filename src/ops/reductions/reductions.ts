// Reductions along axes under Keras's names. Without axes everything is reduced; `keepDims` leaves the reduced axes with size 1.

import {
  type Axes,
  argmax as argmaxAlong,
  argmin as argminAlong,
  asTensor,
  type AxisReduction,
  binary,
  cast,
  compare,
  cumprod as cumprodAlong,
  cumsum as cumsumAlong,
  type Dims,
  type DType,
  type DTypeOption,
  iota,
  isFloat,
  max as maxOf,
  mean,
  min as minOf,
  normalizeAxes,
  normalizeAxis,
  prod as prodOf,
  type Reduce,
  type ReduceOptions,
  type ReducesAlong,
  type Reduction,
  reshape,
  type Shape,
  ShapeError,
  showDims,
  sqrt,
  sum,
  Tensor,
  variance,
  where,
} from '../../core/index.ts'
import { flattened } from '../indexing/positions.ts'

export { all, any, logSumExp as logsumexp, mean, sum, variance as var } from '../../core/index.ts'

/** Option of {@link max} and {@link min}. */
export interface InitialOption {
  /** A value that takes part beside the elements. */
  readonly initial?: number
}

/** Largest element. */
export const max: Reduction<'max', InitialOption> = (x, axes, options) => withInitial('maximum', maxOf(x, axes, options), options?.initial)
/** Smallest element. */
export const min: Reduction<'min', InitialOption> = (x, axes, options) => withInitial('minimum', minOf(x, axes, options), options?.initial)
export { max as amax, min as amin }

function withInitial<R extends Shape>(fn: 'maximum' | 'minimum', result: Tensor<R>, initial: number | undefined): Tensor<R> {
  return initial === undefined ? result : binary<R>(fn, result, asTensor(initial, result.dtype))
}

/** Product; bool and 8-bit integers multiply as i32 unless `dtype` says otherwise. */
export const prod: Reduction<'prod', DTypeOption> = (x, axes, options) =>
  withDType(prodOf(options?.dtype === undefined ? x : cast(x, options.dtype), axes, options), options?.dtype)

function withDType<R extends Shape>(x: Tensor<R>, dtype: DType | undefined): Tensor<R> {
  return dtype === undefined ? x : cast(x, dtype)
}

/** Square root of the variance; its slope is 0 where all elements are equal. */
export const std: Reduction<'std'> = (x, axes, options) => stdOf(x, axes, options)

function stdOf<R extends Shape>(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor<R> {
  return new Tensor<R>(safeSqrt(variance<Shape, Axes | undefined, boolean>(x, axes, options)).node)
}

/** √x whose slope at 0 is 0, not ∞. */
export function safeSqrt<S extends Shape>(x: Tensor<S>): Tensor<S> {
  const zero = compare('equal', x, 0)
  return new Tensor<S>(where(zero, 0, sqrt(where(zero, 1, x))).node)
}

/** Largest minus smallest element. */
export const ptp: Reduction<'ptp'> = (x, axes, options) => rangeOf(x, axes, options)

function rangeOf<R extends Shape>(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor<R> {
  const [highest, lowest] = [maxOf, minOf].map((fn) => fn<Shape, Axes | undefined, boolean>(x, axes, options))
  return binary<R>('subtract', highest ?? x, lowest ?? x)
}

/** An index that is looked for along one axis or, without it, among all elements in row-major order. */
export type ArgReduction<Name extends string> = <S extends Shape, const X extends number | undefined = undefined, const K extends boolean = false>(
  x: Tensor<S>,
  axis?: ReducesAlong<Name, S, X>,
  options?: ReduceOptions<K>,
) => Tensor<Reduce<S, X, K>>

/** Index (i32) of the largest element, the first of equals. */
export const argmax: ArgReduction<'argmax'> = (x, axis, options) => argReduce(argmaxAlong, x, axis, options)
/** Index (i32) of the smallest element, the first of equals. */
export const argmin: ArgReduction<'argmin'> = (x, axis, options) => argReduce(argminAlong, x, axis, options)

function argReduce<R extends Shape>(fn: AxisReduction<string>, x: Tensor, axis: number | undefined, options: ReduceOptions = {}): Tensor<R> {
  const ordered = x.dtype === 'bool' ? cast(x, 'i32') : x
  if (axis !== undefined) return new Tensor<R>(fn<Shape, number, boolean>(ordered, axis, options).node)
  const found = fn<Shape, number>(flattened(ordered), 0)
  const ones: Dims = options.keepDims === true ? x.dims.map(() => 1) : []
  return new Tensor<R>(reshape<Shape, Dims>(found, ones).node)
}

/** Number (i32) of elements that are not zero. */
export function countNonzero<S extends Shape, const X extends Axes | undefined = undefined>(
  x: Tensor<S>,
  axes?: ReducesAlong<'sum', S, X>,
): Tensor<Reduce<S, X>> {
  return sum<S, X>(cast(compare<S>('notEqual', x, 0), 'i32'), axes)
}

/** Options of {@link average}. */
export interface AverageOptions {
  /** Of the shape of x, or one for each element of the one axis that is reduced. Default: all equal. */
  readonly weights?: Tensor
}

/** Weighted mean, Σ w x / Σ w. @throws ShapeError where the weights are neither of x's shape nor of the reduced axis's size. */
export function average(x: Tensor, axes?: Axes, { weights }: AverageOptions = {}): Tensor {
  if (weights === undefined) return mean<Shape, Axes | undefined>(x, axes)
  const w = binary('multiply', fullWeights(x, axes, weights), isFloat(weights.dtype) || isFloat(x.dtype) ? 1 : asTensor(1))
  const total = sum<Shape, Axes | undefined>(binary('multiply', x, w), axes)
  return binary('divide', total, sum<Shape, Axes | undefined>(w, axes))
}

function fullWeights(x: Tensor, axes: Axes | undefined, weights: Tensor): Tensor {
  if (weights.rank === x.rank) return weights.broadcastTo<Shape, Dims>(x.dims)
  const [axis, ...others] = normalizeAxes('average', axes, x.dims)
  if (weights.rank !== 1 || axis === undefined || others.length > 0) {
    throw new ShapeError(
      `average: expected weights of ${showDims(x.dims)}, or one for each element of one axis, got ${showDims(weights.dims)}. Broadcast them first.`,
    )
  }
  const shape: Dims = x.dims.map((_, i) => (i === axis ? (weights.dims[0] ?? 1) : 1))
  return reshape<Shape, Dims>(weights, shape).broadcastTo<Shape, Dims>(x.dims)
}

/** `[mean, variance]` along axes, the variance divided by the number of elements. f16 and bf16 are summed as f32. */
export function moments(x: Tensor, axes: Axes, options: ReduceOptions = {}): [mean: Tensor, variance: Tensor] {
  const wide: Tensor = x.dtype === 'f16' || x.dtype === 'bf16' ? cast(x, 'f32') : x
  const parts = [mean<Shape, Axes, boolean>(wide, axes, options), variance<Shape, Axes, boolean>(wide, axes, options)] as const
  return wide === x ? [...parts] : [cast(parts[0], x.dtype), cast(parts[1], x.dtype)]
}

/** Running sum along an axis, or of all elements in row-major order without one. */
export function cumsum(x: Tensor, axis?: number, { dtype }: DTypeOption = {}): Tensor {
  return cumulative(cumsumAlong, x, axis, dtype)
}

/** Running product along an axis, or of all elements in row-major order without one. */
export function cumprod(x: Tensor, axis?: number, { dtype }: DTypeOption = {}): Tensor {
  return cumulative(cumprodAlong, x, axis, dtype)
}

function cumulative(fn: (x: Tensor, axis: number) => Tensor, x: Tensor, axis: number | undefined, dtype: DType | undefined): Tensor {
  const typed = dtype === undefined ? x : cast(x, dtype)
  return axis === undefined ? fn(flattened(typed), 0) : fn(typed, axis)
}

/** Options of {@link trace}. */
export interface TraceOptions {
  /** Which diagonal: above the main one where positive. Default 0. */
  readonly offset?: number
  /** Axis of the rows. Default 0. */
  readonly axis1?: number
  /** Axis of the columns. Default 1. */
  readonly axis2?: number
}

/** Sum of a diagonal of two axes, which disappear. */
export function trace(x: Tensor, { offset = 0, axis1 = 0, axis2 = 1 }: TraceOptions = {}): Tensor {
  const [rows, columns] = [normalizeAxis('trace', axis1, x.dims), normalizeAxis('trace', axis2, x.dims)]
  if (rows === columns) throw new ShapeError(`trace: expected two different axes, got ${axis1} and ${axis2} of ${showDims(x.dims)}. Choose another.`)
  return sum<Shape, readonly number[]>(where(diagonalMask(x.dims, rows, columns, offset), x, 0), [rows, columns])
}

function diagonalMask(dims: Dims, rows: number, columns: number, offset: number): Tensor {
  return compare('equal', binary('subtract', iota(dims, columns), iota(dims, rows)), offset)
}
