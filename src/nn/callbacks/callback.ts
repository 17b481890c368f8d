// What can listen to training, and stop it.

import type { Tensor } from '../../core/index.ts'
import type { AnyModel } from '../model/model.ts'
import type { Verbosity } from '../progress/progress.ts'
import type { Config } from '../saving/serialized.ts'
import type { Terminal } from '../progress/terminal.ts'

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

/** What a run is like, as callbacks are told it before it begins. */
export interface RunParameters {
  /** Passes over the data; undefined outside of `fit`. */
  readonly epochs?: number | undefined
  /** Steps of a pass; undefined where nobody knows. */
  readonly steps?: number | undefined
  readonly verbose: Verbosity
  /** Where progress is shown. */
  readonly terminal: Terminal
  /** Whether epochs are validated. */
  readonly validates: boolean
  /** All callbacks of the run, in order. */
  readonly callbacks: readonly Callback[]
}

/** What a callback remembers, for a training that goes on in another process. */
export interface CallbackState {
  readonly json: Config
  /** With buffers of their own. */
  readonly tensors?: Readonly<Record<string, Tensor>>
}

/**
 * Something that listens to `fit`, `evaluate` and `predict`: a subclass, or a plain object with some of its hooks. Each may be missing, and may be
 * asynchronous: the run waits. Set `model.stopTraining` to stop `fit` after the present step.
 *
 * ```ts
 * await model.fit(x, y, { callbacks: [{ onEpochEnd: (epoch, logs) => console.log(epoch, logs['valLoss']) }] })
 * ```
 */
export class Callback {}

/** The hooks of {@link Callback}. */
export interface Callback {
  /** Called after the callbacks that do not say so, whatever its place in the list: it looks at what they have come to. Default false. */
  readonly isLast?: boolean
  /** Of a list of callbacks: what it holds is called instead of the list. */
  readonly callbacks?: readonly Callback[]
  /** Shows the progress of a run, which then does not show it itself. Default false. */
  readonly showsProgress?: boolean
  /** The model of the run; known to subclasses from `onTrainBegin` (or `onTestBegin`, `onPredictBegin`) on, as its hooks are given it, too. */
  model?: AnyModel | undefined
  /** Before a run begins. */
  setParams?(params: RunParameters, model: AnyModel): void
  /** What it remembers now; saved with a training, by the callback's place in the list and its class. */
  getState?(): CallbackState | Promise<CallbackState>
  /** Takes what {@link getState} gave, after `onTrainBegin` of all callbacks. */
  setState?(state: CallbackState): void | Promise<void>
  /** Closes what it holds open; called when fit is over, also where it fails. */
  release?(): void | Promise<void>
  /** More figures of an epoch, in its logs and in the history; asked before `onEpochEnd`. */
  epochFigures?(epoch: number, model: AnyModel): Logs | Promise<Logs>
  /** Here, a state that was saved may be put back: training begins where it was. */
  onTrainBegin?(model: AnyModel): void | Promise<void>
  onTrainEnd?(logs: Logs, model: AnyModel): void | Promise<void>
  /** Epochs count from 0. Not called again for an epoch that goes on in its middle: what this has done to the model is in the state. */
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
