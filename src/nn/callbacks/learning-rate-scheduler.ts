// The learning rate of each epoch by a function.

import { ConfigError } from '../../core/index.ts'
import type { AnyModel } from '../model/model.ts'
import { numberWithin } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { Callback, type Logs } from './callback.ts'
import { rateFigures, ratesOf, setRates } from './learning-rate.ts'

/** Options of {@link LearningRateScheduler}. */
export interface LearningRateSchedulerOptions {
  /** 1 says what the rate is set to. Default 0. */
  readonly verbose?: 0 | 1
}

const where = 'learningRateScheduler'

/**
 * Sets the learning rate at the beginning of each epoch to `schedule(epoch, rate)`, epochs counted from 0, `rate` what it is, as Keras's
 * LearningRateScheduler; adds `learningRate` to the figures of each epoch. The optimizer's rate must be a number, not a schedule of its own. Of
 * a `MultiOptimizer` the rate of each of its optimizers is set.
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
    const before = await ratesOf(where, model)
    const rates = before.map(({ rate }) => numberWithin(where, `the schedule's rate for epoch ${epoch}`, this.schedule(epoch, rate), { min: 0 }))
    setRates(where, model, rates)
    if (this.verbose !== 1) return
    for (const [i, { of }] of before.entries()) console.log(`Epoch ${epoch + 1}: ${where} sets the learning rate${of} to ${rates[i]}.`)
  }

  override async epochFigures(_epoch: number, model: AnyModel): Promise<Logs> {
    return rateFigures(where, model)
  }
}
