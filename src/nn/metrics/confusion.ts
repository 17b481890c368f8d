// Counts of right and wrong decisions at several thresholds: what precision, recall, AUC and their kin are made of.

import {
  ceil,
  clip,
  cumsum,
  type Dims,
  iota,
  relu,
  reshape,
  scatterAdd,
  type Shape,
  ShapeError,
  showDims,
  slice,
  sum,
  type Tensor,
  tensor,
  topK,
  where,
} from '../../core/index.ts'
import { listOf, numberWithin, wrongOption } from '../options/option-checks.ts'
import { alignRanks, divideNoNan, maskedWeight, spread, type WeightOptions, weightsFor, withLastAxis, withoutLastAxis } from '../losses/weighting.ts'
import { grow, noSum, type RunningSum, currentSum } from './running-sum.ts'

/** Weighted counts, `[thresholds]` or `[thresholds, labels]`. */
export interface Counts {
  readonly truePositives: Tensor
  readonly falsePositives: Tensor
  readonly trueNegatives: Tensor
  readonly falseNegatives: Tensor
}

export type CountName = keyof Counts

/** Counts over an epoch. */
export type CountState = { readonly [N in CountName]: RunningSum }

/** What predictions have to exceed to count as positive. */
export interface Thresholds {
  readonly values: readonly number[]
  /** From 0 to 1 in equal steps, so that a prediction's place among them can be computed. */
  readonly even: boolean
  /** The first is below 0 and the last above 1 by a hair: predictions of 0 are above the first. */
  readonly beyondEnds: boolean
}

/** Below every prediction. */
const lowest = -1e10

const hair = 1e-7

/** Thresholds, from 0 to 1 in equal steps or not. */
export function thresholdsOf(values: readonly number[]): Thresholds {
  const last = values.length - 1
  const even = values.length >= 3 && values.every((value, i) => Math.abs(value - i / last) <= hair + 1e-5 * Math.abs(i / last))
  return { values, even, beyondEnds: (values[0] ?? 0) < 0 || (values[last] ?? 1) > 1 }
}

/** `count` thresholds from 0 to 1 in equal steps; the ends lie a hair outside where asked. */
export function evenThresholds(count: number, beyondEnds = false): Thresholds {
  const inner = Array.from({ length: count - 2 }, (_, i) => (i + 1) / (count - 1))
  const by = beyondEnds ? hair : 0
  return { values: [-by, ...inner, 1 + by], even: true, beyondEnds }
}

/** The thresholds of an option: one, several, or the default 0.5 (with `topK` everything that is among the k). */
export function givenThresholds(name: string, thresholds: number | readonly number[] | null, selects: boolean): readonly number[] {
  if (thresholds === null) return [selects ? lowest : 0.5]
  const list = typeof thresholds === 'number' ? [thresholds] : thresholds
  if (!Array.isArray(list) || list.length === 0) throw wrongOption(name, 'thresholds', 'a number or a list of them', thresholds)
  return [...listOf(name, 'thresholds', list, (threshold) => numberWithin(name, 'thresholds', threshold, { min: 0, max: 1 }))]
}

/** What to count. */
export interface CountOptions extends WeightOptions {
  readonly name: string
  readonly thresholds: Thresholds
  /** Only the k largest predictions of a row can be positive. */
  readonly topK?: number | undefined
  /** Only this class of the last axis. */
  readonly classId?: number | undefined
  /** Counts for each label of the last axis. */
  readonly perLabel?: boolean
  /** Weights of the labels of the last axis. */
  readonly labelWeights?: readonly number[] | undefined
}

/** Weighted counts of a batch of targets (not 0: positive) and predictions between 0 and 1, `[batch]` or `[batch, …, labels]`. */
export function countsOf(yTrue: Tensor, yPred: Tensor, options: CountOptions): Counts {
  const { name, thresholds, classId, perLabel = false, labelWeights } = options
  const [aligned, truth] = alignRanks(yPred.cast('f32'), yTrue)
  const weight = weightOf(truth, options)
  const kept = options.topK === undefined ? aligned : largest(aligned, options.topK)
  const [predictions, labels] = classId === undefined ? [kept, truth] : [classOf(name, kept, classId), classOf(name, truth, classId)]
  if (String(predictions.dims) !== String(labels.dims)) {
    throw new ShapeError(
      `${name}: expected targets of ${showDims(yPred.dims)} as the predictions, got ${showDims(yTrue.dims)}. Give one target each.`,
    )
  }
  const positive: Tensor = labels.cast('bool').cast('f32')
  const ones: Tensor = spread(weight === undefined ? tensor(1, []) : weightsFor(name, predictions.dims, weight), predictions.dims)
  const weights: Tensor = labelWeights === undefined ? ones : ones.multiply<Shape, Tensor>(tensor([...labelWeights]))
  const shape: Dims = perLabel ? predictions.dims : [-1]
  const flat = (x: Tensor): Tensor => reshape<Shape, Dims>(x, shape)
  const yes = flat(positive.multiply(weights))
  const no = flat(positive.negate().add(1).multiply(weights))
  const above = thresholds.even ? aboveEven : aboveEach
  const [truePositives, falsePositives] = [above(flat(predictions), yes, thresholds), above(flat(predictions), no, thresholds)]
  return {
    truePositives,
    falsePositives,
    trueNegatives: sum(no, 0).subtract<Shape, Tensor>(falsePositives),
    falseNegatives: sum(yes, 0).subtract<Shape, Tensor>(truePositives),
  }
}

/** Weights of the axes of targets: one for each sample, or for each element. */
function weightOf(truth: Tensor, { sampleWeight, mask }: WeightOptions): Tensor | undefined {
  const weight = maskedWeight({ sampleWeight: sampleWeight?.cast('f32'), mask })
  if (weight === undefined) return undefined
  const wide = withLastAxis(weight)
  return wide.rank === truth.rank + 1 ? withoutLastAxis(wide) : wide
}

/** Predictions with all but the k largest of each row below every threshold. */
function largest(predictions: Tensor, k: number): Tensor {
  const { indices } = topK(predictions, k)
  const classes = iota([...indices.dims, predictions.dims.at(-1) ?? 1], -1)
  const hit: Tensor = sum(classes.equal<Shape, Tensor>(withLastAxis(indices)), -2)
  return where(hit.greater(0), predictions, lowest)
}

function classOf(name: string, x: Tensor, classId: number): Tensor {
  const last = x.dims.at(-1)
  if (x.rank < 2 || (typeof last === 'number' && classId >= last)) {
    throw new ShapeError(`${name}: expected predictions [batch, …, classes] that have a class ${classId}, got ${showDims(x.dims)}. Change classId.`)
  }
  const at = (value: number): number[] => x.dims.map((_, i) => (i === x.rank - 1 ? value : 0))
  return slice<Shape, Shape, Dims>(x, at(classId), [...x.dims.slice(0, -1), 1])
}

/** For each threshold the sum of the values whose prediction exceeds it: as many comparisons as thresholds. */
function aboveEach(predictions: Tensor, values: Tensor, { values: thresholds }: Thresholds): Tensor {
  const column = predictions.dims.map(() => 1)
  const limits = tensor(Float32Array.from(thresholds), [thresholds.length, ...column])
  const exceeds = predictions.greater<Shape, Tensor>(limits)
  return sum<Shape, number>(where(exceeds, values, 0), 1)
}

/** The same for thresholds from 0 to 1 in equal steps: values are summed by the place of their prediction, and those sums from the end. */
function aboveEven(predictions: Tensor, values: Tensor, { values: thresholds, beyondEnds }: Thresholds): Tensor {
  const count = thresholds.length
  const place: Tensor = ceil(clip(predictions, 0, 1).multiply(count - 1)).subtract(1)
  const bucket = (beyondEnds ? relu(place) : place).cast('i32')
  return cumsum(predictions.rank === 1 ? scatterAdd(bucket, values, count) : perLabelSums(bucket, values, count), 0, { reverse: true })
}

/** Sums by bucket for each label of `[samples, labels]`: the labels' buckets lie one behind the other. */
function perLabelSums(bucket: Tensor, values: Tensor, count: number): Tensor {
  const labels = Number(bucket.dims[1])
  const place: Tensor = bucket.multiply(labels).add<Shape, Tensor>(iota(bucket.dims, 1))
  // A prediction of 0 is above no threshold: its bucket −1 must not be another label's.
  const own = where(bucket.less(0), -1, place)
  return reshape<Shape, Dims>(scatterAdd(reshape<Shape, Dims>(own, [-1]), reshape<Shape, Dims>(values, [-1]), count * labels), [count, labels])
}

/** No counts. */
export function noCounts(dims: readonly number[]): CountState {
  const none = (): RunningSum => noSum(dims, 'f32')
  return { truePositives: none(), falsePositives: none(), trueNegatives: none(), falseNegatives: none() }
}

/** Counts with those of a batch added to them. */
export function growCounts(state: CountState, counts: Counts): CountState {
  return {
    truePositives: grow(state.truePositives, counts.truePositives),
    falsePositives: grow(state.falsePositives, counts.falsePositives),
    trueNegatives: grow(state.trueNegatives, counts.trueNegatives),
    falseNegatives: grow(state.falseNegatives, counts.falseNegatives),
  }
}

/** The counts of an epoch as numbers. */
export function totalCounts(state: CountState): Counts {
  return {
    truePositives: currentSum(state.truePositives),
    falsePositives: currentSum(state.falsePositives),
    trueNegatives: currentSum(state.trueNegatives),
    falseNegatives: currentSum(state.falseNegatives),
  }
}

/** Shares of the counts; 0 where there is nothing to have a share of. */
export const precisionOf = ({ truePositives: hits, falsePositives }: Pick<Counts, 'truePositives' | 'falsePositives'>): Tensor =>
  divideNoNan(hits, hits.add<Shape, Tensor>(falsePositives))
export const recallOf = ({ truePositives: hits, falseNegatives }: Pick<Counts, 'truePositives' | 'falseNegatives'>): Tensor =>
  divideNoNan(hits, hits.add<Shape, Tensor>(falseNegatives))
export const specificityOf = ({ trueNegatives: hits, falsePositives }: Pick<Counts, 'trueNegatives' | 'falsePositives'>): Tensor =>
  divideNoNan(hits, hits.add<Shape, Tensor>(falsePositives))

/** The figure of the only threshold, or the figures of all. */
export const perThreshold = (figures: Tensor, { values }: Thresholds): Tensor => (values.length === 1 ? reshape<Shape, Dims>(figures, []) : figures)
