// Half a cosine from the highest rate to the lowest: once, after a warm-up, or again and again.

import { ConfigError, cos, less, minimum, power, type Tensor, where } from '../../../core/index.ts'
import { checkOptionNames } from '../../options/option-names.ts'
import { numberWithin, optionalNumber, textOf } from '../../options/option-checks.ts'
import type { Config } from '../../saving/serialized.ts'
import { LearningRateSchedule, little } from './learning-rate-schedule.ts'

/** Options of {@link CosineDecay}. */
export interface CosineDecayOptions {
  /** The rate at step 0 (before a warm-up), or the highest one where there is none. */
  readonly initialLearningRate: number
  /** Steps from the highest to the lowest rate. */
  readonly decaySteps: number
  /** The lowest rate, as a share of the highest. Default 0. */
  readonly alpha?: number
  /** Default 'CosineDecay'. */
  readonly name?: string
  /** The highest rate, reached by a straight line. Default: no warm-up. */
  readonly warmupTarget?: number | null
  /** Steps of the warm-up. Default 0. */
  readonly warmupSteps?: number
}

/**
 * highest · ((1 − alpha) · ½ (1 + cos(π · t / decaySteps)) + alpha) after a linear warm-up (Loshchilov & Hutter 2017).
 *
 * ```ts
 * new AdamW({ learningRate: cosineDecay({ initialLearningRate: 0, warmupTarget: 1e-3, warmupSteps: 100, decaySteps: 1900 }) })
 * ```
 */
export class CosineDecay extends LearningRateSchedule {
  readonly className: string = 'CosineDecay'
  private readonly initial: number
  private readonly decaySteps: number
  private readonly alpha: number
  private readonly label: string
  private readonly warmupTarget: number | undefined
  private readonly warmupSteps: number

  constructor(given: CosineDecayOptions) {
    const {
      initialLearningRate,
      decaySteps,
      alpha = 0,
      name = 'CosineDecay',
      warmupTarget,
      warmupSteps = 0,
    } = checkOptionNames('CosineDecay', given, ['initialLearningRate', 'decaySteps', 'alpha', 'warmupTarget', 'warmupSteps', 'name'])
    super()
    this.initial = numberWithin('CosineDecay', 'initialLearningRate', initialLearningRate)
    this.decaySteps = numberWithin('CosineDecay', 'decaySteps', decaySteps, { above: 0 })
    this.alpha = numberWithin('CosineDecay', 'alpha', alpha)
    this.label = textOf('CosineDecay', 'name', name)
    this.warmupTarget = optionalNumber('CosineDecay', 'warmupTarget', warmupTarget)
    this.warmupSteps = numberWithin('CosineDecay', 'warmupSteps', warmupSteps, this.warmupTarget === undefined ? { min: 0 } : { above: 0 })
    if (this.warmupTarget === undefined && warmupSteps !== 0) {
      throw new ConfigError(`CosineDecay: expected a warmupTarget for ${warmupSteps} warm-up steps, got none. Give the highest rate.`)
    }
  }

  call(step: Tensor): Tensor {
    const { initial, decaySteps, alpha, warmupTarget, warmupSteps } = this
    const progress = minimum<Tensor, number>(step.subtract(warmupSteps).multiply(1 / decaySteps), 1)
    const decayed = halfCosine(progress)
      .multiply(1 - alpha)
      .add(alpha)
      .multiply(warmupTarget ?? initial)
    if (warmupTarget === undefined) return decayed
    const rising: Tensor = step.multiply((warmupTarget - initial) / warmupSteps).add(initial)
    return where(less<Tensor, number>(step, warmupSteps), rising, decayed)
  }

  getConfig(): Config {
    const { initial, decaySteps, alpha, label, warmupTarget, warmupSteps } = this
    return { initialLearningRate: initial, decaySteps, alpha, name: label, warmupTarget: warmupTarget ?? null, warmupSteps }
  }
}

/** From 1 at 0 to 0 at 1. */
const halfCosine = (progress: Tensor): Tensor => cos(progress.multiply(Math.PI)).add(1).multiply(0.5)

/** Options of {@link CosineDecayRestarts}. */
export interface CosineDecayRestartsOptions {
  /** The highest rate of the first period. */
  readonly initialLearningRate: number
  /** Steps of the first period. */
  readonly firstDecaySteps: number
  /** Each period is so many times as long as the one before. Default 2. */
  readonly tMul?: number
  /** Each period's highest rate is so many times that of the one before. Default 1. */
  readonly mMul?: number
  /** The lowest rate, as a share of the initial. Default 0. */
  readonly alpha?: number
  /** Default 'SGDRDecay'. */
  readonly name?: string
}

/** initial · ((1 − alpha) · mMulⁱ · ½ (1 + cos(π · t)) + alpha), t the part of period i that is over (SGDR: Loshchilov & Hutter 2017). */
export class CosineDecayRestarts extends LearningRateSchedule {
  readonly className: string = 'CosineDecayRestarts'
  private readonly initial: number
  private readonly first: number
  private readonly tMul: number
  private readonly mMul: number
  private readonly alpha: number
  private readonly label: string

  constructor(given: CosineDecayRestartsOptions) {
    const {
      initialLearningRate,
      firstDecaySteps,
      tMul = 2,
      mMul = 1,
      alpha = 0,
      name = 'SGDRDecay',
    } = checkOptionNames('CosineDecayRestarts', given, ['initialLearningRate', 'firstDecaySteps', 'tMul', 'mMul', 'alpha', 'name'])
    super()
    this.initial = numberWithin('CosineDecayRestarts', 'initialLearningRate', initialLearningRate)
    this.first = numberWithin('CosineDecayRestarts', 'firstDecaySteps', firstDecaySteps, { above: 0 })
    this.tMul = numberWithin('CosineDecayRestarts', 'tMul', tMul, { min: 1 })
    this.mMul = numberWithin('CosineDecayRestarts', 'mMul', mMul, { min: 0 })
    this.alpha = numberWithin('CosineDecayRestarts', 'alpha', alpha)
    this.label = textOf('CosineDecayRestarts', 'name', name)
  }

  call(step: Tensor): Tensor {
    const { initial, first, tMul, mMul, alpha } = this
    const elapsed: Tensor = step.multiply(1 / first)
    const { period, progress } = tMul === 1 ? equalPeriods(elapsed, step, first) : growingPeriods(elapsed, step, first, tMul)
    const highest: Tensor = mMul === 1 ? halfCosine(progress) : halfCosine(progress).multiply(power<number, Tensor>(mMul, period))
    return highest
      .multiply(1 - alpha)
      .add(alpha)
      .multiply(initial)
  }

  getConfig(): Config {
    const { initial, first, tMul, mMul, alpha, label } = this
    return { initialLearningRate: initial, firstDecaySteps: first, tMul, mMul, alpha, name: label }
  }
}

/** The number of the period, and the part of it that is over. */
interface Position {
  readonly period: Tensor
  readonly progress: Tensor
}

function equalPeriods(elapsed: Tensor, step: Tensor, first: number): Position {
  const later: Tensor = step.add(little).multiply(1 / first)
  const period = later.floor()
  return { period, progress: elapsed.subtract(period).maximum(0) }
}

/** Where each period is `factor` times as long as the one before. */
function growingPeriods(elapsed: Tensor, step: Tensor, first: number, factor: number): Position {
  const grown: Tensor = step
    .add(little)
    .multiply((factor - 1) / first)
    .add(1)
  const period: Tensor = grown
    .log()
    .multiply(1 / Math.log(factor))
    .floor()
  const length = power<number, Tensor>(factor, period)
  const before: Tensor = length.subtract(1).multiply(1 / (factor - 1))
  return { period, progress: elapsed.subtract(before).divide(length).maximum(0) }
}
