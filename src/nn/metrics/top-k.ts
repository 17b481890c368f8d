// Whether the truth is among the k largest predictions. Functions give 1 or 0 for each sample (or step).

import { any, argmax, iota, type Shape, sum, type Tensor, where } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { flag, numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { classLabels, hotLabels } from '../losses/matching.ts'
import { withLastAxis } from '../losses/weighting.ts'
import { MeanMetric } from './mean.ts'
import type { MetricOptions } from './metric.ts'

/** How many predictions are looked at. */
export interface TopKSetting {
  /** Default 5. */
  readonly k?: number
}

/** What {@link sparseTopKCategoricalAccuracy} can be told. */
export interface SparseTopKSettings extends TopKSetting {
  /** Predictions are numbers of classes, the best first, and not a score for each class. Default false. */
  readonly fromSortedIds?: boolean
}

/** Whether fewer than k scores are larger than the label's: no sorting, and equal scores all count as being among the k. */
function isAmong(name: string, labels: Tensor, scores: Tensor, k: number): Tensor {
  const hot = hotLabels(name, labels, scores).cast('bool')
  const own: Tensor = sum<Shape, -1, true>(where(hot, scores, 0), -1, { keepDims: true })
  const larger: Tensor = sum(scores.greater<Shape, Tensor>(own), -1)
  return any(hot, -1).logicalAnd(larger.less(k)).cast('f32')
}

/** Whether the target's largest is among the k largest predictions of a row. Targets are `[…, classes]`. */
export function topKCategoricalAccuracy(yTrue: Tensor, yPred: Tensor, { k = 5 }: TopKSetting = {}): Tensor {
  return isAmong('topKCategoricalAccuracy', argmax(yTrue, -1), yPred, k)
}

/** Whether the label is among the k largest predictions of a row. Targets are numbers, `[…]` or `[…, 1]`. */
export function sparseTopKCategoricalAccuracy(yTrue: Tensor, yPred: Tensor, { k = 5, fromSortedIds = false }: SparseTopKSettings = {}): Tensor {
  const labels = classLabels('sparseTopKCategoricalAccuracy', yTrue, yPred)
  if (!fromSortedIds) return isAmong('sparseTopKCategoricalAccuracy', labels, yPred, k)
  const found: Tensor = yPred.cast('i32').equal<Shape, Tensor>(withLastAxis(labels))
  return any(found.logicalAnd(iota(yPred.dims, -1).less(k)), -1).cast('f32')
}

/** {@link topKCategoricalAccuracy} over an epoch. */
export class TopKCategoricalAccuracy extends MeanMetric {
  private readonly k: number

  constructor(given: MetricOptions & TopKSetting = {}) {
    const { k = 5, ...options } = checkOptionNames('TopKCategoricalAccuracy', given, ['k', 'name', 'dtype'])
    super(options, 'TopKCategoricalAccuracy')
    this.k = numberWithin(this.name, 'k', k, { min: 1, whole: true })
  }

  override get ordersOnly(): boolean {
    return true
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return topKCategoricalAccuracy(yTrue, yPred, { k: this.k })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), k: this.k }
  }
}

/** {@link sparseTopKCategoricalAccuracy} over an epoch. */
export class SparseTopKCategoricalAccuracy extends MeanMetric {
  private readonly k: number
  private readonly fromSortedIds: boolean

  constructor(given: MetricOptions & SparseTopKSettings = {}) {
    const {
      k = 5,
      fromSortedIds = false,
      ...options
    } = checkOptionNames('SparseTopKCategoricalAccuracy', given, ['fromSortedIds', 'k', 'name', 'dtype'])
    super(options, 'SparseTopKCategoricalAccuracy')
    this.k = numberWithin(this.name, 'k', k, { min: 1, whole: true })
    this.fromSortedIds = flag(this.name, 'fromSortedIds', fromSortedIds)
  }

  override get ordersOnly(): boolean {
    return !this.fromSortedIds
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    const { k, fromSortedIds } = this
    return sparseTopKCategoricalAccuracy(yTrue, yPred, { k, fromSortedIds })
  }

  override getConfig(): Config {
    const { k, fromSortedIds } = this
    return { ...super.getConfig(), k, fromSortedIds }
  }
}
