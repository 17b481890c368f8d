// The coefficient of determination: how much of the variance of the targets the predictions explain.

import { abs, type Dims, divide, mean, ones, type Shape, ShapeError, showDims, square, sum, type Tensor, where } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin, oneOf } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { matching } from '../losses/matching.ts'
import { countOf, maskedWeight, type WeightOptions, weightsFor } from '../losses/weighting.ts'
import { Metric, type MetricOptions } from './metric.ts'
import { grow, noSum, type RunningSum, currentSum } from './running-sum.ts'

const aggregations = ['uniformAverage', 'varianceWeightedAverage'] as const

/** What {@link R2Score} can be told. */
export interface R2ScoreOptions extends MetricOptions {
  /** The mean over outputs, that mean weighted by their variances, or (`null`) a figure for each. Default 'uniformAverage'. */
  readonly classAggregation?: (typeof aggregations)[number] | null
  /** Number of independent variables, for the adjusted score; 0 is the plain one. Default 0. */
  readonly numRegressors?: number
}

type R2State = {
  readonly samples: RunningSum
  readonly sum: RunningSum
  readonly squaredSum: RunningSum
  readonly residual: RunningSum
  readonly weight: RunningSum
}

/** 1 − Σ (t − p)² / Σ (t − mean t)² over an epoch. Targets and predictions are `[batch, outputs]`. */
export class R2Score extends Metric<R2State> {
  private readonly classAggregation: (typeof aggregations)[number] | null
  private readonly numRegressors: number

  constructor(given: R2ScoreOptions = {}) {
    const {
      classAggregation = 'uniformAverage',
      numRegressors = 0,
      ...options
    } = checkOptionNames('R2Score', given, ['classAggregation', 'numRegressors', 'name', 'dtype'])
    super(options, 'R2Score')
    this.classAggregation = classAggregation === null ? null : oneOf(this.name, 'classAggregation', classAggregation, aggregations)
    this.numRegressors = numberWithin(this.name, 'numRegressors', numRegressors, { min: 0, whole: true })
  }

  override initialState(output?: Dims): R2State {
    const size = output?.length === 2 ? output[1] : undefined
    if (typeof size !== 'number') {
      throw new ShapeError(
        `${this.name}: expected predictions [batch, outputs], got ${output === undefined ? 'none yet' : showDims(output)}. Flatten the axes before the last.`,
      )
    }
    const none = (): RunningSum => noSum([size], this.dtype)
    return { samples: noSum([], this.dtype), sum: none(), squaredSum: none(), residual: none(), weight: none() }
  }

  override update(state: R2State, yTrue: Tensor, yPred: Tensor, weights: WeightOptions = {}): R2State {
    const [t, p] = matching(this.name, yTrue, yPred.cast(this.dtype))
    const given = maskedWeight(weights)
    const weigh = (x: Tensor): Tensor => (given === undefined ? x : x.multiply<Shape, Tensor>(weightsFor(this.name, x.dims, given)))
    return {
      samples: grow(state.samples, countOf(t.dims)),
      sum: grow(state.sum, sum(weigh(t), 0)),
      squaredSum: grow(state.squaredSum, sum(weigh(square(t)), 0)),
      residual: grow(state.residual, sum(weigh(square(t.subtract(p))), 0)),
      weight: grow(state.weight, sum(weigh(ones(t.dims, { dtype: t.dtype })), 0)),
    }
  }

  override compute(state: R2State): Tensor {
    const total = currentSum(state.sum)
    const variance: Tensor = currentSum(state.squaredSum).subtract<Shape, Tensor>(
      total.multiply<Shape, Tensor>(divide<Tensor, Tensor>(total, currentSum(state.weight))),
    )
    const raw: Tensor = divide<Tensor, Tensor>(currentSum(state.residual), variance).negate().add(1)
    const scores = where(abs(raw).equal(Infinity), 0, raw)
    return this.adjusted(this.aggregated(scores, variance), currentSum(state.samples))
  }

  private aggregated(scores: Tensor, variance: Tensor): Tensor {
    if (this.classAggregation === null) return scores
    if (this.classAggregation === 'uniformAverage') return mean(scores)
    return divide<Tensor, Tensor>(sum(variance.multiply<Shape, Tensor>(scores)), sum(variance))
  }

  /** The score less what as many regressors explain by chance; the score itself where there are too few samples for that. */
  private adjusted(score: Tensor, samples: Tensor): Tensor {
    if (this.numRegressors === 0) return score
    const free: Tensor = samples.subtract(this.numRegressors + 1)
    const unexplained: Tensor = score.negate().add(1).multiply<Shape, Tensor>(samples.subtract(1))
    const enough = free.greater(0)
    return where(
      enough,
      divide<Tensor, Tensor>(unexplained, where(enough, free, 1))
        .negate()
        .add(1),
      score,
    )
  }

  override getConfig(): Config {
    const { classAggregation, numRegressors } = this
    return { ...super.getConfig(), classAggregation, numRegressors }
  }
}
