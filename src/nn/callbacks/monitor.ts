// A figure that callbacks watch: whether it is good where it is high or low, and whether a value is better than one before.

import { ConfigError } from '../../core/index.ts'
import { camelCase } from '../options/identifiers.ts'
import { numberWithin, oneOf, wrongOption } from '../options/option-checks.ts'
import type { Logs } from './callback.ts'

/** Options of callbacks that watch a figure. */
export interface MonitorOptions {
  /** Default 'valLoss'. */
  readonly monitor?: string
  /** Whether low or high is good; 'auto' goes by the figure's name. Default 'auto'. */
  readonly mode?: 'auto' | 'min' | 'max'
  /** Change that counts as better. */
  readonly minDelta?: number
}

/** Figures that are good where they are high. */
const high = /acc|auc|precision|recall|specificity|sensitivity|score|iou|r2|cosineSimilarity|correlation|dice|truePositives|trueNegatives/i
/** Figures that are good where they are low. */
const low =
  /loss|error|entropy|hinge|divergence|poisson|cosh|falsePositives|falseNegatives|^(?:mse|mae|mape|msle|rmse|kld|bce|cce|scce|tversky|ctc)$/i

/** A figure by name. */
export class Monitor {
  /** As logs have it. */
  readonly name: string
  private readonly where: string
  private readonly highIsGood: boolean
  private readonly minDelta: number

  constructor(where: string, { monitor = 'valLoss', mode = 'auto', minDelta = 0 }: MonitorOptions) {
    if (typeof monitor !== 'string' || monitor === '') {
      throw wrongOption(where, 'monitor', 'the name of a figure', monitor, "Use 'valLoss' or a metric's name.")
    }
    this.where = where
    this.name = camelCase(monitor)
    this.minDelta = Math.abs(numberWithin(where, 'minDelta', minDelta))
    this.highIsGood = goodWhereHigh(where, this.name, oneOf(where, 'mode', mode, ['auto', 'min', 'max']))
  }

  /**
   * The figure among those of an epoch; undefined where only validation has it and the epoch was not validated. A ConfigError where it is not there.
   * `validates`: whether some epochs are validated.
   */
  valueIn(logs: Logs, validates: boolean): number | undefined {
    const value = logs[this.name]
    if (value !== undefined) return value
    const wasValidated = Object.keys(logs).some(isOfValidation)
    if (isOfValidation(this.name) && validates && !wasValidated) return undefined
    throw new ConfigError(
      `${this.where}: expected one of ${Object.keys(logs).join(', ')} to monitor, got '${this.name}'. Pass validation data for figures that begin with val.`,
    )
  }

  /** Whether a value is better than one before; any number is better than none. */
  isBetter(value: number, than: number | undefined): boolean {
    if (than === undefined) return !Number.isNaN(value)
    return this.highIsGood ? value - this.minDelta > than : value + this.minDelta < than
  }
}

const isOfValidation = (name: string): boolean => /^val[A-Z]/.test(name)

function goodWhereHigh(where: string, name: string, mode: 'auto' | 'min' | 'max'): boolean {
  if (mode !== 'auto') return mode === 'max'
  const plain = isOfValidation(name) ? name.slice(3) : name
  if (low.test(plain)) return false
  if (high.test(plain)) return true
  throw new ConfigError(`${where}: expected a figure whose name says whether high or low is good, got '${name}'. Pass mode 'min' or 'max'.`)
}
