// Rates that fall with the time: by a factor again and again, or as the inverse of the time.

import { power, type Tensor } from '../../../core/index.ts'
import { checkOptionNames } from '../../options/option-names.ts'
import { flag, numberWithin, textOf } from '../../options/option-checks.ts'
import type { Config } from '../../saving/serialized.ts'
import { LearningRateSchedule, little } from './learning-rate-schedule.ts'

/** Options of {@link ExponentialDecay} and {@link InverseTimeDecay}. */
export interface DecayOptions {
  /** The rate at step 0. */
  readonly initialLearningRate: number
  /** Steps of one decay. */
  readonly decaySteps: number
  readonly decayRate: number
  /** Whether the rate falls in steps rather than all the time. Default false. */
  readonly staircase?: boolean
  /** Default: the class's. */
  readonly name?: string
}

/** What decays by the number of times that decaySteps have passed. */
abstract class Decay extends LearningRateSchedule {
  protected readonly initial: number
  protected readonly decayRate: number
  private readonly decaySteps: number
  private readonly staircase: boolean
  private readonly label: string

  constructor(where: string, given: DecayOptions) {
    super()
    const known = ['initialLearningRate', 'decaySteps', 'decayRate', 'staircase', 'name']
    const { initialLearningRate, decaySteps, decayRate, staircase = false, name = where } = checkOptionNames(where, given, known)
    this.initial = numberWithin(where, 'initialLearningRate', initialLearningRate)
    this.decaySteps = numberWithin(where, 'decaySteps', decaySteps, { above: 0 })
    this.decayRate = numberWithin(where, 'decayRate', decayRate, { min: 0 })
    this.staircase = flag(where, 'staircase', staircase)
    this.label = textOf(where, 'name', name)
  }

  /** step / decaySteps, whole on a staircase. */
  protected times(step: Tensor): Tensor {
    return this.staircase ? step.add(little).divide(this.decaySteps).floor() : step.divide(this.decaySteps)
  }

  getConfig(): Config {
    const { initial, decaySteps, decayRate, staircase, label } = this
    return { initialLearningRate: initial, decaySteps, decayRate, staircase, name: label }
  }
}

/** initial · decayRate^(step / decaySteps). */
export class ExponentialDecay extends Decay {
  readonly className: string = 'ExponentialDecay'

  constructor(options: DecayOptions) {
    super('ExponentialDecay', options)
  }

  call(step: Tensor): Tensor {
    return power<number, Tensor>(this.decayRate, this.times(step)).multiply(this.initial)
  }
}

/** initial / (1 + decayRate · step / decaySteps). */
export class InverseTimeDecay extends Decay {
  readonly className: string = 'InverseTimeDecay'

  constructor(options: DecayOptions) {
    super('InverseTimeDecay', options)
  }

  call(step: Tensor): Tensor {
    return this.times(step).multiply(this.decayRate).add(1).reciprocal().multiply(this.initial)
  }
}
