// Activation functions as Keras's `ops` has them: elementwise formulas, and the few that look along an axis. Where a formula has a corner, its
// slope there is PyTorch's.

import {
  abs,
  binary,
  cast,
  clip,
  compare,
  ConfigError,
  erf,
  exp,
  expm1,
  isFloat,
  max,
  negate,
  normalizeAxis,
  type Shape,
  ShapeError,
  sigmoid as sigmoidOf,
  softmax as softmaxAlong,
  softplus as softplusOf,
  sort,
  split,
  sqrt,
  square,
  staticDim,
  stopGradient,
  sum,
  tanh,
  Tensor,
  where,
  logSoftmax as logSoftmaxAlong,
  type Operand,
} from '../../core/index.ts'
import { along } from '../indexing/positions.ts'

export { relu, sigmoid, softplus } from '../../core/index.ts'

/** `where` that keeps the shape's type. */
const pick = <S extends Shape>(condition: Tensor, whenTrue: Operand, whenFalse: Operand): Tensor<S> =>
  new Tensor<S>(where(condition, whenTrue, whenFalse).node)
const floating = <S extends Shape>(x: Tensor<S>): Tensor<S> => (isFloat(x.dtype) ? x : cast(x, 'f32'))

function checkNumber(where: string, option: string, value: number, allowed: string, holds: (value: number) => boolean): void {
  if (!holds(value)) throw new ConfigError(`${where}: expected ${option} to be ${allowed}, got ${value}. Choose another number.`)
}
const atLeastZero = (value: number): boolean => value >= 0

/** Constants of self-normalising networks (Klambauer et al. 2017, §2). */
const seluAlpha = 1.6732632423543772
const seluScale = 1.0507009873554805

/** Option of {@link elu} and {@link celu}. */
export interface AlphaOption {
  /** What −alpha bounds the result by from below. Default 1. */
  readonly alpha?: number
}

/** x where it is positive, alpha (eˣ − 1) elsewhere (Clevert et al. 2016). */
export function elu<S extends Shape>(x: Tensor<S>, { alpha = 1 }: AlphaOption = {}): Tensor<S> {
  const positive = compare('greater', x, 0)
  return pick<S>(positive, x, binary('multiply', expm1(pick<S>(positive, 0, floating(x))), alpha))
}

/** max(x, 0) + min(0, alpha (e^(x/alpha) − 1)) (Barron 2017). @throws ConfigError where alpha is 0. */
export function celu<S extends Shape>(x: Tensor<S>, { alpha = 1 }: AlphaOption = {}): Tensor<S> {
  checkNumber('celu', 'alpha', alpha, 'a number other than 0', (value) => value !== 0)
  const positive = compare('greater', x, 0)
  return pick<S>(positive, x, binary('multiply', expm1(binary('divide', pick<S>(positive, 0, floating(x)), alpha)), alpha))
}

/** 1.0507 elu(x) with alpha 1.6733 (Klambauer et al. 2017). */
export function selu<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return binary<S>('multiply', elu(x, { alpha: seluAlpha }), seluScale)
}

/** x · Φ(x) (Hendrycks & Gimpel 2016): with erf, or by default the form ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
export function gelu<S extends Shape>(x: Tensor<S>, { approximate = true }: { readonly approximate?: boolean } = {}): Tensor<S> {
  const half = binary<S>('multiply', floating(x), 0.5)
  if (!approximate) return binary<S>('multiply', half, binary('add', erf(binary<S>('multiply', x, Math.SQRT1_2)), 1))
  const cubic = binary<S>('add', x, binary('multiply', binary('multiply', square(x), x), 0.044715))
  return binary<S>('multiply', half, binary('add', tanh(binary<S>('multiply', cubic, Math.sqrt(2 / Math.PI))), 1))
}

/** Gated linear unit, a · sigmoid(b) of the halves a and b of an axis, `[…, 2 n]` to `[…, n]` (Dauphin et al. 2017). @throws ShapeError where the axis is odd. */
export function glu(x: Tensor, axis = -1): Tensor {
  const size = staticDim(x.dims[normalizeAxis('glu', axis, x.dims)] ?? 0, 'glu')
  if (size % 2 !== 0)
    throw new ShapeError(`glu: expected an even size on axis ${axis}, got ${size} in ${x.toString()}. Make the layer before twice as wide.`)
  const [value, gate] = split(floating(x), 2, axis)
  return value === undefined || gate === undefined ? x : binary('multiply', value, sigmoidOf(gate))
}

/** 0 where |x| ≤ threshold, x elsewhere. */
export function hardShrink<S extends Shape>(x: Tensor<S>, { threshold: limit = 0.5 }: { readonly threshold?: number } = {}): Tensor<S> {
  checkNumber('hardShrink', 'threshold', limit, 'at least 0', atLeastZero)
  return pick<S>(compare('lessEqual', abs(x), limit), 0, x)
}

/** relu6(x + 3) / 6: a sigmoid of straight lines. */
export function hardSigmoid<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return binary<S>('multiply', relu6(binary<S>('add', floating(x), 3)), 1 / 6)
}

/** x · hardSigmoid(x), also called hard swish (Howard et al. 2019). */
export function hardSilu<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return binary<S>('multiply', x, hardSigmoid(x))
}

/** x kept within [−1, 1]. */
export function hardTanh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return clip(x, -1, 1)
}

/** x where it is positive, negativeSlope · x elsewhere; the slope is 0.2 by default. */
export function leakyRelu<S extends Shape>(x: Tensor<S>, { negativeSlope = 0.2 }: { readonly negativeSlope?: number } = {}): Tensor<S> {
  return pick<S>(compare('greater', x, 0), x, binary('multiply', x, negativeSlope))
}

/** log sigmoid(x), as −softplus(−x). */
export function logSigmoid<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return negate(softplusOf(negate(x)))
}

/** x kept within [0, 6]. */
export function relu6<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return clip(x, 0, 6)
}

/** x · sigmoid(x), also called swish (Elfwing et al. 2018). */
export function silu<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return binary<S>('multiply', x, sigmoidOf(x))
}

/** x moved towards 0 by threshold, and 0 within it. */
export function softShrink<S extends Shape>(x: Tensor<S>, { threshold: limit = 0.5 }: { readonly threshold?: number } = {}): Tensor<S> {
  checkNumber('softShrink', 'threshold', limit, 'at least 0', atLeastZero)
  const below = pick(compare('less', x, -limit), binary('add', x, limit), 0)
  return pick<S>(compare('greater', x, limit), binary('subtract', x, limit), below)
}

/** x / (1 + |x|). */
export function softsign<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return binary<S>('divide', x, binary('add', abs(x), 1))
}

/** 0 up to −1, ¼ (x + 1)² up to 1, x beyond. */
export function sparsePlus<S extends Shape>(x: Tensor<S>): Tensor<S> {
  const middle = binary('multiply', square(binary('add', floating(x), 1)), 0.25)
  return pick<S>(compare('lessEqual', x, -1), 0, pick(compare('less', x, 1), middle, x))
}

/** ½ (x + 1), kept within [0, 1]. */
export function sparseSigmoid<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return clip(binary<S>('multiply', binary('add', floating(x), 1), 0.5), 0, 1)
}

/** (x + √(x² + b)) / 2, smooth without an exponential (Barron 2021). */
export function squareplus<S extends Shape>(x: Tensor<S>, { b = 4 }: { readonly b?: number } = {}): Tensor<S> {
  checkNumber('squareplus', 'b', b, 'at least 0', atLeastZero)
  return binary<S>('multiply', binary('add', x, sqrt(binary('add', square(floating(x)), b))), 0.5)
}

/** x − tanh(x). */
export function tanhShrink<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return binary<S>('subtract', x, tanh(x))
}

/** What {@link threshold} compares with and puts in place. */
export interface ThresholdOptions {
  readonly threshold: number
  readonly defaultValue: number
}

/** x where it is above `threshold`, `defaultValue` elsewhere. */
export function threshold<S extends Shape>(x: Tensor<S>, options: ThresholdOptions): Tensor<S> {
  return pick<S>(compare('greater', x, options.threshold), x, options.defaultValue)
}

/** One axis or several, or `null` for all together. */
export type SoftmaxAxes = number | readonly number[] | null

/** eˣ / Σ eˣ, the sum along one axis (the last by default), several, or all (`null`). */
export function softmax<S extends Shape>(x: Tensor<S>, axis: SoftmaxAxes = -1): Tensor<S> {
  if (typeof axis === 'number') return softmaxAlong(floating(x), axis)
  const e = exp(belowMaximum(floating(x), axis))
  return binary<S>('divide', e, sum<Shape, number[], true>(e, axesOf(x, axis), { keepDims: true }))
}

/** log softmax(x): x − log Σ eˣ, the sum along one axis (the last by default), several, or all (`null`). */
export function logSoftmax<S extends Shape>(x: Tensor<S>, axis: SoftmaxAxes = -1): Tensor<S> {
  if (typeof axis === 'number') return logSoftmaxAlong(floating(x), axis)
  const shifted = belowMaximum(floating(x), axis)
  return binary<S>('subtract', shifted, sum<Shape, number[], true>(exp(shifted), axesOf(x, axis), { keepDims: true }).log())
}

const axesOf = (x: Tensor, axis: Exclude<SoftmaxAxes, number>): number[] => (axis === null ? [...x.dims.keys()] : [...axis])

function belowMaximum(x: Tensor, axis: Exclude<SoftmaxAxes, number>): Tensor {
  return binary('subtract', x, stopGradient<Shape>(max<Shape, number[], true>(x, axesOf(x, axis), { keepDims: true })))
}

/**
 * The point of the probability simplex that is nearest to x along an axis: as softmax, but with zeros (Martins & Astudillo 2016). Keras 3.15's own
 * does not sum to 1 where several elements have a share; this one follows the paper.
 */
export function sparsemax<S extends Shape>(x: Tensor<S>, axis = -1): Tensor<S> {
  const at = normalizeAxis('sparsemax', axis, x.dims)
  const scores: Tensor = floating(x)
  const sorted = sort(stopGradient<Shape>(scores), at, { descending: true })
  const rank: Tensor = along(x.dims.length, at, staticDim(x.dims[at] ?? 1, 'sparsemax'))
    .cast(scores.dtype)
    .add(1)
  // Sorted element k is in the support where 1 + k z(k) is above the sum of the first k.
  const inside = compare('greater', binary('add', binary('multiply', rank, sorted), 1), sorted.cumsum(at))
  const smallest: Tensor = where(inside, sorted, Infinity).min<Shape, number, true>(at, { keepDims: true })
  // The support is a constant of the gradient, the threshold of it is not.
  const support = compare('greaterEqual', stopGradient<Shape>(scores), smallest)
  const count = sum<Shape, number, true>(support.cast(scores.dtype), at, { keepDims: true })
  const total = sum<Shape, number, true>(where(support, scores, 0), at, { keepDims: true })
  return pick<S>(support, binary('subtract', scores, binary('divide', binary('subtract', total, 1), count)), 0)
}
