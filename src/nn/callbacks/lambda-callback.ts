// A callback from functions.

import type { Callback } from './callback.ts'

/** A callback made of functions, as Keras's LambdaCallback; an object with the same functions does as well. */
export class LambdaCallback implements Callback {
  declare readonly onTrainBegin?: NonNullable<Callback['onTrainBegin']>
  declare readonly onTrainEnd?: NonNullable<Callback['onTrainEnd']>
  declare readonly onEpochBegin?: NonNullable<Callback['onEpochBegin']>
  declare readonly onEpochEnd?: NonNullable<Callback['onEpochEnd']>
  declare readonly onBatchBegin?: NonNullable<Callback['onBatchBegin']>
  declare readonly onBatchEnd?: NonNullable<Callback['onBatchEnd']>
  declare readonly onNonFinite?: NonNullable<Callback['onNonFinite']>

  constructor(hooks: Callback) {
    Object.assign(this, hooks)
  }
}
