// Lowers the learning rate when a figure no longer gets better.

import type { AnyModel } from '../model/model.ts'
import { numberWithin } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { Callback, type CallbackState, type Logs, type RunParameters } from './callback.ts'
import { savedNumber, optionalSavedNumber } from './callback-state.ts'
import { rateFigures, ratesOf, setRates } from './learning-rate.ts'
import { Monitor } from './monitor.ts'

/** Options of {@link ReduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions {
  /** Default 'valLoss'. Epochs that are not validated are not looked at where it is a figure of validation. */
  readonly monitor?: string
  /** What the learning rate is multiplied by, above 0 and below 1. Default 0.1. */
  readonly factor?: number
  /** Epochs without improvement before it is lowered. Default 10. */
  readonly patience?: number
  /** 1 says when it is lowered. Default 0. */
  readonly verbose?: 0 | 1
  /** Whether low or high is good; 'auto' goes by the figure's name. Default 'auto'. */
  readonly mode?: 'auto' | 'min' | 'max'
  /** Change that counts as better. Default 0.0001. */
  readonly minDelta?: number
  /** Epochs after a reduction in which nothing is counted. Default 0. */
  readonly cooldown?: number
  /** It is not lowered below this. Default 0. */
  readonly minLr?: number
}

const where = 'reduceLROnPlateau'
const known = ['monitor', 'factor', 'patience', 'verbose', 'mode', 'minDelta', 'cooldown', 'minLr']

/**
 * Multiplies the learning rate by `factor` when a figure has not improved for `patience` epochs, as Keras's ReduceLROnPlateau; adds `learningRate` to
 * the figures of each epoch. The optimizer's rate must be a number, not a schedule. Of a `MultiOptimizer` the rate of each of its optimizers
 * is lowered.
 *
 * ```ts
 * await model.fit(x, y, { validationSplit: 0.1, epochs: 50, callbacks: [new ReduceLROnPlateau({ factor: 0.2, patience: 5, minLr: 0.001 })] })
 * ```
 */
export class ReduceLROnPlateau extends Callback {
  /** The best figure so far. */
  best: number | undefined
  private readonly monitor: Monitor
  private readonly factor: number
  private readonly patience: number
  private readonly verbose: number
  private readonly cooldown: number
  private readonly minLr: number
  private waited = 0
  private cooling = 0
  private validates = false

  constructor(options: ReduceLROnPlateauOptions = {}) {
    super()
    checkOptionNames(where, options, known)
    this.monitor = new Monitor(where, { ...options, minDelta: options.minDelta ?? 1e-4 })
    this.factor = numberWithin(where, 'factor', options.factor ?? 0.1, { above: 0, below: 1 })
    this.patience = numberWithin(where, 'patience', options.patience ?? 10, { min: 0, whole: true })
    this.verbose = numberWithin(where, 'verbose', options.verbose ?? 0, { min: 0, max: 1, whole: true })
    this.cooldown = numberWithin(where, 'cooldown', options.cooldown ?? 0, { min: 0, whole: true })
    this.minLr = numberWithin(where, 'minLr', options.minLr ?? 0, { min: 0 })
  }

  override setParams({ validates }: RunParameters): void {
    this.validates = validates
  }

  override onTrainBegin(): void {
    this.best = undefined
    this.waited = 0
    this.cooling = 0
  }

  override async epochFigures(_epoch: number, model: AnyModel): Promise<Logs> {
    return rateFigures(where, model)
  }

  override async onEpochEnd(epoch: number, logs: Logs, model: AnyModel): Promise<void> {
    const value = this.monitor.valueIn(logs, this.validates)
    if (value === undefined) return
    if (this.cooling > 0) {
      this.cooling--
      this.waited = 0
    }
    if (this.monitor.isBetter(value, this.best)) {
      this.best = value
      this.waited = 0
      return
    }
    if (this.cooling > 0) return
    this.waited++
    if (this.waited >= this.patience) await this.reduce(epoch, model)
  }

  override getState(): CallbackState {
    const { best = null, waited, cooling } = this
    return { json: { best, waited, cooling } }
  }

  override setState(state: CallbackState): void {
    this.best = optionalSavedNumber(where, state, 'best')
    this.waited = savedNumber(where, state, 'waited')
    this.cooling = savedNumber(where, state, 'cooling')
  }

  private async reduce(epoch: number, model: AnyModel): Promise<void> {
    const before = await ratesOf(where, model)
    // The rate is kept in single precision: a limit that was reached is compared as it is kept.
    const rates = before.map(({ rate }) => (rate <= Math.fround(this.minLr) ? undefined : Math.max(rate * this.factor, this.minLr)))
    if (rates.every((rate) => rate === undefined)) return
    setRates(where, model, rates)
    this.cooling = this.cooldown
    this.waited = 0
    for (const [i, { of }] of before.entries()) {
      if (this.verbose === 1 && rates[i] !== undefined) console.log(`Epoch ${epoch + 1}: ${where} lowers the learning rate${of} to ${rates[i]}.`)
    }
  }
}
