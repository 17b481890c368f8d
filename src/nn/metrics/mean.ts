// Means and sums of values over an epoch, weighted by samples, and the metrics that are means of a function.

import {
  type Axes,
  type DType,
  divide,
  full,
  isFloat,
  mean,
  numbersOf,
  type Operand,
  reshape,
  type Shape,
  slice,
  stack,
  sum,
  type Tensor,
} from '../../core/index.ts'
import { wrongOption } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import type { LossFunction } from '../losses/loss.ts'
import { alignRanks, countOf, divideNoNan, maskedWeight, spread, type WeightOptions, weightsFor } from '../losses/weighting.ts'
import { maskOf } from '../layer/masks.ts'
import type { Parameter } from '../layer/parameter.ts'
import { asTensor, type TrainingData } from '../feeding/training-data.ts'
import type { Config } from '../saving/serialized.ts'
import { Accumulator, Metric, type MetricOptions, type WeightData, weightTensors } from './metric.ts'
import { currentSum, grow, noSum, type RunningSum } from './running-sum.ts'

/**
 * What a mean remembers, each `[2]`: the weighted sum of the values of samples beside the sum of the weights, and what rounding has taken from the two.
 * Of one shape, so that each is written over the one before: a result with a new buffer costs a short step more than a tensor that it takes and gives.
 */
export type MeanState = RunningSum

/** A mean of nothing. */
const noMean = (dtype: DType): MeanState => noSum([2], dtype)

const total = (x: Tensor, axes?: Axes): Tensor => sum<readonly number[], Axes | undefined>(x, axes)
const scaled = (x: Tensor, by: Operand): Tensor => (by === 1 ? x : typeof by === 'number' ? x.multiply(1 / by) : divide<Tensor, Tensor>(x, by))
const axesFrom = (first: number, { rank }: Tensor): number[] => Array.from({ length: rank - first }, (_, i) => first + i)

/** Values of samples `[batch, …]` as sums over the batch of their means per sample: of weighted values, and of the weights. */
function sampleSums(name: string, values: Tensor, weight: Tensor | undefined): { readonly sum: Tensor; readonly count: Operand } {
  if (weight === undefined)
    return { sum: scaled(asFloats(total(countable(values))), countOf(values.dims.slice(1))), count: countOf(values.dims.slice(0, 1)) }
  const [aligned, w] = alignRanks(asFloats(values), asFloats(weight))
  const v: Tensor = aligned.rank > w.rank ? mean<readonly number[], Axes>(aligned, axesFrom(w.rank, aligned)) : aligned
  const own = spread(weightsFor(name, v.dims, w), v.dims)
  const each = countOf(v.dims.slice(1))
  return { sum: scaled(total(v.multiply<readonly number[], Tensor>(own)), each), count: scaled(total(own), each) }
}

/** Numbers whose sum does not overflow: bools are counted as integers, which is exact, integers are added up as floats. */
const countable = (x: Tensor): Tensor => (x.dtype === 'bool' ? x : asFloats(x))
const asFloats = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : x.cast('f32'))

/** What a mean remembers after more values `[batch, …]` (or one value for the batch). */
export function growMean(name: string, state: MeanState, values: Tensor, weight: Tensor | undefined): MeanState {
  const { sum, count } = sampleSums(name, values, weight)
  const dtype = state.total.dtype
  const more = [sum, count].map((one): Tensor => (typeof one === 'number' ? full([], one, { dtype }) : asTensor(one).cast(dtype)))
  return grow(state, stack(more))
}

/** Weights times the mask on the values themselves (of ignoreClass); as in Keras, that mask counts only where there are weights. */
const withOwnMask = (values: Tensor, weight: Tensor | undefined): Tensor | undefined =>
  weight === undefined ? undefined : maskedWeight({ sampleWeight: weight, mask: maskOf(values) })

/** The mean, 0 of nothing. */
export function meanOf(state: MeanState): Tensor {
  const sums = currentSum(state)
  const at = (i: number): Tensor => reshape<Shape, Shape>(slice<Shape, Shape, Shape, Shape>(sums, [i], [1]), [])
  return divideNoNan(at(0), at(1))
}

/** {@link meanOf} cells, without a program. */
async function readMean(cells: readonly Parameter[]): Promise<number> {
  const read = cells.map(async ({ value }) => Array.from(numbersOf(await value.storage())))
  const [rest = [], total = []] = await Promise.all(read)
  const [sum = 0, weights = 0] = total.map((one, i) => one + (rest[i] || 0))
  return weights === 0 ? 0 : sum / weights
}

/** The weighted mean of values that are handed to it. */
export class Mean extends Accumulator<MeanState> {
  constructor(options: MetricOptions = {}) {
    super(options, 'Mean')
  }

  override initialState(): MeanState {
    return noMean(this.dtype)
  }

  update(state: MeanState, values: Tensor, weights: WeightOptions = {}): MeanState {
    return growMean(this.name, state, values, withOwnMask(values, maskedWeight(weights)))
  }

  override compute(state: MeanState): Tensor {
    return meanOf(state)
  }

  override read(): Promise<number> {
    return readMean(this.variables)
  }

  /** Remembers more values, `[batch, …]`. */
  updateState(values: TrainingData, weights: WeightData = {}): void {
    this.keep(this.update(this.state(), asTensor(values), weightTensors(weights)))
  }
}

/** The weighted sum of values that are handed to it. */
export class Sum extends Accumulator<RunningSum> {
  constructor(options: MetricOptions = {}) {
    super(options, 'Sum')
  }

  override initialState(): RunningSum {
    return noSum([], this.dtype)
  }

  update(state: RunningSum, values: Tensor, weights: WeightOptions = {}): RunningSum {
    const weight = withOwnMask(values, maskedWeight(weights))
    if (weight === undefined) return grow(state, total(countable(values)))
    const [v, w] = alignRanks(asFloats(values), asFloats(weight))
    return grow(state, total(v.multiply<readonly number[], Tensor>(weightsFor(this.name, v.dims, w))))
  }

  override compute(state: RunningSum): Tensor {
    return currentSum(state)
  }

  /** Remembers more values. */
  updateState(values: TrainingData, weights: WeightData = {}): void {
    this.keep(this.update(this.state(), asTensor(values), weightTensors(weights)))
  }
}

/** A metric that is the weighted mean of a value for each sample. */
export abstract class MeanMetric extends Metric<MeanState> {
  /** The value of each sample (or step); one number counts as one sample. */
  abstract values(yTrue: Tensor, yPred: Tensor): Tensor

  override initialState(): MeanState {
    return noMean(this.dtype)
  }

  override update(state: MeanState, yTrue: Tensor, yPred: Tensor, { sampleWeight, mask = maskOf(yPred) }: WeightOptions = {}): MeanState {
    const values = this.values(yTrue, yPred)
    return growMean(this.name, state, values, withOwnMask(values, maskedWeight({ sampleWeight, mask })))
  }

  override compute(state: MeanState): Tensor {
    return meanOf(state)
  }

  override read(): Promise<number> {
    return readMean(this.variables)
  }
}

/** What {@link MeanMetricWrapper} is told. */
export interface MeanMetricWrapperOptions extends MetricOptions {
  /** Values of samples from targets and predictions. */
  readonly fn: LossFunction
}

/**
 * The weighted mean of a function's values for samples.
 *
 * @example
 * const worst = new metrics.MeanMetricWrapper({ fn: (t, p) => t.subtract(p).abs().max(-1), name: 'worst' })
 */
export class MeanMetricWrapper extends MeanMetric {
  readonly fn: LossFunction

  constructor(given: MeanMetricWrapperOptions) {
    const { fn, ...options } = checkOptionNames('MeanMetricWrapper', given, ['fn', 'name', 'dtype'])
    if (typeof fn !== 'function') throw wrongOption(options.name ?? 'MeanMetricWrapper', 'fn', 'a function of targets and predictions', fn)
    super(options, 'MeanMetricWrapper', fn.name || 'metric')
    this.fn = fn
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.fn(yTrue, yPred)
  }

  override getConfig(): Config {
    return { ...super.getConfig(), fn: this.fn.name }
  }
}
