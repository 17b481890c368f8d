// The learning rate of each epoch by a function.

import { ConfigError } from '../../core/index.ts'
import type { AnyModel } from '../model/model.ts'
import { numberWithin } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { Callback, type Logs } from './callback.ts'
import { rateOf } from './learning-rate.ts'

/** Options of {@link LearningRateScheduler}. */
export interface LearningRateSchedulerOptions {
  /** 1 says what the rate is set to. Default 0. */
  readonly verbose?: 0 | 1
}

const where = 'learningRateScheduler'

/**
 * Sets the learning rate at the beginning of each epoch to `schedule(epoch, rate)`, epochs counted from 0, `rate` what it is, as Keras's
 * LearningRateScheduler; adds `learningRate` to the figures of each epoch. The optimizer's rate must be a number, not a schedule of its own.
 *
 * ```ts
 * await model.fit(x, y, { epochs: 20, callbacks: [new LearningRateScheduler((epoch, rate) => (epoch < 10 ? rate : rate * 0.9))] })
 * ```
 */
export class LearningRateScheduler extends Callback {
  private readonly schedule: (epoch: number, learningRate: number) => number
  private readonly verbose: number

  constructor(schedule: (epoch: number, learningRate: number) => number, options: LearningRateSchedulerOptions = {}) {
    super()
    if (typeof schedule !== 'function') {
      throw new ConfigError(`${where}: expected a schedule (epoch, learningRate) => number, got ${typeof schedule}. Pass a function.`)
    }
    checkOptionNames(where, options, ['verbose'])
    this.schedule = schedule
    this.verbose = numberWithin(where, 'verbose', options.verbose ?? 0, { min: 0, max: 1, whole: true })
  }

  override async onEpochBegin(epoch: number, model: AnyModel): Promise<void> {
    const rate = numberWithin(where, `the schedule's rate for epoch ${epoch}`, this.schedule(epoch, await rateOf(where, model)), { min: 0 })
    model.learningRate = rate
    if (this.verbose === 1) console.log(`Epoch ${epoch + 1}: ${where} sets the learning rate to ${rate}.`)
  }

  override async epochFigures(_epoch: number, model: AnyModel): Promise<Logs> {
    return { learningRate: await rateOf(where, model) }
  }
}
