// What a training run was like, epoch by epoch.

import { FormatError } from '../../core/index.ts'
import { Callback, type CallbackState, type Logs } from './callback.ts'

/** What `fit` returns. As a callback, it takes down the epochs of the runs that it listens to, one after the other. */
export class History extends Callback {
  /** Numbers of the epochs, from 0. */
  readonly epoch: number[] = []
  /** Figures of each epoch: `loss`, the metrics by name, and `valLoss`, `valAccuracy`, … where there is validation data. */
  readonly history: Record<string, number[]> & { readonly loss: number[] } = { loss: [] }

  /** Adds an epoch. */
  record(epoch: number, figures: Readonly<Record<string, number>>): void {
    this.epoch.push(epoch)
    for (const [name, value] of Object.entries(figures)) {
      const series = this.history[name] ?? []
      series.push(value)
      this.history[name] = series
    }
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    this.record(epoch, logs)
  }

  override getState(): CallbackState {
    const { epoch, history } = this
    return { json: { epoch: [...epoch], history: Object.fromEntries(Object.entries(history).map(([name, series]) => [name, [...series]])) } }
  }

  override setState({ json }: CallbackState): void {
    const { epoch, history } = json
    const isSeries = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every((item) => typeof item === 'number')
    const series = Object.entries(typeof history === 'object' ? (history ?? {}) : {}).flatMap(([name, value]) =>
      isSeries(value) ? [[name, value] as const] : [],
    )
    if (!isSeries(epoch))
      throw new FormatError(`history: expected 'epoch' of a saved state as numbers, got ${JSON.stringify(epoch)}. Begin the training anew.`)
    this.take({ epoch, history: Object.fromEntries(series) })
  }

  /** Takes over the epochs of a training that was interrupted. */
  take({ epoch, history }: { readonly epoch: readonly number[]; readonly history: Readonly<Record<string, readonly number[]>> }): void {
    this.epoch.splice(0, this.epoch.length, ...epoch)
    for (const [name, series] of Object.entries(history)) this.history[name] = [...series]
  }

  /** Figures of the last epoch. */
  last(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.history).flatMap(([name, series]) => series.slice(-1).map((value) => [name, value])))
  }
}

/** Figures of validation data under their names in a history: `valLoss`, `valAccuracy`. */
export function validationFigures(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`val${name.charAt(0).toUpperCase()}${name.slice(1)}`, value]))
}
