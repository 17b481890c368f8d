// Intersection over union of classes, for segmentation, from a confusion matrix that is summed over an epoch.

import { argmax, type Dims, divide, eye, gather, reshape, scatterAdd, type Shape, sum, type Tensor, tensor, where } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { flag, numberWithin, optionalNumber, shown, wrongOption } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { ConfigError, ShapeError, showDims } from '../../core/index.ts'
import { epsilon } from '../losses/matching.ts'
import { maskedWeight, spread, type WeightOptions, weightsFor } from '../losses/weighting.ts'
import { Metric, type MetricOptions } from './metric.ts'
import { nothing } from './running-sum.ts'

/** What {@link MeanIoU} is told. */
export interface MeanIoUOptions extends MetricOptions {
  /** Number of classes; labels outside 0 … numClasses − 1 do not count. */
  readonly numClasses: number
  /** A label that does not count. Default: none. */
  readonly ignoreClass?: number | null
  /** Targets are numbers of classes, not rows with a one. Default true. */
  readonly sparseYTrue?: boolean
  /** Predictions are numbers of classes, not scores. Default true. */
  readonly sparseYPred?: boolean
  /** The axis of the classes where they are rows. Default −1. */
  readonly axis?: number
}

/** What {@link IoU} is told. */
export interface IoUOptions extends MeanIoUOptions {
  /** Classes whose mean is reported. */
  readonly targetClassIds: readonly number[]
}

/** What all these metrics are: the mean over some classes of the shares that a confusion matrix says. */
abstract class MatrixMetric extends Metric<Tensor> {
  protected readonly numClasses: number
  protected readonly targetClassIds: readonly number[]
  protected readonly ignoreClass: number | undefined
  protected readonly sparseYTrue: boolean
  protected readonly sparseYPred: boolean
  protected readonly axis: number

  constructor(given: IoUOptions, className: string) {
    checkOptionNames(className, given, ['numClasses', 'targetClassIds', 'ignoreClass', 'sparseYTrue', 'sparseYPred', 'axis', 'name', 'dtype'])
    const { numClasses, targetClassIds, ignoreClass, sparseYTrue = true, sparseYPred = true, axis = -1, name = null, dtype } = given
    super({ name, dtype: dtype ?? 'int32' }, className)
    this.numClasses = numberWithin(this.name, 'numClasses', numClasses, { min: 1, whole: true })
    this.targetClassIds = checkedClasses(this.name, targetClassIds, numClasses)
    this.ignoreClass = optionalNumber(this.name, 'ignoreClass', ignoreClass, { whole: true })
    this.sparseYTrue = flag(this.name, 'sparseYTrue', sparseYTrue)
    this.sparseYPred = flag(this.name, 'sparseYPred', sparseYPred)
    this.axis = numberWithin(this.name, 'axis', axis, { whole: true })
  }

  override get ordersOnly(): boolean {
    return !this.sparseYPred && this.axis === -1
  }

  override initialState(): Tensor {
    return nothing([this.numClasses, this.numClasses], this.dtype)
  }

  override update(state: Tensor, yTrue: Tensor, yPred: Tensor, weights: WeightOptions = {}): Tensor {
    const { numClasses, ignoreClass } = this
    const labels = this.sparseYTrue ? yTrue.cast('i32') : argmax<Shape, number>(yTrue, this.axis)
    const predictions = this.sparseYPred ? yPred.cast('i32') : argmax<Shape, number>(yPred, this.axis)
    const weight = maskedWeight(weights)
    const each = spread(weight === undefined ? tensor(1, []) : weightsFor(this.name, labels.dims, weight), labels.dims).cast(this.dtype)
    const [t, p, w] = [flat(labels), flat(predictions), flat(each)]
    if (String(t.dims) !== String(p.dims)) {
      throw new ShapeError(
        `${this.name}: expected as many labels as predictions, got ${showDims(yTrue.dims)} and ${showDims(yPred.dims)}. Give one each.`,
      )
    }
    const valid = within(t, numClasses).logicalAnd(within(p, numClasses))
    const counts = ignoreClass === undefined ? valid : valid.logicalAnd(t.notEqual(ignoreClass))
    const place: Tensor = where(counts, t.multiply(numClasses).add<Shape, Tensor>(p), -1)
    const cells = scatterAdd(place, where(counts, w, 0), numClasses * numClasses)
    return state.add<Shape, Tensor>(reshape<Shape, Dims>(cells, [numClasses, numClasses]))
  }

  override compute(state: Tensor): Tensor {
    const matrix: Tensor = state.cast('f32')
    const diagonal: Tensor = sum(matrix.multiply<Shape, Tensor>(eye(this.numClasses)), 0)
    const union: Tensor = sum(matrix, 0).add<Shape, Tensor>(sum(matrix, 1)).subtract<Shape, Tensor>(diagonal)
    const chosen = tensor(Int32Array.from(this.targetClassIds), [this.targetClassIds.length])
    const [common, all] = [gather(diagonal, chosen), gather(union, chosen)]
    const occurs = all.greater(1e-9)
    const shares = where(occurs, divide<Tensor, Tensor>(common, all.add(epsilon)), 0)
    return divide<Tensor, Tensor>(sum(shares), sum(occurs.cast('f32')).add(epsilon))
  }

  /** The options that all these metrics report. */
  protected get config(): Config {
    const { numClasses, ignoreClass = null } = this
    return { ...super.getConfig(), numClasses, ignoreClass }
  }
}

const flat = (x: Tensor): Tensor => reshape<Shape, Dims>(x, [-1])
const within = (x: Tensor, classes: number): Tensor => x.greaterEqual(0).logicalAnd(x.less(classes))
const allClasses = (numClasses: number): number[] => Array.from({ length: Number.isInteger(numClasses) ? Math.max(numClasses, 0) : 0 }, (_, i) => i)

function checkedClasses(where: string, ids: readonly number[], numClasses: number): readonly number[] {
  if (!Array.isArray(ids) || ids.length === 0) throw wrongOption(where, 'targetClassIds', 'a list of classes', ids)
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id >= numClasses) {
      throw new ConfigError(`${where}: expected targetClassIds from 0 to ${numClasses - 1}, got ${shown(id)}. Change it, or numClasses.`)
    }
  }
  return [...ids]
}

/**
 * Mean over some classes of true positives / (true positives + false positives + false negatives). Remembers whole counts (i32): weights are cut to
 * integers unless `dtype` is a float.
 */
export class IoU extends MatrixMetric {
  constructor(options: IoUOptions) {
    super(options, 'IoU')
  }

  override getConfig(): Config {
    const { targetClassIds, sparseYTrue, sparseYPred, axis } = this
    return { ...this.config, targetClassIds, sparseYTrue, sparseYPred, axis }
  }
}

/** {@link IoU} of all classes. */
export class MeanIoU extends MatrixMetric {
  constructor(options: MeanIoUOptions) {
    checkOptionNames('MeanIoU', options, ['numClasses', 'ignoreClass', 'sparseYTrue', 'sparseYPred', 'axis', 'name', 'dtype'])
    super({ ...options, targetClassIds: allClasses(options.numClasses) }, 'MeanIoU')
  }

  override getConfig(): Config {
    const { sparseYTrue, sparseYPred, axis } = this
    return { ...this.config, sparseYTrue, sparseYPred, axis }
  }
}

/** What {@link BinaryIoU} can be told. */
export interface BinaryIoUOptions extends MetricOptions {
  /** 0 is below the threshold, 1 above. Default both. */
  readonly targetClassIds?: readonly number[]
  /** From where on a prediction is of class 1. Default 0.5. */
  readonly threshold?: number
}

/** {@link IoU} of two classes that a threshold on the predictions divides. */
export class BinaryIoU extends MatrixMetric {
  private readonly threshold: number

  constructor(given: BinaryIoUOptions = {}) {
    const {
      targetClassIds = [0, 1],
      threshold = 0.5,
      ...options
    } = checkOptionNames('BinaryIoU', given, ['targetClassIds', 'threshold', 'name', 'dtype'])
    super({ ...options, numClasses: 2, targetClassIds }, 'BinaryIoU')
    this.threshold = numberWithin(this.name, 'threshold', threshold, {})
  }

  override update(state: Tensor, yTrue: Tensor, yPred: Tensor, weights: WeightOptions = {}): Tensor {
    return super.update(state, yTrue, yPred.cast('f32').greaterEqual(this.threshold).cast('i32'), weights)
  }

  override getConfig(): Config {
    const { targetClassIds, threshold } = this
    return { ...super.getConfig(), targetClassIds, threshold }
  }
}

/** {@link IoU} for targets that are rows with a one. */
export class OneHotIoU extends MatrixMetric {
  constructor(given: Omit<IoUOptions, 'sparseYTrue'>) {
    const { sparseYPred = false, ...options } = checkOptionNames('OneHotIoU', given, [
      'targetClassIds',
      'numClasses',
      'ignoreClass',
      'sparseYPred',
      'axis',
      'name',
      'dtype',
    ])
    super({ ...options, sparseYTrue: false, sparseYPred }, 'OneHotIoU')
  }

  override getConfig(): Config {
    const { targetClassIds, sparseYPred, axis } = this
    return { ...this.config, targetClassIds, sparseYPred, axis }
  }
}

/** {@link MeanIoU} for targets that are rows with a one. */
export class OneHotMeanIoU extends MatrixMetric {
  constructor(given: Omit<MeanIoUOptions, 'sparseYTrue'>) {
    const { sparseYPred = false, ...options } = checkOptionNames('OneHotMeanIoU', given, [
      'numClasses',
      'ignoreClass',
      'sparseYPred',
      'axis',
      'name',
      'dtype',
    ])
    super({ ...options, targetClassIds: allClasses(options.numClasses), sparseYTrue: false, sparseYPred }, 'OneHotMeanIoU')
  }

  override getConfig(): Config {
    const { sparseYPred, axis } = this
    return { ...this.config, sparseYPred, axis }
  }
}
