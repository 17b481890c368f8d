// F scores: precision and recall as one figure, for each class or averaged.

import { abs, type Dims, divide, max, mean, type Shape, ShapeError, showDims, sum, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin, oneOf, optionalNumber } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { epsilon, matching } from '../losses/matching.ts'
import { maskedWeight, type WeightOptions, withLastAxis } from '../losses/weighting.ts'
import { Metric, type MetricOptions } from './metric.ts'
import { grow, noSum, type RunningSum, currentSum } from './running-sum.ts'

const averages = ['micro', 'macro', 'weighted'] as const

/** What {@link F1Score} can be told. */
export interface F1ScoreOptions extends MetricOptions {
  /** Over all classes at once, the mean over classes, the mean weighted by how often a class occurs, or (default) a figure for each class. */
  readonly average?: (typeof averages)[number] | null
  /** What a prediction has to exceed to count as positive. Default: the largest of a row is positive. */
  readonly threshold?: number | null
}

/** What {@link FBetaScore} can be told. */
export interface FBetaScoreOptions extends F1ScoreOptions {
  /** Weight of recall against precision. Default 1. */
  readonly beta?: number
}

type FScoreState = {
  readonly truePositives: RunningSum
  readonly falsePositives: RunningSum
  readonly falseNegatives: RunningSum
  readonly occurrences: RunningSum
}

/** (1 + beta²)·precision·recall / (beta²·precision + recall). Targets and predictions are `[batch, classes]`. */
export class FBetaScore extends Metric<FScoreState> {
  protected readonly beta: number
  private readonly average: (typeof averages)[number] | undefined
  private readonly threshold: number | undefined

  constructor(given: FBetaScoreOptions = {}, className = 'FBetaScore', defaultName = 'fbetaScore') {
    const { average, beta = 1, threshold, ...options } = checkOptionNames('FBetaScore', given, ['beta', 'average', 'threshold', 'name', 'dtype'])
    super(options, className, defaultName)
    this.average = average === undefined || average === null ? undefined : oneOf(this.name, 'average', average, averages)
    this.beta = numberWithin(this.name, 'beta', beta, { above: 0 })
    this.threshold = optionalNumber(this.name, 'threshold', threshold, { above: 0, max: 1 })
  }

  override initialState(output?: Dims): FScoreState {
    const none = (): RunningSum => noSum(this.average === 'micro' ? [] : [this.classes(output)], this.dtype)
    return { truePositives: none(), falsePositives: none(), falseNegatives: none(), occurrences: none() }
  }

  private classes(output: Dims | undefined): number {
    const classes = output?.length === 2 ? output[1] : undefined
    if (typeof classes === 'number') return classes
    throw new ShapeError(
      `${this.name}: expected predictions [batch, classes], got ${output === undefined ? 'none yet' : showDims(output)}. Flatten the axes before the last.`,
    )
  }

  override update(state: FScoreState, yTrue: Tensor, yPred: Tensor, weights: WeightOptions = {}): FScoreState {
    this.classes(yPred.dims)
    const [t, p] = matching(this.name, yTrue.cast('f32'), yPred.cast('f32'))
    const chosen: Tensor = this.positives(p).cast('f32')
    const weight = maskedWeight(weights)
    const axis = this.average === 'micro' ? undefined : 0
    const counted = (hits: Tensor): Tensor =>
      sum<Shape, 0 | undefined>(weight === undefined ? hits : hits.multiply<Shape, Tensor>(weight.rank === 1 ? withLastAxis(weight) : weight), axis)
    return {
      truePositives: grow(state.truePositives, counted(chosen.multiply(t))),
      falsePositives: grow(state.falsePositives, counted(chosen.multiply(t.negate().add(1)))),
      falseNegatives: grow(state.falseNegatives, counted(chosen.negate().add(1).multiply(t))),
      occurrences: grow(state.occurrences, counted(t)),
    }
  }

  private positives(p: Tensor): Tensor {
    if (this.threshold !== undefined) return p.greater(this.threshold)
    const largest: Tensor = p.greaterEqual<Shape, Tensor>(max<Shape, -1, true>(p, -1, { keepDims: true }))
    return largest.logicalAnd(abs(p).greater(1e-9))
  }

  override compute(state: FScoreState): Tensor {
    const hits = currentSum(state.truePositives)
    const share = (others: RunningSum): Tensor => divide<Tensor, Tensor>(hits, hits.add<Shape, Tensor>(currentSum(others)).add(epsilon))
    const [precision, recall] = [share(state.falsePositives), share(state.falseNegatives)]
    const square = this.beta * this.beta
    const together: Tensor = precision.multiply(recall)
    const score = divide<Tensor, Tensor>(together, precision.multiply(square).add(recall).add(epsilon)).multiply(1 + square)
    if (this.average === undefined || this.average === 'micro') return score
    if (this.average === 'macro') return mean(score)
    const occurrences = currentSum(state.occurrences)
    return sum(score.multiply<Shape, Tensor>(divide<Tensor, Tensor>(occurrences, sum(occurrences).add(epsilon))))
  }

  protected get config(): Config {
    const { average = null, threshold = null } = this
    return { ...super.getConfig(), average, threshold }
  }

  override getConfig(): Config {
    return { ...this.config, beta: this.beta }
  }
}

/** {@link FBetaScore} with beta 1: the harmonic mean of precision and recall. */
export class F1Score extends FBetaScore {
  constructor(given: F1ScoreOptions = {}) {
    const {
      average = null,
      threshold = null,
      name = null,
      dtype = null,
    } = checkOptionNames('F1Score', given, ['average', 'threshold', 'name', 'dtype'])
    super({ average, threshold, name, dtype }, 'F1Score', 'f1Score')
  }

  override getConfig(): Config {
    return this.config
  }
}
