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
 * Hooks of `fit`, `evaluate` and `predict`. Each may be missing, and may be asynchronous: the run waits. Set `model.stopTraining` to stop `fit`
 * after the present step.
 *
 * ```ts
 * await model.fit(x, y, { callbacks: [{ onEpochEnd: (epoch, logs) => console.log(epoch, logs['valLoss']) }] })
 * ```
 */
export interface Callback {
  /** Here, a state that was saved may be put back: training begins where it was. */
  onTrainBegin?(model: AnyModel): void | Promise<void>
  onTrainEnd?(logs: Logs, model: AnyModel): void | Promise<void>
  /** Epochs count from 0. */
  onEpochBegin?(epoch: number, model: AnyModel): void | Promise<void>
  /** Figures of the epoch, validation included. */
  onEpochEnd?(epoch: number, logs: Logs, model: AnyModel): void | Promise<void>
  /** Steps count from 0 in each epoch. */
  onTrainBatchBegin?(step: number, model: AnyModel): void | Promise<void>
  /** Figures of the epoch so far. */
  onTrainBatchEnd?(step: number, logs: Logs, model: AnyModel): void | Promise<void>
  /** The same as {@link onTrainBatchBegin}. */
  onBatchBegin?(step: number, model: AnyModel): void | Promise<void>
  /** The same as {@link onTrainBatchEnd}. */
  onBatchEnd?(step: number, logs: Logs, model: AnyModel): void | Promise<void>
  /** `evaluate` begins, or the validation of an epoch. */
  onTestBegin?(model: AnyModel): void | Promise<void>
  onTestEnd?(logs: Logs, model: AnyModel): void | Promise<void>
  onTestBatchBegin?(step: number, model: AnyModel): void | Promise<void>
  onTestBatchEnd?(step: number, logs: Logs, model: AnyModel): void | Promise<void>
  onPredictBegin?(model: AnyModel): void | Promise<void>
  onPredictEnd?(logs: Logs, model: AnyModel): void | Promise<void>
  onPredictBatchBegin?(step: number, model: AnyModel): void | Promise<void>
  onPredictBatchEnd?(step: number, logs: Logs, model: AnyModel): void | Promise<void>
  /** Once, when a loss or metric that is not finite is noticed (when figures are read: a few times a second and after each epoch). */
  onNonFinite?(report: NonFiniteReport, model: AnyModel): void | Promise<void>
}
