// The area under a curve of two figures over all thresholds, by a Riemann sum.

import {
  ConfigError,
  type Dims,
  divide,
  log,
  maximum,
  mean,
  minimum,
  type Shape,
  ShapeError,
  showDims,
  sigmoid,
  slice,
  sum,
  type Tensor,
  tensor,
  where,
} from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { flag, listOf, numberWithin, oneOf, optionalNumber } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { divideNoNan, type WeightOptions } from '../losses/weighting.ts'
import {
  type Counts,
  type CountState,
  countsOf,
  evenThresholds,
  growCounts,
  noCounts,
  precisionOf,
  recallOf,
  type Thresholds,
  thresholdsOf,
  totalCounts,
} from './confusion.ts'
import { Metric, type MetricOptions } from './metric.ts'

const curves = ['ROC', 'PR', 'PRGAIN'] as const
const methods = ['interpolation', 'majoring', 'minoring'] as const

/** What {@link AUC} can be told. */
export interface AUCOptions extends MetricOptions {
  /** Number of thresholds from 0 to 1. Default 200. */
  readonly numThresholds?: number
  /** True over false positive rate (ROC), precision over recall (PR), or their gains (PRGAIN; Flach and Kull 2015). Default 'ROC'. */
  readonly curve?: (typeof curves)[number]
  /** Height of each step: the mean of both ends (for PR: Davis and Goadrich's interpolation), the larger, or the smaller. Default 'interpolation'. */
  readonly summationMethod?: (typeof methods)[number]
  /** Thresholds between 0 and 1, instead of `numThresholds`; 0 and 1 are added. */
  readonly thresholds?: readonly number[] | null
  /** Whether each label (column) has a curve of its own; their areas are averaged. Default false. */
  readonly multiLabel?: boolean
  /** Number of labels, where `multiLabel`. Default: that of the predictions. */
  readonly numLabels?: number | null
  /** Weights of the labels. Default: all equal. */
  readonly labelWeights?: readonly number[] | null
  /** Predictions are before their sigmoid. Default false. */
  readonly fromLogits?: boolean
}

/** Area under the ROC curve (or that of precision and recall) over an epoch, from weighted counts at thresholds. */
export class AUC extends Metric<CountState> {
  private readonly curve: (typeof curves)[number]
  private readonly method: (typeof methods)[number]
  private readonly thresholds: Thresholds
  private readonly ownThresholds: readonly number[] | undefined
  private readonly multiLabel: boolean
  private readonly numLabels: number | undefined
  private readonly labelWeights: readonly number[] | undefined
  private readonly fromLogits: boolean

  constructor(given: AUCOptions = {}) {
    const known = [
      'numThresholds',
      'curve',
      'summationMethod',
      'thresholds',
      'multiLabel',
      'numLabels',
      'labelWeights',
      'fromLogits',
      'name',
      'dtype',
    ]
    checkOptionNames('AUC', given, known)
    const { numThresholds = 200, curve = 'ROC', summationMethod = 'interpolation', thresholds, multiLabel = false, ...others } = given
    const { numLabels, labelWeights, fromLogits = false, ...options } = others
    super(options, 'AUC')
    const { name } = this
    this.curve = oneOf(name, 'curve', curve, curves)
    this.method = oneOf(name, 'summationMethod', summationMethod, methods)
    this.multiLabel = flag(name, 'multiLabel', multiLabel)
    this.fromLogits = flag(name, 'fromLogits', fromLogits)
    this.numLabels = optionalNumber(name, 'numLabels', numLabels, { min: 1, whole: true })
    if (this.numLabels !== undefined && !multiLabel) {
      throw new ConfigError(`${name}: expected no numLabels without multiLabel, got ${this.numLabels}. Set multiLabel to true, or leave it out.`)
    }
    this.labelWeights =
      labelWeights === undefined || labelWeights === null
        ? undefined
        : listOf(name, 'labelWeights', labelWeights ?? [], () => undefined).map((weight) =>
            numberWithin(name, 'every weight in labelWeights', weight, { min: 0 }),
          )
    this.ownThresholds =
      thresholds === undefined || thresholds === null
        ? undefined
        : listOf(name, 'thresholds', thresholds ?? [], () => undefined)
            .map((one) => numberWithin(name, 'thresholds', one, { min: 0, max: 1 }))
            .sort((a, b) => a - b)
    this.thresholds = thresholdsAround(this.ownThresholds, numberWithin(name, 'numThresholds', numThresholds, { min: 2, whole: true }))
  }

  override initialState(output?: Dims): CountState {
    const count = this.thresholds.values.length
    if (!this.multiLabel) return noCounts([count])
    const labels = this.numLabels ?? output?.at(-1)
    if (typeof labels !== 'number' || (output !== undefined && (output.length !== 2 || output[1] !== labels))) {
      throw new ShapeError(
        `${this.name}: expected predictions [batch, ${this.numLabels ?? 'labels'}] with multiLabel, got ${output === undefined ? 'none' : showDims(output)}. ` +
          'Set numLabels, or update it first.',
      )
    }
    return noCounts([count, labels])
  }

  override update(state: CountState, yTrue: Tensor, yPred: Tensor, weights: WeightOptions = {}): CountState {
    const { name, thresholds, multiLabel: perLabel } = this
    const labelWeights = perLabel ? undefined : this.labelWeights
    const predictions = this.fromLogits ? sigmoid(yPred) : yPred
    return growCounts(state, countsOf(yTrue, predictions, { name, thresholds, perLabel, labelWeights, ...weights }))
  }

  override compute(state: CountState): Tensor {
    const counts = totalCounts(state)
    const areas: Tensor = sum(this.curve === 'PR' && this.method === 'interpolation' ? interpolated(counts) : this.steps(counts), 0)
    if (!this.multiLabel) return areas
    if (this.labelWeights === undefined) return mean(areas)
    const weights = tensor([...this.labelWeights])
    return divideNoNan(sum(areas.multiply<Shape, Tensor>(weights)), sum(weights))
  }

  /** Width times height of each step. */
  private steps(counts: Counts): Tensor {
    const [x, y] = curveOf(this.curve, counts)
    const [left, right] = [allButLast(y), allButFirst(y)]
    const { method } = this
    const height =
      method === 'minoring'
        ? minimum<Tensor, Tensor>(left, right)
        : method === 'majoring'
          ? maximum<Tensor, Tensor>(left, right)
          : left.add(right).multiply(0.5)
    return allButLast(x).subtract(allButFirst(x)).multiply(height)
  }

  override getConfig(): Config {
    const { curve, method: summationMethod, multiLabel, numLabels = null, labelWeights = null, fromLogits, ownThresholds: thresholds = null } = this
    const numThresholds = this.thresholds.values.length
    return { ...super.getConfig(), numThresholds, curve, summationMethod, thresholds, multiLabel, numLabels, labelWeights, fromLogits }
  }
}

function thresholdsAround(inner: readonly number[] | undefined, count: number): Thresholds {
  if (inner === undefined) return evenThresholds(count, true)
  const { even } = thresholdsOf([0, ...inner, 1])
  return { values: [-1e-7, ...inner, 1 + 1e-7], even, beyondEnds: true }
}

const rows = (x: Tensor, from: number): Tensor => {
  const [count, ...others] = x.dims
  const starts = x.dims.map((_, i) => (i === 0 ? from : 0))
  return slice<Shape, Shape, Dims>(x, starts, [Number(count) - 1, ...others])
}
const allButLast = (x: Tensor): Tensor => rows(x, 0)
const allButFirst = (x: Tensor): Tensor => rows(x, 1)

/** What a curve goes over, and its height there. */
function curveOf(curve: (typeof curves)[number], counts: Counts): readonly [x: Tensor, y: Tensor] {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = counts
  if (curve === 'ROC') return [divideNoNan(falsePositives, falsePositives.add<Shape, Tensor>(trueNegatives)), recallOf(counts)]
  if (curve === 'PR') return [recallOf(counts), precisionOf(counts)]
  const positives: Tensor = truePositives.add<Shape, Tensor>(falseNegatives)
  const ratio = divideNoNan(positives, trueNegatives.add<Shape, Tensor>(falsePositives))
  const gain = (wrong: Tensor): Tensor => ratio.multiply<Shape, Tensor>(divideNoNan(wrong, truePositives)).negate().add(1)
  const nothing = truePositives.equal(0)
  return [maximum<Tensor, number>(where(nothing, 0, gain(falseNegatives)), 0), where(nothing, 1, gain(falsePositives))]
}

/** Area under the precision-recall curve between neighbouring thresholds, precision interpolated as Davis and Goadrich (2006) show. */
function interpolated({ truePositives: hits, falsePositives, falseNegatives }: Counts): Tensor {
  const positives: Tensor = hits.add<Shape, Tensor>(falsePositives)
  const [found, left, right] = [allButLast(hits).subtract(allButFirst(hits)), allButLast(positives), allButFirst(positives)]
  const slope = divideNoNan(found, maximum<Tensor, number>(left.subtract(right), 0))
  const intercept: Tensor = allButFirst(hits).subtract<Shape, Tensor>(slope.multiply<Shape, Tensor>(right))
  const both = left.greater(0).logicalAnd(right.greater(0))
  const ratio = where(both, divide<Tensor, Tensor>(left, where(both, right, 1)), 1)
  const area = slope.multiply<Shape, Tensor>(found.add<Shape, Tensor>(intercept.multiply<Shape, Tensor>(log(ratio))))
  return divideNoNan(area, maximum<Tensor, number>(allButFirst(hits).add<Shape, Tensor>(allButFirst(falseNegatives)), 0))
}
