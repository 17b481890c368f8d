// Cross-entropies for labels that are numbers of classes. Functions give a value for each sample (or step).

import { exp, log, max, power, type Shape, stopGradient, sum, type Tensor, where } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { flag, numberWithin, optionalNumber } from '../options/option-checks.ts'
import { withMask } from '../layer/masks.ts'
import type { Config } from '../saving/serialized.ts'
import { normalized } from './categorical-crossentropy.ts'
import { type LabelKind, type LogitsOption, Loss, type LossOptions } from './loss.ts'
import { axisLast, classLabels, hotLabels } from './matching.ts'
import { withLastAxis } from './weighting.ts'

/** What {@link sparseCategoricalCrossentropy} can be told. */
export interface SparseCategoricalCrossentropySettings extends LogitsOption {
  /** A label whose samples cost nothing and do not count (255 of a border, −1). Default: none. */
  readonly ignoreClass?: number | null
  /** The axis of the classes. Default −1. */
  readonly axis?: number
}

/**
 * −log of the label's probability (probabilities are divided by their sum first); from logits log Σ e^z − z[label]. Labels are numbers, `[…]`
 * or with an axis of size 1 in the place of the classes.
 */
export function sparseCategoricalCrossentropy(yTrue: Tensor, yPred: Tensor, options: SparseCategoricalCrossentropySettings = {}): Tensor {
  const { fromLogits = false, ignoreClass, axis = -1 } = options
  const name = 'sparseCategoricalCrossentropy'
  const prediction = axisLast(name, yPred, axis)
  const labels = classLabels(name, yTrue.rank === yPred.rank ? axisLast(name, yTrue, axis) : yTrue, prediction)
  if (ignoreClass === undefined || ignoreClass === null) return labelled(labels, prediction, fromLogits)
  const counts = labels.notEqual(ignoreClass)
  const values = labelled(where(counts, labels, 0), where(withLastAxis(counts), prediction, 0), fromLogits)
  return withMask(where(counts, values, 0), counts)
}

function labelled(labels: Tensor, prediction: Tensor, fromLogits: boolean): Tensor {
  const hot = hotLabels('sparseCategoricalCrossentropy', labels, prediction)
  if (fromLogits) {
    // log Σ e^z − z[label] instead of −log softmax: the gradient, softmax − hot, then needs no sum over hot.
    const shifted: Tensor = prediction.subtract(stopGradient<Shape>(max<Shape, -1, true>(prediction, -1, { keepDims: true })))
    return log(sum(exp(shifted), -1)).subtract(sum(hot.multiply(shifted), -1))
  }
  return sum(hot.multiply(log(normalized(prediction, -1))), -1).negate()
}

/** What {@link categoricalGeneralizedCrossEntropy} can be told. */
export interface GeneralizedCrossEntropySettings {
  /** Between 0 (cross-entropy) and 1 (absolute error), both excluded. Default 0.5. */
  readonly q?: number
}

/** (1 − p^q) / q of the label's probability p: robust against wrong labels (Zhang and Sabuncu 2018). Labels are numbers. */
export function categoricalGeneralizedCrossEntropy(yTrue: Tensor, yPred: Tensor, { q = 0.5 }: GeneralizedCrossEntropySettings = {}): Tensor {
  const name = 'categoricalGeneralizedCrossEntropy'
  const hot = hotLabels(name, classLabels(name, yTrue, yPred), yPred)
  const p: Tensor = sum(yPred.multiply(hot), -1)
  return power<Tensor, number>(p, q)
    .negate()
    .add(1)
    .multiply(1 / q)
}

/** {@link sparseCategoricalCrossentropy} of a batch. */
export class SparseCategoricalCrossentropy extends Loss {
  private readonly fromLogits: boolean
  private readonly ignoreClass: number | undefined
  private readonly axis: number

  constructor(given: LossOptions & SparseCategoricalCrossentropySettings = {}) {
    const {
      fromLogits = false,
      ignoreClass,
      axis = -1,
      ...options
    } = checkOptionNames('SparseCategoricalCrossentropy', given, ['reduction', 'ignoreClass', 'axis', 'fromLogits', 'name', 'dtype'])
    super(options, 'SparseCategoricalCrossentropy')
    this.fromLogits = flag(this.name, 'fromLogits', fromLogits)
    this.ignoreClass = optionalNumber(this.name, 'ignoreClass', ignoreClass, { whole: true })
    this.axis = numberWithin(this.name, 'axis', axis, { whole: true })
  }

  override get labels(): LabelKind {
    return this.axis === -1 ? 'classes' : 'any'
  }

  override get activation(): 'softmax' | undefined {
    return this.fromLogits || this.axis !== -1 ? undefined : 'softmax'
  }

  override get ignoredLabel(): number | undefined {
    return this.ignoreClass
  }

  override call(yTrue: Tensor, yPred: Tensor, { fromLogits = false }: LogitsOption = {}): Tensor {
    const { axis } = this
    const ignoreClass = this.ignoreClass ?? null
    return sparseCategoricalCrossentropy(yTrue, yPred, { ignoreClass, axis, fromLogits: fromLogits || this.fromLogits })
  }

  override getConfig(): Config {
    const { fromLogits, ignoreClass, axis } = this
    return { ...super.getConfig(), fromLogits, ignoreClass: ignoreClass ?? null, axis }
  }
}

/** {@link categoricalGeneralizedCrossEntropy} of a batch. */
export class CategoricalGeneralizedCrossEntropy extends Loss {
  private readonly q: number

  constructor(given: LossOptions & GeneralizedCrossEntropySettings = {}) {
    const { q = 0.5, ...options } = checkOptionNames('CategoricalGeneralizedCrossEntropy', given, ['reduction', 'q', 'name', 'dtype'])
    super(options, 'CategoricalGeneralizedCrossEntropy')
    this.q = numberWithin(this.name, 'q', q, { above: 0, below: 1 })
  }

  override get labels(): LabelKind {
    return 'classes'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalGeneralizedCrossEntropy(yTrue, yPred, { q: this.q })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), q: this.q }
  }
}
