// Weights and masks on values of samples, and what remains of them: what losses and metrics share.

import {
  broadcastTo,
  type Dim,
  type Dims,
  divide,
  expandDims,
  mean,
  ones,
  type Operand,
  type Shape,
  ShapeError,
  sameDim,
  showDims,
  squeeze,
  sum,
  Tensor,
  where,
} from '../../core/index.ts'

/** How the values of samples become a loss. */
export type Reduction = 'sumOverBatchSize' | 'sum' | 'mean' | 'meanWithSampleWeight' | 'none'

/** All reductions. */
export const reductions = ['sumOverBatchSize', 'sum', 'mean', 'meanWithSampleWeight', 'none'] as const

/** What samples count for. */
export interface WeightOptions {
  /** A weight for each sample, or for each step of it. */
  readonly sampleWeight?: Tensor | undefined
  /** True (not zero) where a sample or step counts. */
  readonly mask?: Tensor | undefined
}

/**
 * Two tensors of one rank where that takes only a last axis of size 1: it is added to the other where that has rank 1, and taken away otherwise (as
 * Keras does).
 */
export function alignRanks(a: Tensor, b: Tensor, expandRank1 = true): readonly [Tensor, Tensor] {
  if (a.rank === b.rank + 1 && a.dims.at(-1) === 1) return b.rank === 1 && expandRank1 ? [a, withLastAxis(b)] : [withoutLastAxis(a), b]
  if (b.rank === a.rank + 1 && b.dims.at(-1) === 1) return a.rank === 1 && expandRank1 ? [withLastAxis(a), b] : [a, withoutLastAxis(b)]
  return [a, b]
}

/** `[…]` as `[…, 1]`. */
export const withLastAxis = (x: Tensor): Tensor => expandDims<Shape, number>(x, -1)
/** `[…, 1]` as `[…]`. */
export const withoutLastAxis = (x: Tensor): Tensor => squeeze<Shape, number>(x, -1)

/** Number of elements of some axes; computed where one is known only when a program runs. */
export function countOf(dims: Dims): Operand {
  let count = 1
  for (const size of dims) {
    if (typeof size !== 'number') return sum(ones(dims))
    count *= size
  }
  return count
}

/** x / y, and 0 where y is 0. */
export function divideNoNan(x: Operand, y: Tensor): Tensor {
  const empty: Tensor = y.equal(0)
  return where(empty, 0, divide<Operand, Tensor>(x, where(empty, 1, y)))
}

/** Weights with axes of size 1 behind them, so that they broadcast with `values`; a ShapeError where they do not belong to them. */
export function weightsFor(name: string, values: Dims, weights: Tensor): Tensor {
  const fits = weights.rank <= values.length && weights.dims.every((size, i) => size === 1 || sameDim(size, values[i] ?? 1))
  if (!fits) {
    throw new ShapeError(
      `${name}: expected a weight for each of ${showDims(values)} values (or for each of their leading axes), got weights of ${showDims(weights.dims)}. ` +
        'Give one weight per sample.',
    )
  }
  const missing: Dim[] = values.slice(weights.rank).map(() => 1)
  return missing.length === 0 ? weights : weights.reshape<Shape, Dims>([...weights.dims, ...missing])
}

/** Sample weights times a mask; undefined where neither is given. */
export function maskedWeight({ sampleWeight, mask }: WeightOptions): Tensor | undefined {
  if (mask === undefined) return sampleWeight
  const dtype = sampleWeight === undefined ? 'f32' : sampleWeight.dtype
  const counts: Tensor = mask.cast('bool').cast(dtype)
  if (sampleWeight === undefined) return counts
  const [m, w] = alignRanks(counts, sampleWeight)
  const [longer, shorter] = m.rank >= w.rank ? [m, w] : [w, m]
  return longer.multiply<Shape, Tensor>(weightsFor('mask', longer.dims, shorter))
}

/** What a loss makes of the values of its samples. */
export interface ReduceOptions extends WeightOptions {
  /** Who asks, for errors. */
  readonly name: string
  readonly reduction: Reduction
}

/**
 * The values of samples as one number: with weights w, Σ w·v / count for 'sumOverBatchSize' and 'mean', Σ w·v / Σ w for
 * 'meanWithSampleWeight', Σ w·v for 'sum', w·v for 'none'. What a mask leaves out does not belong to the count.
 */
export function reduceWeighted(values: Tensor, { name, reduction, sampleWeight, mask }: ReduceOptions): Tensor {
  const averages = reduction === 'mean' || reduction === 'sumOverBatchSize'
  const weight = maskedWeight({ sampleWeight: sampleWeight?.cast(values.dtype), mask })?.cast(values.dtype)
  if (weight === undefined) return averages || reduction === 'meanWithSampleWeight' ? meanOf(values) : reduction === 'sum' ? sum(values) : values
  const [v, w] = alignRanks(values, weight)
  const weighted: Tensor = v.multiply<Shape, Tensor>(weightsFor(name, v.dims, w))
  if (reduction === 'none' || weighted.rank === 0) return weighted
  const total: Tensor = sum(weighted)
  if (reduction === 'sum') return total
  if (reduction === 'meanWithSampleWeight') return divideNoNan(total, sum(w))
  const count = countOf(weighted.dims)
  if (mask === undefined) return divide<Tensor, Operand>(total, count)
  // Masked steps are outside the count: the mean is over those that remain, as many of all as the mask lets through.
  const remaining: Tensor = sum(mask.cast('bool').cast(values.dtype))
  return divideNoNan(divide<Tensor, Operand>(total.multiply<Shape, Operand>(countOf(mask.dims)), count), remaining)
}

const meanOf = (values: Tensor): Tensor => (values.rank === 0 ? values : mean(values))

/** Weights repeated to a shape. */
export const spread = (weights: Tensor, dims: Dims): Tensor => broadcastTo<Shape, Dims>(weights, dims)
