// Stops when a figure no longer gets better.

import type { Tensor } from '../../core/index.ts'
import type { AnyModel } from '../model/model.ts'
import { flag, numberWithin, optionalNumber } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { fetchedWeightsOf } from '../model/weights.ts'
import { Callback, type CallbackState, type Logs, type RunParameters } from './callback.ts'
import { savedNumber, optionalSavedNumber } from './callback-state.ts'
import { Monitor } from './monitor.ts'

/** Options of {@link EarlyStopping}. */
export interface EarlyStoppingOptions {
  /** Default 'valLoss'. Epochs that are not validated are not looked at where it is a figure of validation. */
  readonly monitor?: string
  /** Change that counts as better. Default 0. */
  readonly minDelta?: number
  /** Epochs without improvement before training stops. Default 0. */
  readonly patience?: number
  /** 1 says when training is stopped and weights are put back. Default 0. */
  readonly verbose?: 0 | 1
  /** Whether low or high is good; 'auto' goes by the figure's name: accuracies and the like are good where high, losses and errors where low. Default 'auto'. */
  readonly mode?: 'auto' | 'min' | 'max'
  /** The figure must be better than this to count. Default: none. */
  readonly baseline?: number | null
  /** Puts the weights of the best epoch back, also when training ends by itself. Default false. */
  readonly restoreBestWeights?: boolean
  /** Epochs before this one are not looked at. Default 0. */
  readonly startFromEpoch?: number
}

const where = 'earlyStopping'
const known = ['monitor', 'minDelta', 'patience', 'verbose', 'mode', 'baseline', 'restoreBestWeights', 'startFromEpoch']

/**
 * Stops training when a figure has not improved for `patience` epochs, as Keras's EarlyStopping.
 *
 * ```ts
 * await model.fit(x, y, { validationSplit: 0.1, callbacks: [new EarlyStopping({ patience: 3, restoreBestWeights: true })] })
 * ```
 */
export class EarlyStopping extends Callback {
  /** The epoch at which training stopped, if it did. */
  stoppedEpoch: number | undefined
  /** The best epoch so far. */
  bestEpoch = 0
  /** The best figure so far. */
  best: number | undefined
  private readonly monitor: Monitor
  private readonly patience: number
  private readonly verbose: number
  private readonly baseline: number | undefined
  private readonly restoreBestWeights: boolean
  private readonly startFromEpoch: number
  private bestWeights: readonly Tensor[] | undefined
  private waited = 0
  private validates = false

  constructor(options: EarlyStoppingOptions = {}) {
    super()
    checkOptionNames(where, options, known)
    this.monitor = new Monitor(where, options)
    this.patience = numberWithin(where, 'patience', options.patience ?? 0, { min: 0, whole: true })
    this.verbose = numberWithin(where, 'verbose', options.verbose ?? 0, { min: 0, max: 1, whole: true })
    this.baseline = optionalNumber(where, 'baseline', options.baseline)
    this.restoreBestWeights = flag(where, 'restoreBestWeights', options.restoreBestWeights ?? false)
    this.startFromEpoch = numberWithin(where, 'startFromEpoch', options.startFromEpoch ?? 0, { min: 0, whole: true })
  }

  override setParams({ validates }: RunParameters): void {
    this.validates = validates
  }

  override onTrainBegin(): void {
    this.stoppedEpoch = undefined
    this.bestEpoch = 0
    this.best = undefined
    this.bestWeights = undefined
    this.waited = 0
  }

  override async onEpochEnd(epoch: number, logs: Logs, model: AnyModel): Promise<void> {
    const { monitor } = this
    const value = monitor.valueIn(logs, this.validates)
    if (value === undefined || epoch < this.startFromEpoch) return
    if (this.restoreBestWeights && this.bestWeights === undefined) await this.keep(epoch, model)
    this.waited++
    if (monitor.isBetter(value, this.best)) {
      this.best = value
      await this.keep(epoch, model)
      if (this.baseline === undefined || monitor.isBetter(value, this.baseline)) this.waited = 0
      return
    }
    if (this.waited >= this.patience && epoch > 0) {
      this.stoppedEpoch = epoch
      model.stopTraining = true
    }
  }

  override onTrainEnd(_logs: Logs, model: AnyModel): void {
    if (this.stoppedEpoch !== undefined) this.say(`${where}: stopped after epoch ${this.stoppedEpoch + 1}.`)
    if (this.bestWeights === undefined) return
    this.say(`${where}: the weights of epoch ${this.bestEpoch + 1}, the best one, are put back.`)
    model.setWeights(this.bestWeights)
  }

  override getState(): CallbackState {
    const { best = null, bestEpoch, waited, stoppedEpoch = null, bestWeights = [] } = this
    return { json: { best, bestEpoch, waited, stoppedEpoch }, tensors: Object.fromEntries(bestWeights.map((weight, i) => [String(i), weight])) }
  }

  override setState(state: CallbackState): void {
    this.best = optionalSavedNumber(where, state, 'best')
    this.bestEpoch = savedNumber(where, state, 'bestEpoch')
    this.waited = savedNumber(where, state, 'waited')
    this.stoppedEpoch = optionalSavedNumber(where, state, 'stoppedEpoch')
    const { tensors = {} } = state
    const weights = Object.keys(tensors).flatMap((_, i) => tensors[String(i)] ?? [])
    this.bestWeights = weights.length === 0 ? undefined : weights
  }

  private say(text: string): void {
    if (this.verbose === 1) console.log(text)
  }

  private async keep(epoch: number, model: AnyModel): Promise<void> {
    this.bestEpoch = epoch
    if (this.restoreBestWeights) this.bestWeights = await fetchedWeightsOf(model)
  }
}
