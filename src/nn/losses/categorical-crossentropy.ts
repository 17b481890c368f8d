// Cross-entropy of one class out of several, for rows of probabilities, plain and focal. Functions give a value for each sample.

import { clip, divide, log, logSoftmax, power, softmax, sum, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { flag, numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { type LabelKind, type LogitsOption, Loss, type LossOptions } from './loss.ts'
import { epsilon, knownSize, matching, smoothed } from './matching.ts'

/** What {@link categoricalCrossentropy} can be told. */
export interface CategoricalCrossentropySettings extends LogitsOption {
  /** Share by which targets are moved to equal probabilities. Default 0. */
  readonly labelSmoothing?: number
  /** The axis of the classes. Default −1. */
  readonly axis?: number
}

const numbersHint = 'Labels as numbers belong to sparseCategoricalCrossentropy, or use oneHot.'

/** Probabilities that add up to 1 along an axis, kept within [1e-7, 1 − 1e-7]. */
export function normalized(prediction: Tensor, axis: number): Tensor {
  return clip(divide<Tensor, Tensor>(prediction, sum(prediction, axis, { keepDims: true })), epsilon, 1 - epsilon)
}

/** −Σ t log p over an axis, p divided by its sum first; from logits −Σ t log softmax. Targets are `[…, classes]`. */
export function categoricalCrossentropy(yTrue: Tensor, yPred: Tensor, options: CategoricalCrossentropySettings = {}): Tensor {
  const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options
  const [t, prediction] = targets('categoricalCrossentropy', yTrue, yPred, labelSmoothing)
  return sum(t.multiply(fromLogits ? logSoftmax(prediction, axis) : log(normalized(prediction, axis))), axis).negate()
}

function targets(where: string, yTrue: Tensor, yPred: Tensor, labelSmoothing: number): readonly [Tensor, Tensor] {
  const [t, prediction] = matching(where, yTrue, yPred, numbersHint)
  return [labelSmoothing === 0 ? t : smoothed(t, labelSmoothing, knownSize(where, t.dims.at(-1))), prediction]
}

/** What {@link categoricalFocalCrossentropy} can be told. */
export interface CategoricalFocalCrossentropySettings extends CategoricalCrossentropySettings {
  /** Weight of all classes. Default 0.25. */
  readonly alpha?: number
  /** How much easy samples are played down. Default 2. */
  readonly gamma?: number
}

/** −Σ alpha·(1 − p)^gamma·t log p over an axis (Lin et al. 2018). Targets are `[…, classes]`. */
export function categoricalFocalCrossentropy(yTrue: Tensor, yPred: Tensor, options: CategoricalFocalCrossentropySettings = {}): Tensor {
  const { alpha = 0.25, gamma = 2, fromLogits = false, labelSmoothing = 0, axis = -1 } = options
  const [t, prediction] = targets('categoricalFocalCrossentropy', yTrue, yPred, labelSmoothing)
  const p = normalized(fromLogits ? softmax(prediction, axis) : prediction, axis)
  const focus: Tensor = power<Tensor, number>(p.negate().add(1), gamma).multiply(alpha)
  return sum(focus.multiply(t.multiply(log(p))), axis).negate()
}

/** {@link categoricalCrossentropy} of a batch. */
export class CategoricalCrossentropy extends Loss {
  private readonly settings: Required<CategoricalCrossentropySettings>

  constructor(given: LossOptions & CategoricalCrossentropySettings = {}) {
    const {
      fromLogits = false,
      labelSmoothing = 0,
      axis = -1,
      ...options
    } = checkOptionNames('CategoricalCrossentropy', given, ['reduction', 'labelSmoothing', 'axis', 'fromLogits', 'name', 'dtype'])
    super(options, 'CategoricalCrossentropy')
    this.settings = checkedSettings(this.name, { fromLogits, labelSmoothing, axis })
  }

  override get labels(): LabelKind {
    return 'probabilities'
  }

  override get activation(): 'softmax' | undefined {
    const { fromLogits, axis } = this.settings
    return fromLogits || axis !== -1 ? undefined : 'softmax'
  }

  override call(yTrue: Tensor, yPred: Tensor, { fromLogits = false }: LogitsOption = {}): Tensor {
    return categoricalCrossentropy(yTrue, yPred, { ...this.settings, fromLogits: fromLogits || this.settings.fromLogits })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings }
  }
}

/** {@link categoricalFocalCrossentropy} of a batch. */
export class CategoricalFocalCrossentropy extends Loss {
  private readonly settings: Required<CategoricalFocalCrossentropySettings>

  constructor(options: LossOptions & CategoricalFocalCrossentropySettings = {}) {
    const {
      alpha = 0.25,
      gamma = 2,
      fromLogits = false,
      labelSmoothing = 0,
      axis = -1,
      ...others
    } = checkOptionNames('CategoricalFocalCrossentropy', options, [
      'reduction',
      'alpha',
      'gamma',
      'labelSmoothing',
      'axis',
      'fromLogits',
      'name',
      'dtype',
    ])
    super(others, 'CategoricalFocalCrossentropy')
    this.settings = {
      ...checkedSettings(this.name, { fromLogits, labelSmoothing, axis }),
      alpha: numberWithin(this.name, 'alpha', alpha, { min: 0 }),
      gamma: numberWithin(this.name, 'gamma', gamma, { min: 0 }),
    }
  }

  override get labels(): LabelKind {
    return 'probabilities'
  }

  override call(yTrue: Tensor, yPred: Tensor, { fromLogits = false }: LogitsOption = {}): Tensor {
    return categoricalFocalCrossentropy(yTrue, yPred, { ...this.settings, fromLogits: fromLogits || this.settings.fromLogits })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings }
  }
}

function checkedSettings(name: string, { fromLogits, labelSmoothing, axis }: Required<CategoricalCrossentropySettings>) {
  return {
    fromLogits: flag(name, 'fromLogits', fromLogits),
    labelSmoothing: numberWithin(name, 'labelSmoothing', labelSmoothing, { min: 0, max: 1 }),
    axis: numberWithin(name, 'axis', axis, { whole: true }),
  }
}
