// What can listen to training, and stop it.

import type { AnyModel } from '../model.ts'

/** Loss and metrics by name. */
export type Logs = Readonly<Record<string, number>>

/** A loss or metric that is NaN or infinite. */
export interface NonFiniteReport {
  /** From 0. */
  readonly epoch: number
  /** The first step of the epoch (from 0) where the loss was not finite; `undefined` where only a metric is. */
  readonly step: number | undefined
  /** `loss`, or the metric's name. */
  readonly metric: string
  /** What is wrong, where, and what to try. */
  readonly message: string
}

/**
 * Hooks of `fit`. Each may be missing, and may be asynchronous: training waits. Set `model.stopTraining` to stop after the present step.
 *
 * ```ts
 * await model.fit(x, y, { callbacks: [{ onEpochEnd: (epoch, logs) => console.log(epoch, logs['valLoss']) }] })
 * ```
 */
export interface Callback {
  onTrainBegin?(model: AnyModel): void | Promise<void>
  onTrainEnd?(logs: Logs, model: AnyModel): void | Promise<void>
  /** Epochs count from 0. */
  onEpochBegin?(epoch: number, model: AnyModel): void | Promise<void>
  /** Figures of the epoch, validation included. */
  onEpochEnd?(epoch: number, logs: Logs, model: AnyModel): void | Promise<void>
  /** Steps count from 0 in each epoch. */
  onBatchBegin?(step: number, model: AnyModel): void | Promise<void>
  /** Figures of the epoch so far. */
  onBatchEnd?(step: number, logs: Logs, model: AnyModel): void | Promise<void>
  /** Once, when a loss or metric that is not finite is noticed (when figures are read: a few times a second and after each epoch). */
  onNonFinite?(report: NonFiniteReport, model: AnyModel): void | Promise<void>
}
