// The best of one figure where another reaches a value: over thresholds from 0 to 1 in equal steps.

import { max, type Tensor, where } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin, optionalNumber } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import type { WeightOptions } from '../losses/weighting.ts'
import {
  type Counts,
  type CountState,
  countsOf,
  evenThresholds,
  growCounts,
  noCounts,
  precisionOf,
  recallOf,
  specificityOf,
  type Thresholds,
  thresholdsOf,
  totalCounts,
} from './confusion.ts'
import { Metric, type MetricOptions } from './metric.ts'

/** What these metrics can be told. */
export interface AtValueOptions extends MetricOptions {
  /** Number of thresholds; 1 is 0.5 alone. Default 200. */
  readonly numThresholds?: number
  /** Only this class, from 0. Default: all. */
  readonly classId?: number | null
}

/** What they share: the constrained figure has to be at least `value`, the best of the other is reported (0 where no threshold does). */
abstract class BestAt extends Metric<CountState> {
  private readonly option: string
  private readonly value: number
  private readonly numThresholds: number
  private readonly classId: number | undefined
  private readonly thresholds: Thresholds

  constructor(option: string, value: number, { numThresholds = 200, classId, ...options }: AtValueOptions, className: string) {
    super(options, className)
    this.option = option
    this.value = numberWithin(this.name, option, value, { min: 0, max: 1 })
    this.numThresholds = numberWithin(this.name, 'numThresholds', numThresholds, { min: 1, whole: true })
    this.classId = optionalNumber(this.name, 'classId', classId, { min: 0, whole: true })
    this.thresholds = numThresholds === 1 ? thresholdsOf([0.5]) : evenThresholds(numThresholds)
  }

  /** The figure that has to reach the value, and the one that is reported. */
  protected abstract figures(counts: Counts): readonly [constrained: Tensor, reported: Tensor]

  override initialState(): CountState {
    return noCounts([this.thresholds.values.length])
  }

  override update(state: CountState, yTrue: Tensor, yPred: Tensor, weights: WeightOptions = {}): CountState {
    const { name, thresholds, classId } = this
    return growCounts(state, countsOf(yTrue, yPred, { name, thresholds, classId, ...weights }))
  }

  override compute(state: CountState): Tensor {
    const [constrained, reported] = this.figures(totalCounts(state))
    return max(where(constrained.greaterEqual(this.value), reported, 0))
  }

  override getConfig(): Config {
    const { option, value, numThresholds, classId = null } = this
    return { ...super.getConfig(), numThresholds, classId, [option]: value }
  }
}

/** Best sensitivity (recall) at a threshold whose specificity is at least the given one. */
export class SensitivityAtSpecificity extends BestAt {
  constructor(given: AtValueOptions & { readonly specificity: number }) {
    const { specificity, ...options } = checkOptionNames('SensitivityAtSpecificity', given, [
      'numThresholds',
      'classId',
      'specificity',
      'name',
      'dtype',
    ])
    super('specificity', specificity, options, 'SensitivityAtSpecificity')
  }

  protected override figures(counts: Counts): readonly [Tensor, Tensor] {
    return [specificityOf(counts), recallOf(counts)]
  }
}

/** Best specificity at a threshold whose sensitivity (recall) is at least the given one. */
export class SpecificityAtSensitivity extends BestAt {
  constructor(given: AtValueOptions & { readonly sensitivity: number }) {
    const { sensitivity, ...options } = checkOptionNames('SpecificityAtSensitivity', given, [
      'numThresholds',
      'classId',
      'sensitivity',
      'name',
      'dtype',
    ])
    super('sensitivity', sensitivity, options, 'SpecificityAtSensitivity')
  }

  protected override figures(counts: Counts): readonly [Tensor, Tensor] {
    return [recallOf(counts), specificityOf(counts)]
  }
}

/** Best precision at a threshold whose recall is at least the given one. */
export class PrecisionAtRecall extends BestAt {
  constructor(given: AtValueOptions & { readonly recall: number }) {
    const { recall, ...options } = checkOptionNames('PrecisionAtRecall', given, ['numThresholds', 'classId', 'recall', 'name', 'dtype'])
    super('recall', recall, options, 'PrecisionAtRecall')
  }

  protected override figures(counts: Counts): readonly [Tensor, Tensor] {
    return [recallOf(counts), precisionOf(counts)]
  }
}

/** Best recall at a threshold whose precision is at least the given one. */
export class RecallAtPrecision extends BestAt {
  constructor(given: AtValueOptions & { readonly precision: number }) {
    const { precision, ...options } = checkOptionNames('RecallAtPrecision', given, ['numThresholds', 'classId', 'precision', 'name', 'dtype'])
    super('precision', precision, options, 'RecallAtPrecision')
  }

  protected override figures(counts: Counts): readonly [Tensor, Tensor] {
    return [precisionOf(counts), recallOf(counts)]
  }
}
