// Schedules that begin with a warm-up, for transformers: a straight fall after it, or a plateau and a fall at the end.

import { clip, less, type Tensor, where } from '../../../core/index.ts'
import { checkOptionNames } from '../../options/option-names.ts'
import { numberWithin, oneOf } from '../../options/option-checks.ts'
import type { Config } from '../../saving/serialized.ts'
import { LearningRateSchedule } from './learning-rate-schedule.ts'

/** Options of {@link LinearWarmupDecay}. */
export interface LinearWarmupDecayOptions {
  /** The highest rate. */
  readonly peakLearningRate: number
  /** Steps of the rise from initialLearningRate. */
  readonly warmupSteps: number
  /** Steps of the whole schedule, warm-up included. */
  readonly totalSteps: number
  /** The rate at step 0. Default 0. */
  readonly initialLearningRate?: number
  /** The rate from the last step on. Default 0. */
  readonly endLearningRate?: number
}

/** A straight line up to the peak and a straight line down to the end, as BERT's (Devlin et al. 2019, §A.2). */
export class LinearWarmupDecay extends LearningRateSchedule {
  readonly className: string = 'LinearWarmupDecay'
  private readonly options: Required<LinearWarmupDecayOptions>

  constructor(given: LinearWarmupDecayOptions) {
    const {
      peakLearningRate,
      warmupSteps,
      totalSteps,
      initialLearningRate = 0,
      endLearningRate = 0,
    } = checkOptionNames('LinearWarmupDecay', given, ['peakLearningRate', 'warmupSteps', 'totalSteps', 'initialLearningRate', 'endLearningRate'])
    super()
    const where = 'LinearWarmupDecay'
    this.options = {
      peakLearningRate: numberWithin(where, 'peakLearningRate', peakLearningRate, { min: 0 }),
      warmupSteps: numberWithin(where, 'warmupSteps', warmupSteps, { min: 0 }),
      totalSteps: numberWithin(where, 'totalSteps', totalSteps, { above: warmupSteps }),
      initialLearningRate: numberWithin(where, 'initialLearningRate', initialLearningRate, { min: 0 }),
      endLearningRate: numberWithin(where, 'endLearningRate', endLearningRate, { min: 0 }),
    }
  }

  call(step: Tensor): Tensor {
    const { peakLearningRate: peak, warmupSteps, totalSteps, initialLearningRate, endLearningRate } = this.options
    return warmedUp(step, initialLearningRate, peak, warmupSteps, ramp(step, peak, endLearningRate, warmupSteps, totalSteps))
  }

  getConfig(): Config {
    return { ...this.options }
  }
}

/** Options of {@link WarmupStableDecay}. */
export interface WarmupStableDecayOptions {
  /** The highest rate. */
  readonly peakLearningRate: number
  /** Steps of the rise from initialLearningRate. */
  readonly warmupSteps: number
  /** Steps at the peak. */
  readonly stableSteps: number
  /** Steps of the fall to endLearningRate. */
  readonly decaySteps: number
  /** The rate at step 0. Default 0. */
  readonly initialLearningRate?: number
  /** The rate after the fall. Default 0. */
  readonly endLearningRate?: number
  /** How the rate falls: in a straight line, as half a cosine, or as 1 − √progress. Default 'linear'. */
  readonly decayType?: 'linear' | 'cosine' | 'sqrt'
}

const decayTypes = ['linear', 'cosine', 'sqrt'] as const

/** Warm-up, plateau, fall: WSD (Hu et al. 2024, §4; `sqrt`: Hägele et al. 2024). */
export class WarmupStableDecay extends LearningRateSchedule {
  readonly className: string = 'WarmupStableDecay'
  private readonly options: Required<WarmupStableDecayOptions>

  constructor(options: WarmupStableDecayOptions) {
    super()
    const known = ['peakLearningRate', 'warmupSteps', 'stableSteps', 'decaySteps', 'initialLearningRate', 'endLearningRate', 'decayType']
    checkOptionNames('WarmupStableDecay', options, known)
    const { peakLearningRate, warmupSteps, stableSteps, decaySteps, initialLearningRate = 0, endLearningRate = 0, decayType = 'linear' } = options
    const where = 'WarmupStableDecay'
    this.options = {
      peakLearningRate: numberWithin(where, 'peakLearningRate', peakLearningRate, { min: 0 }),
      warmupSteps: numberWithin(where, 'warmupSteps', warmupSteps, { min: 0 }),
      stableSteps: numberWithin(where, 'stableSteps', stableSteps, { min: 0 }),
      decaySteps: numberWithin(where, 'decaySteps', decaySteps, { above: 0 }),
      initialLearningRate: numberWithin(where, 'initialLearningRate', initialLearningRate, { min: 0 }),
      endLearningRate: numberWithin(where, 'endLearningRate', endLearningRate, { min: 0 }),
      decayType: oneOf(where, 'decayType', decayType, decayTypes),
    }
  }

  call(step: Tensor): Tensor {
    const { peakLearningRate: peak, warmupSteps, stableSteps, decaySteps, initialLearningRate, endLearningRate, decayType } = this.options
    const start = warmupSteps + stableSteps
    if (decayType === 'linear')
      return warmedUp(step, initialLearningRate, peak, warmupSteps, ramp(step, peak, endLearningRate, start, start + decaySteps))
    const progress = clip<readonly number[]>(step.subtract(start).multiply(1 / decaySteps), 0, 1)
    const left: Tensor = decayType === 'cosine' ? progress.multiply(Math.PI).cos().add(1).multiply(0.5) : progress.sqrt().negate().add(1)
    return warmedUp(step, initialLearningRate, peak, warmupSteps, left.multiply(peak - endLearningRate).add(endLearningRate))
  }

  getConfig(): Config {
    return { ...this.options }
  }
}

/** A straight line from `from` at step `start` to `to` at step `end`, level before and after. */
function ramp(step: Tensor, from: number, to: number, start: number, end: number): Tensor {
  const progress = clip<readonly number[]>(step.subtract(start).multiply(1 / (end - start)), 0, 1)
  return progress.multiply(to - from).add(from)
}

/** A straight line from `initial` to `peak` over the first `steps`, then `later`. */
function warmedUp(step: Tensor, initial: number, peak: number, steps: number, later: Tensor): Tensor {
  if (steps === 0) return later
  const rising: Tensor = step.multiply((peak - initial) / steps).add(initial)
  return where(less<Tensor, number>(step, steps), rising, later)
}
