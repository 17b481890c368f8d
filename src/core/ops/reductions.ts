// Reductions and scans along axes, and the stable softmax family that is made of them.

import type { Dims } from '../dimension.ts'
import { elementCount } from '../dimension.ts'
import { isFloat } from '../dtype.ts'
import { makeNode } from '../graph.ts'
import type { CumulativeFunction, ReduceFunction } from '../primitives.ts'
import { Tensor } from '../tensor.ts'
import { castNode, fillNode, normalizeAxes, normalizeAxis, reshapeNode } from './broadcast.ts'
import { abs, binary, compare, exp, log, sqrt, square, stopGradient, where } from './elementwise.ts'

/** One axis, several, or (when missing) all. */
export type Axes = number | readonly number[]
/** `keepDims` leaves reduced axes in place with size 1. */
export interface ReduceOptions {
  readonly keepDims?: boolean
}

const kept = (dims: Dims, axes: readonly number[]): Dims => dims.map((d, i) => (axes.includes(i) ? 1 : d))

function reduce(fn: ReduceFunction, x: Tensor, axes: Axes | undefined, options: ReduceOptions = {}): Tensor {
  const normal = normalizeAxes(fn, axes, x.dims)
  const arithmetic = fn === 'sum' || fn === 'prod'
  const small = x.dtype === 'bool' || x.dtype === 'i8' || x.dtype === 'u8'
  const source = arithmetic && small ? castNode(x.node, 'i32') : x.node
  const result = normal.length === 0 ? source : makeNode({ name: 'reduce', fn, axes: normal }, [source])
  return new Tensor(options.keepDims === true ? reshapeNode(result, kept(x.dims, normal)) : result)
}

/** Sum; bool and 8-bit integers add up as i32. */
export const sum = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => reduce('sum', x, axes, options)
export const max = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => reduce('max', x, axes, options)
export const min = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => reduce('min', x, axes, options)
export const prod = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => reduce('prod', x, axes, options)
/** Whether any element is true (not zero). */
export const any = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => reduce('max', new Tensor(castNode(x.node, 'bool')), axes, options)
/** Whether all elements are true (not zero). */
export const all = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => reduce('min', new Tensor(castNode(x.node, 'bool')), axes, options)

/** Mean; integers become f32. */
export function mean(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  const float = isFloat(x.dtype) ? x : new Tensor(castNode(x.node, 'f32'))
  const normal = normalizeAxes('mean', axes, x.dims)
  const count = elementCount(normal.map((a) => x.dims[a] ?? 1))
  const total = reduce('sum', float, normal, options)
  if (typeof count === 'number') return binary('multiply', total, 1 / count)
  return binary('divide', total, reduce('sum', new Tensor(fillNode(1, x.dims, float.dtype)), normal, options))
}

/** Mean squared distance from the mean; `correction` 1 divides by n − 1. */
export function variance(x: Tensor, axes?: Axes, options: ReduceOptions & { readonly correction?: number } = {}): Tensor {
  const normal = normalizeAxes('variance', axes, x.dims)
  const centred = binary('subtract', x, mean(x, normal, { keepDims: true }))
  const biased = mean(square(centred), normal, options)
  const correction = options.correction ?? 0
  if (correction === 0) return biased
  const count = elementCount(normal.map((a) => x.dims[a] ?? 1))
  return binary('multiply', biased, Number(count) / (Number(count) - correction))
}

/** Square root of the variance. */
export const std = (x: Tensor, axes?: Axes, options?: ReduceOptions & { readonly correction?: number }): Tensor => sqrt(variance(x, axes, options))

function argReduce(fn: 'max' | 'min', x: Tensor, axis: number, options: ReduceOptions): Tensor {
  const at = normalizeAxis(`arg${fn}`, axis, x.dims)
  const result = makeNode({ name: 'argReduce', fn, axis: at }, [x.node])
  return new Tensor(options.keepDims === true ? reshapeNode(result, kept(x.dims, [at])) : result)
}

/** Index (i32) of the largest element, the first of equals. */
export const argmax = (x: Tensor, axis = -1, options: ReduceOptions = {}): Tensor => argReduce('max', x, axis, options)
/** Index (i32) of the smallest element, the first of equals. */
export const argmin = (x: Tensor, axis = -1, options: ReduceOptions = {}): Tensor => argReduce('min', x, axis, options)

function cumulative(fn: CumulativeFunction, x: Tensor, axis: number, reverse: boolean): Tensor {
  const source = x.dtype === 'bool' ? castNode(x.node, 'i32') : x.node
  return new Tensor(makeNode({ name: 'cumulative', fn, axis: normalizeAxis('cumulative', axis, x.dims), reverse }, [source]))
}

/** Running sum along an axis; `reverse` runs from the end. */
export const cumsum = (x: Tensor, axis = -1, { reverse = false }: { readonly reverse?: boolean } = {}): Tensor => cumulative('sum', x, axis, reverse)
/** Running product along an axis; `reverse` runs from the end. */
export const cumprod = (x: Tensor, axis = -1, { reverse = false }: { readonly reverse?: boolean } = {}): Tensor => cumulative('prod', x, axis, reverse)

/** log Σ eˣ, with the maximum taken out first. */
export function logSumExp(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const normal = normalizeAxes('logSumExp', axes, x.dims)
  const highest = stopGradient(max(x, normal, { keepDims: true }))
  // All −∞ (or an ∞) must not become ∞ − ∞.
  const shift = where(compare('less', abs(highest), Infinity), highest, 0)
  const result = binary('add', log(sum(exp(binary('subtract', x, shift)), normal, { keepDims: true })), shift)
  return options.keepDims === true ? result : new Tensor(reshapeNode(result.node, x.dims.filter((_, i) => !normal.includes(i))))
}

/** eˣ / Σ eˣ along an axis. */
export function softmax(x: Tensor, axis = -1): Tensor {
  const e = exp(binary('subtract', x, stopGradient(max(x, axis, { keepDims: true }))))
  return binary('divide', e, sum(e, axis, { keepDims: true }))
}

/** x − log Σ eˣ along an axis. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const shifted = binary('subtract', x, stopGradient(max(x, axis, { keepDims: true })))
  return binary('subtract', shifted, log(sum(exp(shifted), axis, { keepDims: true })))
}
