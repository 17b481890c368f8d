// Precision and recall over an epoch, at thresholds or among the k largest predictions.

import type { Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { optionalNumber } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import type { WeightOptions } from '../losses/weighting.ts'
import type { ThresholdsOption } from './condition-counts.ts'
import {
  type CountState,
  countsOf,
  givenThresholds,
  growCounts,
  noCounts,
  perThreshold,
  precisionOf,
  recallOf,
  type Thresholds,
  thresholdsOf,
  totalCounts,
} from './confusion.ts'
import { Metric, type MetricOptions } from './metric.ts'

/** What {@link Precision} and {@link Recall} can be told. */
export interface PrecisionRecallOptions extends MetricOptions, ThresholdsOption {
  /** Only the k largest predictions of a row can be positive; then the default threshold is below everything. Default: all. */
  readonly topK?: number | null
  /** Only this class, from 0. Default: all. */
  readonly classId?: number | null
}

/** What both share. */
abstract class Selection extends Metric<CountState> {
  protected readonly thresholds: Thresholds
  private readonly option: number | readonly number[] | null
  private readonly topK: number | undefined
  private readonly classId: number | undefined

  constructor(given: PrecisionRecallOptions, className: string) {
    const { thresholds = null, topK, classId, ...options } = checkOptionNames(className, given, ['thresholds', 'topK', 'classId', 'name', 'dtype'])
    super(options, className)
    this.option = thresholds
    this.topK = optionalNumber(this.name, 'topK', topK, { min: 1, whole: true })
    this.classId = optionalNumber(this.name, 'classId', classId, { min: 0, whole: true })
    this.thresholds = thresholdsOf(givenThresholds(this.name, thresholds, this.topK !== undefined))
  }

  override initialState(): CountState {
    return noCounts([this.thresholds.values.length])
  }

  override update(state: CountState, yTrue: Tensor, yPred: Tensor, weights: WeightOptions = {}): CountState {
    const { name, thresholds, topK, classId } = this
    return growCounts(state, countsOf(yTrue, yPred, { name, thresholds, topK, classId, ...weights }))
  }

  override getConfig(): Config {
    const { option: thresholds, topK = null, classId = null } = this
    return { ...super.getConfig(), thresholds, topK, classId }
  }
}

/** Share of the predictions above a threshold that are right: true positives / (true positives + false positives). */
export class Precision extends Selection {
  constructor(options: PrecisionRecallOptions = {}) {
    super(options, 'Precision')
  }

  override compute(state: CountState): Tensor {
    return perThreshold(precisionOf(totalCounts(state)), this.thresholds)
  }
}

/** Share of the positives that are found: true positives / (true positives + false negatives). */
export class Recall extends Selection {
  constructor(options: PrecisionRecallOptions = {}) {
    super(options, 'Recall')
  }

  override compute(state: CountState): Tensor {
    return perThreshold(recallOf(totalCounts(state)), this.thresholds)
  }
}
