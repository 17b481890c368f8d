// How many decisions were right or wrong: counts over an epoch at one or several thresholds.

import type { Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import type { Config } from '../saving/serialized.ts'
import type { WeightOptions } from '../losses/weighting.ts'
import { type CountName, countsOf, givenThresholds, perThreshold, type Thresholds, thresholdsOf } from './confusion.ts'
import { Metric, type MetricOptions } from './metric.ts'
import { grow, noSum, type RunningSum, currentSum } from './running-sum.ts'

/** What predictions have to exceed to count as positive. */
export interface ThresholdsOption {
  /** Between 0 and 1; several give a figure for each. Default 0.5. */
  readonly thresholds?: number | readonly number[] | null
}

/** One of the four counts. */
abstract class ConditionCount extends Metric<RunningSum> {
  private readonly count: CountName
  private readonly option: number | readonly number[] | null
  private readonly thresholds: Thresholds

  constructor(count: CountName, given: MetricOptions & ThresholdsOption, className: string) {
    const { thresholds = null, ...options } = checkOptionNames(className, given, ['thresholds', 'name', 'dtype'])
    super(options, className)
    this.count = count
    this.option = thresholds
    this.thresholds = thresholdsOf(givenThresholds(this.name, thresholds, false))
  }

  override initialState(): RunningSum {
    return noSum([this.thresholds.values.length], this.dtype)
  }

  override update(state: RunningSum, yTrue: Tensor, yPred: Tensor, weights: WeightOptions = {}): RunningSum {
    const { name, thresholds } = this
    return grow(state, countsOf(yTrue, yPred, { name, thresholds, ...weights })[this.count])
  }

  override compute(state: RunningSum): Tensor {
    return perThreshold(currentSum(state), this.thresholds)
  }

  override getConfig(): Config {
    return { ...super.getConfig(), thresholds: this.option }
  }
}

/** Weighted number of positives that were found. */
export class TruePositives extends ConditionCount {
  constructor(options: MetricOptions & ThresholdsOption = {}) {
    super('truePositives', options, 'TruePositives')
  }
}

/** Weighted number of negatives that were taken for positives. */
export class FalsePositives extends ConditionCount {
  constructor(options: MetricOptions & ThresholdsOption = {}) {
    super('falsePositives', options, 'FalsePositives')
  }
}

/** Weighted number of negatives that were left alone. */
export class TrueNegatives extends ConditionCount {
  constructor(options: MetricOptions & ThresholdsOption = {}) {
    super('trueNegatives', options, 'TrueNegatives')
  }
}

/** Weighted number of positives that were missed. */
export class FalseNegatives extends ConditionCount {
  constructor(options: MetricOptions & ThresholdsOption = {}) {
    super('falseNegatives', options, 'FalseNegatives')
  }
}
