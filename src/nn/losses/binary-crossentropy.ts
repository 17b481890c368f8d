// Cross-entropy of yes-or-no outputs, plain and focal. Functions give a value for each sample, the mean over an axis.

import { clip, log, log1p, mean, power, sigmoid, softplus, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { flag, numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { type LabelKind, type LogitsOption, Loss, type LossOptions } from './loss.ts'
import { epsilon, matching, smoothed } from './matching.ts'

/** What {@link binaryCrossentropy} can be told. */
export interface BinaryCrossentropySettings extends LogitsOption {
  /** Share by which targets are moved to 0.5. Default 0. */
  readonly labelSmoothing?: number
  /** The axis of the mean. Default −1. */
  readonly axis?: number
}

/** −(t log p + (1 − t) log(1 − p)), p kept within [1e-7, 1 − 1e-7]. */
function elementwise(t: Tensor, prediction: Tensor): Tensor {
  const p = clip(prediction, epsilon, 1 - epsilon)
  const negative = t.negate().add(1).multiply(log1p(p.negate()))
  return t.multiply(log(p)).add(negative).negate()
}

/** Mean of −(t log p + (1 − t) log(1 − p)) over an axis; from logits z, of softplus(z) − t·z. Targets are 0, 1 or between. */
export function binaryCrossentropy(yTrue: Tensor, yPred: Tensor, options: BinaryCrossentropySettings = {}): Tensor {
  const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options
  const [target, prediction] = matching('binaryCrossentropy', yTrue, yPred)
  const t = smoothed(target, labelSmoothing, 2)
  return mean(fromLogits ? softplus(prediction).subtract(prediction.multiply(t)) : elementwise(t, prediction), axis)
}

/** What {@link binaryFocalCrossentropy} can be told. */
export interface BinaryFocalCrossentropySettings extends BinaryCrossentropySettings {
  /** Whether the classes are weighted by alpha and 1 − alpha. Default false. */
  readonly applyClassBalancing?: boolean
  /** Weight of the class 1; 0 has 1 − alpha. Default 0.25. */
  readonly alpha?: number
  /** How much easy samples are played down. Default 2. */
  readonly gamma?: number
}

/** {@link binaryCrossentropy} times (1 − the probability of the truth)^gamma (Lin et al. 2018). */
export function binaryFocalCrossentropy(yTrue: Tensor, yPred: Tensor, options: BinaryFocalCrossentropySettings = {}): Tensor {
  const { applyClassBalancing = false, alpha = 0.25, gamma = 2, fromLogits = false, labelSmoothing = 0, axis = -1 } = options
  const [target, prediction] = matching('binaryFocalCrossentropy', yTrue, yPred)
  const t = smoothed(target, labelSmoothing, 2)
  const p = fromLogits ? sigmoid(prediction) : prediction
  const not = t.negate().add(1)
  const right: Tensor = t.multiply(p).add(not.multiply(p.negate().add(1)))
  const focal: Tensor = power<Tensor, number>(right.negate().add(1), gamma).multiply(elementwise(t, p))
  return mean(
    applyClassBalancing
      ? t
          .multiply(alpha)
          .add(not.multiply(1 - alpha))
          .multiply(focal)
      : focal,
    axis,
  )
}

/** {@link binaryCrossentropy} of a batch. */
export class BinaryCrossentropy extends Loss {
  private readonly settings: Required<BinaryCrossentropySettings>

  constructor(given: LossOptions & BinaryCrossentropySettings = {}) {
    const {
      fromLogits = false,
      labelSmoothing = 0,
      axis = -1,
      ...options
    } = checkOptionNames('BinaryCrossentropy', given, ['reduction', 'labelSmoothing', 'axis', 'fromLogits', 'name', 'dtype'])
    super(options, 'BinaryCrossentropy')
    this.settings = checkedSettings(this.name, { fromLogits, labelSmoothing, axis })
  }

  override get labels(): LabelKind {
    return 'probabilities'
  }

  override get activation(): 'sigmoid' | undefined {
    return this.settings.fromLogits ? undefined : 'sigmoid'
  }

  override call(yTrue: Tensor, yPred: Tensor, { fromLogits = false }: LogitsOption = {}): Tensor {
    return binaryCrossentropy(yTrue, yPred, { ...this.settings, fromLogits: fromLogits || this.settings.fromLogits })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings }
  }
}

/** {@link binaryFocalCrossentropy} of a batch. */
export class BinaryFocalCrossentropy extends Loss {
  private readonly settings: Required<BinaryFocalCrossentropySettings>

  constructor(options: LossOptions & BinaryFocalCrossentropySettings = {}) {
    const {
      applyClassBalancing = false,
      alpha = 0.25,
      gamma = 2,
      fromLogits = false,
      labelSmoothing = 0,
      axis = -1,
      ...others
    } = checkOptionNames('BinaryFocalCrossentropy', options, [
      'reduction',
      'applyClassBalancing',
      'alpha',
      'gamma',
      'labelSmoothing',
      'axis',
      'fromLogits',
      'name',
      'dtype',
    ])
    super(others, 'BinaryFocalCrossentropy')
    this.settings = {
      ...checkedSettings(this.name, { fromLogits, labelSmoothing, axis }),
      applyClassBalancing: flag(this.name, 'applyClassBalancing', applyClassBalancing),
      alpha: numberWithin(this.name, 'alpha', alpha, { min: 0, max: 1 }),
      gamma: numberWithin(this.name, 'gamma', gamma, { min: 0 }),
    }
  }

  override get labels(): LabelKind {
    return 'probabilities'
  }

  override call(yTrue: Tensor, yPred: Tensor, { fromLogits = false }: LogitsOption = {}): Tensor {
    return binaryFocalCrossentropy(yTrue, yPred, { ...this.settings, fromLogits: fromLogits || this.settings.fromLogits })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings }
  }
}

function checkedSettings(name: string, { fromLogits, labelSmoothing, axis }: Required<BinaryCrossentropySettings>) {
  return {
    fromLogits: flag(name, 'fromLogits', fromLogits),
    labelSmoothing: numberWithin(name, 'labelSmoothing', labelSmoothing, { min: 0, max: 1 }),
    axis: numberWithin(name, 'axis', axis, { whole: true }),
  }
}
