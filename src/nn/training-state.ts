// What has to be kept so that a training that was interrupted goes on as if it had not been: every tensor that steps read and write, by name, and
// where in its epochs the training was. Callbacks save it and put it back.

import type { Tensor } from '../core/index.ts'

/** Where the next step is. */
export interface TrainingPosition {
  /** From 0. */
  readonly epoch: number
  /** Of the epoch, from 0; the number of its steps where the epoch is done but for its end (validation, callbacks). */
  readonly step: number
}

/** The part of a {@link TrainingState} that is plain JSON. */
export interface TrainingProgress {
  /** Of this format. */
  readonly version: 1
  readonly position: TrainingPosition
  /** Batches seen since `compile`. */
  readonly iterations: number
  /** Batches and samples that the figures of the present epoch stand for. */
  readonly epochIterations: number
  readonly epochSamples: number
  /** Epochs that are done, and their figures: what `History` holds. */
  readonly history: { readonly epoch: readonly number[]; readonly history: Readonly<Record<string, readonly number[]>> }
  /** What the state belongs to; another is refused. */
  readonly optimizer: string
}

/**
 * A training between two steps.
 *
 * Tensors are named `weights/<path of the parameter>`, `optimizer/<number>`, `metrics/<number>` and `training/<name>`; all of them have buffers of their own.
 */
export interface TrainingState {
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly progress: TrainingProgress
}
