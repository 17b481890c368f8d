// Stops when a figure no longer gets better.

import { ConfigError, type Tensor } from '../../core/index.ts'
import { camelCase } from '../identifiers.ts'
import type { AnyModel } from '../model.ts'
import { fetchedWeightsOf } from '../weights.ts'
import type { Callback, Logs } from './callback.ts'

/** Options of {@link EarlyStopping}. */
export interface EarlyStoppingOptions {
  /** Default 'valLoss'. */
  readonly monitor?: string
  /** Change that counts as better. Default 0. */
  readonly minDelta?: number
  /** Epochs without improvement before training stops. Default 0. */
  readonly patience?: number
  /** Whether low or high is good; 'auto' takes accuracies as high, others as low. Default 'auto'. */
  readonly mode?: 'auto' | 'min' | 'max'
  /** The figure must be better than this to count. Default: none. */
  readonly baseline?: number
  /** Puts the weights of the best epoch back, also when training ends by itself. Default false. */
  readonly restoreBestWeights?: boolean
  /** Epochs before this one are not looked at. Default 0. */
  readonly startFromEpoch?: number
}

/**
 * Stops training when a figure has not improved for `patience` epochs, as Keras's EarlyStopping.
 *
 * ```ts
 * await model.fit(x, y, { validationSplit: 0.1, callbacks: [new EarlyStopping({ patience: 3, restoreBestWeights: true })] })
 * ```
 */
export class EarlyStopping implements Callback {
  /** The epoch at which training stopped, if it did. */
  stoppedEpoch: number | undefined
  /** The best epoch so far. */
  bestEpoch = 0
  private readonly options: Required<Omit<EarlyStoppingOptions, 'baseline'>>
  private readonly baseline: number | undefined
  private readonly sign: 1 | -1
  private best: number | undefined
  private bestWeights: Tensor[] | undefined
  private waited = 0

  constructor(options: EarlyStoppingOptions = {}) {
    const { monitor = 'valLoss', minDelta = 0, patience = 0, mode = 'auto', restoreBestWeights = false, startFromEpoch = 0 } = options
    this.options = { monitor: camelCase(monitor), minDelta: Math.abs(minDelta), patience, mode, restoreBestWeights, startFromEpoch }
    this.baseline = options.baseline
    const high = mode === 'max' || (mode === 'auto' && /acc/i.test(monitor))
    this.sign = high ? -1 : 1
  }

  onTrainBegin(): void {
    this.stoppedEpoch = undefined
    this.bestEpoch = 0
    this.best = undefined
    this.bestWeights = undefined
    this.waited = 0
  }

  async onEpochEnd(epoch: number, logs: Logs, model: AnyModel): Promise<void> {
    const { monitor, patience, restoreBestWeights, startFromEpoch } = this.options
    const value = logs[monitor]
    if (value === undefined) {
      throw new ConfigError(
        `earlyStopping: expected one of ${Object.keys(logs).join(', ')} to monitor, got '${monitor}'. Pass validation data for figures that begin with val.`,
      )
    }
    if (epoch < startFromEpoch) return
    if (restoreBestWeights && this.bestWeights === undefined) await this.keep(epoch, model)
    this.waited++
    if (this.isBetter(value, this.best)) {
      this.best = value
      await this.keep(epoch, model)
      if (this.baseline === undefined || this.isBetter(value, this.baseline)) this.waited = 0
      return
    }
    if (this.waited >= patience && epoch > 0) {
      this.stoppedEpoch = epoch
      model.stopTraining = true
    }
  }

  onTrainEnd(_logs: Logs, model: AnyModel): void {
    if (this.bestWeights !== undefined) model.setWeights(this.bestWeights)
  }

  private isBetter(value: number, than: number | undefined): boolean {
    return than === undefined ? !Number.isNaN(value) : this.sign * value < this.sign * than - this.options.minDelta
  }

  private async keep(epoch: number, model: AnyModel): Promise<void> {
    this.bestEpoch = epoch
    if (this.options.restoreBestWeights) this.bestWeights = await fetchedWeightsOf(model)
  }
}
