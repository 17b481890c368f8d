// Reductions and scans along axes, and the stable softmax family that is made of them.

import type { Dims } from '../dimension.ts'
import { elementCount } from '../dimension.ts'
import { isFloat } from '../dtype.ts'
import { makeNode } from '../graph.ts'
import type { CumulativeFunction, ReduceFunction } from '../primitives.ts'
import type { Fits, Reduce, Shape, Show, ShowAxes } from '../shape-types.ts'
import { Tensor } from '../tensor.ts'
import { castNode, fillNode, normalizeAxes, normalizeAxis, reshapeNode } from './broadcast.ts'
import { abs, binary, compare, exp, log, sqrt, square, stopGradient, where } from './elementwise.ts'

/** One axis, several, or (when missing) all. */
export type Axes = number | readonly number[]
/** `keepDims` leaves reduced axes in place with size 1. */
export interface ReduceOptions<K extends boolean = boolean> {
  readonly keepDims?: K
}
/** What variances are divided by: n − `correction`. Default 0. */
export interface CorrectionOption {
  readonly correction?: number
}
/** Axes of a shape, or a type that says which shape lacks them. */
export type ReducesAlong<Name extends string, S extends Shape, X extends Axes | undefined> = X &
  Fits<Reduce<S, X>, `${Name}: axes ${ShowAxes<X>} are not all axes of [${Show<S>}]`>
/** A function that takes axes out of a tensor. */
export type Reduction<Name extends string, Options = unknown> = <
  S extends Shape,
  const X extends Axes | undefined = undefined,
  const K extends boolean = false,
>(
  x: Tensor<S>,
  axes?: ReducesAlong<Name, S, X>,
  options?: ReduceOptions<K> & Options,
) => Tensor<Reduce<S, X, K>>
/** A function that takes one axis (default the last) out of a tensor. */
export type AxisReduction<Name extends string> = <S extends Shape, const X extends number = -1, const K extends boolean = false>(
  x: Tensor<S>,
  axis?: ReducesAlong<Name, S, X>,
  options?: ReduceOptions<K>,
) => Tensor<Reduce<S, X, K>>

const kept = (dims: Dims, axes: readonly number[]): Dims => dims.map((d, i) => (axes.includes(i) ? 1 : d))

function reduce<R extends Shape>(fn: ReduceFunction, x: Tensor, axes: Axes | undefined, options: ReduceOptions = {}): Tensor<R> {
  const normal = normalizeAxes(fn, axes, x.dims)
  const arithmetic = fn === 'sum' || fn === 'prod'
  const small = x.dtype === 'bool' || x.dtype === 'i8' || x.dtype === 'u8'
  const source = arithmetic && small ? castNode(x.node, 'i32') : x.node
  const result = normal.length === 0 ? source : makeNode({ name: 'reduce', fn, axes: normal }, [source])
  return new Tensor<R>(options.keepDims === true ? reshapeNode(result, kept(x.dims, normal)) : result)
}

/** Sum; bool and 8-bit integers add up as i32. */
export const sum: Reduction<'sum'> = (x, axes, options) => reduce('sum', x, axes, options)
export const max: Reduction<'max'> = (x, axes, options) => reduce('max', x, axes, options)
export const min: Reduction<'min'> = (x, axes, options) => reduce('min', x, axes, options)
export const prod: Reduction<'prod'> = (x, axes, options) => reduce('prod', x, axes, options)
/** Whether any element is true (not zero). */
export const any: Reduction<'any'> = (x, axes, options) => reduce('max', new Tensor(castNode(x.node, 'bool')), axes, options)
/** Whether all elements are true (not zero). */
export const all: Reduction<'all'> = (x, axes, options) => reduce('min', new Tensor(castNode(x.node, 'bool')), axes, options)

/** Mean; integers become f32. */
export const mean: Reduction<'mean'> = (x, axes, options) => meanOf(x, axes, options)

function meanOf<R extends Shape>(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor<R> {
  const float = isFloat(x.dtype) ? x : new Tensor(castNode(x.node, 'f32'))
  const normal = normalizeAxes('mean', axes, x.dims)
  const count = elementCount(normal.map((a) => x.dims[a] ?? 1))
  const total = reduce('sum', float, normal, options)
  if (typeof count === 'number') return binary('multiply', total, 1 / count)
  return binary('divide', total, reduce('sum', new Tensor(fillNode(1, x.dims, float.dtype)), normal, options))
}

/** Mean squared distance from the mean; `correction` 1 divides by n − 1. */
export const variance: Reduction<'variance', CorrectionOption> = (x, axes, options) => varianceOf(x, axes, options)

function varianceOf<R extends Shape>(x: Tensor, axes?: Axes, options: ReduceOptions & CorrectionOption = {}): Tensor<R> {
  const normal = normalizeAxes('variance', axes, x.dims)
  const centred = binary('subtract', x, meanOf(x, normal, { keepDims: true }))
  const biased = meanOf<R>(square(centred), normal, options)
  const correction = options.correction ?? 0
  if (correction === 0) return biased
  const count = elementCount(normal.map((a) => x.dims[a] ?? 1))
  return binary('multiply', biased, Number(count) / (Number(count) - correction))
}

/** Square root of the variance. Where that is 0 the slope of the root is infinite, and the gradient, as PyTorch's and Keras's on it, 0. */
export const std: Reduction<'std', CorrectionOption> = (x, axes, options) => stdOf(x, axes, options)

function stdOf<R extends Shape>(x: Tensor, axes?: Axes, options?: ReduceOptions & CorrectionOption): Tensor<R> {
  const squares = varianceOf<R>(x, axes, options)
  const constant = compare('equal', squares, 0)
  return new Tensor<R>(where(constant, 0, sqrt(where(constant, 1, squares))).node)
}

function argReduce<R extends Shape>(fn: 'max' | 'min', x: Tensor, axis = -1, options: ReduceOptions = {}): Tensor<R> {
  const at = normalizeAxis(`arg${fn}`, axis, x.dims)
  const result = makeNode({ name: 'argReduce', fn, axis: at }, [x.node])
  return new Tensor<R>(options.keepDims === true ? reshapeNode(result, kept(x.dims, [at])) : result)
}

/** Index (i32) of the largest element, the first of equals. */
export const argmax: AxisReduction<'argmax'> = (x, axis, options) => argReduce('max', x, axis, options)
/** Index (i32) of the smallest element, the first of equals. */
export const argmin: AxisReduction<'argmin'> = (x, axis, options) => argReduce('min', x, axis, options)

function cumulative<S extends Shape>(fn: CumulativeFunction, x: Tensor<S>, axis: number, reverse: boolean): Tensor<S> {
  const source = x.dtype === 'bool' ? castNode(x.node, 'i32') : x.node
  return new Tensor<S>(makeNode({ name: 'cumulative', fn, axis: normalizeAxis('cumulative', axis, x.dims), reverse }, [source]))
}

/** Running sum along an axis; `reverse` runs from the end. */
export const cumsum = <S extends Shape>(x: Tensor<S>, axis = -1, { reverse = false }: { readonly reverse?: boolean } = {}): Tensor<S> =>
  cumulative('sum', x, axis, reverse)
/** Running product along an axis; `reverse` runs from the end. */
export const cumprod = <S extends Shape>(x: Tensor<S>, axis = -1, { reverse = false }: { readonly reverse?: boolean } = {}): Tensor<S> =>
  cumulative('prod', x, axis, reverse)

/** log Σ eˣ, with the maximum taken out first. */
export const logSumExp: Reduction<'logSumExp'> = (x, axes, options) => logSumExpOf(x, axes, options)

function logSumExpOf<R extends Shape>(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor<R> {
  const normal = normalizeAxes('logSumExp', axes, x.dims)
  const highest = stopGradient(reduce('max', x, normal, { keepDims: true }))
  // All −∞ (or an ∞) must not become ∞ − ∞.
  const shift = where(compare('less', abs(highest), Infinity), highest, 0)
  const result = binary('add', log(reduce('sum', exp(binary('subtract', x, shift)), normal, { keepDims: true })), shift)
  return new Tensor<R>(
    options.keepDims === true
      ? result.node
      : reshapeNode(
          result.node,
          x.dims.filter((_, i) => !normal.includes(i)),
        ),
  )
}

/** eˣ / Σ eˣ along an axis. */
export function softmax<S extends Shape>(x: Tensor<S>, axis = -1): Tensor<S> {
  const e = exp(binary('subtract', x, stopGradient(reduce('max', x, axis, { keepDims: true }))))
  return binary('divide', e, reduce('sum', e, axis, { keepDims: true }))
}

/** x − log Σ eˣ along an axis. */
export function logSoftmax<S extends Shape>(x: Tensor<S>, axis = -1): Tensor<S> {
  const shifted = binary('subtract', x, stopGradient(reduce('max', x, axis, { keepDims: true })))
  return binary('subtract', shifted, log(reduce('sum', exp(shifted), axis, { keepDims: true })))
}
