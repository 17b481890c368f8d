// A rate that falls to its last value as a power of the steps that are left.

import { ceil, equal, minimum, power, type Tensor, where } from '../../../core/index.ts'
import { checkOptionNames } from '../../options/option-names.ts'
import { flag, numberWithin, textOf } from '../../options/option-checks.ts'
import type { Config } from '../../saving/serialized.ts'
import { LearningRateSchedule, little } from './learning-rate-schedule.ts'

/** Options of {@link PolynomialDecay}. */
export interface PolynomialDecayOptions {
  /** The rate at step 0. */
  readonly initialLearningRate: number
  /** Steps to the last rate. */
  readonly decaySteps: number
  /** Default 0.0001. */
  readonly endLearningRate?: number
  /** 1, the default, is a straight line. */
  readonly power?: number
  /** Whether the rate rises again, and falls over twice, three times, … as many steps. Default false. */
  readonly cycle?: boolean
  /** Default 'PolynomialDecay'. */
  readonly name?: string
}

/** (initial − end) · (1 − step / decaySteps)^power + end. */
export class PolynomialDecay extends LearningRateSchedule {
  readonly className: string = 'PolynomialDecay'
  private readonly options: Required<PolynomialDecayOptions>

  constructor(options: PolynomialDecayOptions) {
    super()
    const where = 'PolynomialDecay'
    checkOptionNames(where, options, ['initialLearningRate', 'decaySteps', 'endLearningRate', 'power', 'cycle', 'name'])
    const { initialLearningRate, decaySteps, endLearningRate = 0.0001, power = 1, cycle = false, name = 'PolynomialDecay' } = options
    this.options = {
      initialLearningRate: numberWithin(where, 'initialLearningRate', initialLearningRate),
      decaySteps: numberWithin(where, 'decaySteps', decaySteps, { above: 0 }),
      endLearningRate: numberWithin(where, 'endLearningRate', endLearningRate),
      power: numberWithin(where, 'power', power, { min: 0 }),
      cycle: flag(where, 'cycle', cycle),
      name: textOf(where, 'name', name),
    }
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, endLearningRate, power: exponent, cycle } = this.options
    const elapsed: Tensor = step.divide(decaySteps)
    const periods = where(equal<Tensor, number>(step, 0), 1, ceil(step.subtract(little).divide(decaySteps)))
    const progress: Tensor = cycle ? elapsed.divide(periods) : minimum<Tensor, number>(elapsed, 1)
    const left: Tensor = progress.negate().add(1).maximum(0)
    const share: Tensor = exponent === 1 ? left : power<Tensor, number>(left, exponent)
    return share.multiply(initialLearningRate - endLearningRate).add(endLearningRate)
  }

  getConfig(): Config {
    return { ...this.options }
  }
}
