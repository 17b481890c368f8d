// Where steps take their batches from: arrays that are cut into batches, or somebody's own batches.

import type { Tree } from '../../core/index.ts'
import type { Batch, Samples } from './batches.ts'

/** Batches of epochs. */
export interface Feed {
  /** Inputs of one batch, for building a model. */
  readonly example: Tree
  /** All samples, where they are arrays. */
  readonly samples: Samples | undefined
  /** Steps of an epoch, where that is known. */
  readonly steps: number | undefined
  /**
   * Goes to a step of an epoch; the number of steps that the epoch has (Infinity where nobody knows), 0 where there are no data left. `resumedSince`:
   * the first epoch of a training that goes on here, where data are to be passed over that it has seen.
   */
  seek(epoch: number, step: number, resumedSince?: number): Promise<number>
  /** Passes over what so many passes of so many steps have read of data that can be read only once. Absent where all batches are there. */
  readonly passOver?: (passes: number, steps: number | undefined) => Promise<void>
  /** Fetches the batch of the next step; false at the end of the data. Absent where all batches are there. */
  readonly fetch?: () => Promise<boolean>
  /** The batch of a step. */
  at(step: number): Batch
  /** The {@link Batch.capacity} of the batch of a step. */
  capacityAt(step: number): number | undefined
}
