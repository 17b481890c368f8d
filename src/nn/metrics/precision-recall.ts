// Precision and recall over an epoch, at thresholds or among the k largest predictions.

import type { Tensor } from '../../core/index.ts'
import { checkedNumber, positiveInteger } from '../losses/option-checks.ts'
import type { WeightOptions } from '../losses/weighting.ts'
import type { ThresholdsOption } from './condition-counts.ts'
import {
  classNumber,
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
  readonly topK?: number | undefined
  /** Only this class, from 0. Default: all. */
  readonly classId?: number | undefined
}

/** What both share. */
abstract class Selection extends Metric<CountState> {
  protected readonly thresholds: Thresholds
  private readonly option: Omit<PrecisionRecallOptions, keyof MetricOptions>

  constructor({ thresholds, topK, classId, ...options }: PrecisionRecallOptions, defaultName: string) {
    super(options, defaultName)
    this.option = {
      ...(thresholds === undefined ? {} : { thresholds }),
      ...(topK === undefined ? {} : { topK: checkedNumber(this.name, 'topK', topK, positiveInteger) }),
      ...(classId === undefined ? {} : { classId: checkedNumber(this.name, 'classId', classId, classNumber) }),
    }
    this.thresholds = thresholdsOf(givenThresholds(this.name, thresholds, topK !== undefined))
  }

  override initialState(): CountState {
    return noCounts([this.thresholds.values.length])
  }

  override update(state: CountState, yTrue: Tensor, yPred: Tensor, weights: WeightOptions = {}): CountState {
    const { name, thresholds } = this
    const { topK, classId } = this.option
    return growCounts(state, countsOf(yTrue, yPred, { name, thresholds, topK, classId, ...weights }))
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.option }
  }
}

/** Share of the predictions above a threshold that are right: true positives / (true positives + false positives). */
export class Precision extends Selection {
  constructor(options: PrecisionRecallOptions = {}) {
    super(options, 'precision')
  }

  override compute(state: CountState): Tensor {
    return perThreshold(precisionOf(totalCounts(state)), this.thresholds)
  }
}

/** Share of the positives that are found: true positives / (true positives + false negatives). */
export class Recall extends Selection {
  constructor(options: PrecisionRecallOptions = {}) {
    super(options, 'recall')
  }

  override compute(state: CountState): Tensor {
    return perThreshold(recallOf(totalCounts(state)), this.thresholds)
  }
}
