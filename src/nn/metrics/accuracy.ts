// Accuracies: whether predictions hit. Functions give 1 or 0 for each sample (or step).

import { argmax, greater, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { classLabels } from '../losses/matching.ts'
import { labelsAreNumbers } from '../losses/resolve.ts'
import { alignRanks } from '../losses/weighting.ts'
import { MeanMetric } from './mean.ts'
import type { MetricOptions } from './metric.ts'

/** Whether predictions equal targets. */
export function equality(yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = alignRanks(yTrue, yPred)
  return t.cast(p.dtype).equal<readonly number[], Tensor>(p).cast('f32')
}

/** What {@link binaryAccuracy} can be told. */
export interface ThresholdSetting {
  /** What a prediction has to exceed to count as 1. Default 0.5. */
  readonly threshold?: number
}

/** Whether predictions above a threshold are where targets are 1, and the others where they are 0. */
export function binaryAccuracy(yTrue: Tensor, yPred: Tensor, { threshold = 0.5 }: ThresholdSetting = {}): Tensor {
  const [t, p] = alignRanks(yTrue, yPred)
  return greater<Tensor, number>(p, threshold).cast('f32').equal<readonly number[], Tensor>(t.cast('f32')).cast('f32')
}

/** Whether the largest prediction of a row is where the target's largest is. Targets are `[…, classes]`. */
export function categoricalAccuracy(yTrue: Tensor, yPred: Tensor): Tensor {
  return argmax(yTrue, -1).equal(argmax(yPred, -1)).cast('f32')
}

/** Whether the largest prediction of a row is at the label. Targets are numbers, `[…]` or `[…, 1]`. */
export function sparseCategoricalAccuracy(yTrue: Tensor, yPred: Tensor): Tensor {
  return classLabels('sparseCategoricalAccuracy', yTrue, yPred).equal(argmax(yPred, -1)).cast('f32')
}

/** How often predictions equal targets. */
export class Accuracy extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'Accuracy')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return equality(yTrue, yPred)
  }
}

/** {@link binaryAccuracy} over an epoch. */
export class BinaryAccuracy extends MeanMetric {
  private readonly threshold: number

  constructor(given: MetricOptions & ThresholdSetting = {}) {
    const { threshold = 0.5, ...options } = checkOptionNames('BinaryAccuracy', given, ['threshold', 'name', 'dtype'])
    super(options, 'BinaryAccuracy')
    this.threshold = numberWithin(this.name, 'threshold', threshold, {})
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return binaryAccuracy(yTrue, yPred, { threshold: this.threshold })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), threshold: this.threshold }
  }
}

/** {@link categoricalAccuracy} over an epoch. */
export class CategoricalAccuracy extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'CategoricalAccuracy')
  }

  override get ordersOnly(): boolean {
    return true
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalAccuracy(yTrue, yPred)
  }
}

/** {@link sparseCategoricalAccuracy} over an epoch. */
export class SparseCategoricalAccuracy extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'SparseCategoricalAccuracy')
  }

  override get ordersOnly(): boolean {
    return true
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return sparseCategoricalAccuracy(yTrue, yPred)
  }
}

/** What 'accuracy' means when a model is compiled: binary for one output, categorical for rows of the predictions' size, else sparse. */
export class AccuracyByShape extends MeanMetric {
  constructor(options: MetricOptions) {
    super(options, 'Accuracy')
  }

  override get ordersOnly(): boolean {
    return true
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    if (yPred.dims.at(-1) === 1) return binaryAccuracy(yTrue, yPred)
    return labelsAreNumbers(yTrue.dims, yPred.dims) ? sparseCategoricalAccuracy(yTrue, yPred) : categoricalAccuracy(yTrue, yPred)
  }
}
