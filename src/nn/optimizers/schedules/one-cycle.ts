// One rise and one fall: the one-cycle policy.

import { clip, less, type Tensor, where } from '../../../core/index.ts'
import { checkOptionNames } from '../../options/option-names.ts'
import { flag, numberWithin, oneOf } from '../../options/option-checks.ts'
import type { Config } from '../../saving/serialized.ts'
import { LearningRateSchedule } from './learning-rate-schedule.ts'

/** Options of {@link OneCycle}. */
export interface OneCycleOptions {
  /** The highest rate. */
  readonly maxLearningRate: number
  /** Steps of the whole cycle; the rate of step totalSteps − 1 is the lowest. */
  readonly totalSteps: number
  /** The part of the steps that the rise takes. Default 0.3. */
  readonly pctStart?: number
  /** 'cos', the default, or 'linear'. */
  readonly annealStrategy?: 'cos' | 'linear'
  /** The rate at step 0 is maxLearningRate / divFactor. Default 25. */
  readonly divFactor?: number
  /** The last rate is the first / finalDivFactor. Default 10000. */
  readonly finalDivFactor?: number
  /** Whether the rate first falls as long as it rose, then to its end, rather than all at once. Default false. */
  readonly threePhase?: boolean
}

const strategies = ['cos', 'linear'] as const

/** From maxLearningRate / divFactor up, and far down (Smith & Topin 2019), the rates of PyTorch's OneCycleLR. Constant after the last step. */
export class OneCycle extends LearningRateSchedule {
  readonly className: string = 'OneCycle'
  private readonly options: Required<OneCycleOptions>

  constructor(options: OneCycleOptions) {
    super()
    checkOptionNames('OneCycle', options, [
      'maxLearningRate',
      'totalSteps',
      'pctStart',
      'annealStrategy',
      'divFactor',
      'finalDivFactor',
      'threePhase',
    ])
    const { maxLearningRate, totalSteps, pctStart = 0.3, annealStrategy = 'cos', divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options
    const where = 'OneCycle'
    this.options = {
      maxLearningRate: numberWithin(where, 'maxLearningRate', maxLearningRate, { min: 0 }),
      totalSteps: numberWithin(where, 'totalSteps', totalSteps, { above: 0, whole: true }),
      pctStart: numberWithin(where, 'pctStart', pctStart, { min: 0, max: 1 }),
      annealStrategy: oneOf(where, 'annealStrategy', annealStrategy, strategies),
      divFactor: numberWithin(where, 'divFactor', divFactor, { above: 0 }),
      finalDivFactor: numberWithin(where, 'finalDivFactor', finalDivFactor, { above: 0 }),
      threePhase: flag(where, 'threePhase', threePhase),
    }
  }

  call(step: Tensor): Tensor {
    const { maxLearningRate: highest, totalSteps, pctStart, divFactor, finalDivFactor, threePhase } = this.options
    const first = highest / divFactor
    const lowest = first / finalDivFactor
    const up = pctStart * totalSteps - 1
    const down = 2 * pctStart * totalSteps - 2
    const end = totalSteps - 1
    if (!threePhase)
      return where(less<Tensor, number>(step, up), this.between(step, 0, up, first, highest), this.between(step, up, end, highest, lowest))
    const falling = where(
      less<Tensor, number>(step, down),
      this.between(step, up, down, highest, first),
      this.between(step, down, end, first, lowest),
    )
    return where(less<Tensor, number>(step, up), this.between(step, 0, up, first, highest), falling)
  }

  private between(step: Tensor, start: number, end: number, from: number, to: number): Tensor {
    const progress = clip<readonly number[]>(step.subtract(start).multiply(1 / (end > start ? end - start : 1)), 0, 1)
    if (this.options.annealStrategy === 'linear') return progress.multiply(to - from).add(from)
    return progress
      .multiply(Math.PI)
      .cos()
      .add(1)
      .multiply((from - to) / 2)
      .add(to)
  }

  getConfig(): Config {
    return { ...this.options }
  }
}
