// A callback from functions.

import type { Callback } from './callback.ts'

/** A callback made of functions, as Keras's LambdaCallback; an object with the same functions does as well. */
export class LambdaCallback implements Callback {
  declare readonly onTrainBegin?: NonNullable<Callback['onTrainBegin']>
  declare readonly onTrainEnd?: NonNullable<Callback['onTrainEnd']>
  declare readonly onEpochBegin?: NonNullable<Callback['onEpochBegin']>
  declare readonly onEpochEnd?: NonNullable<Callback['onEpochEnd']>
  declare readonly onTrainBatchBegin?: NonNullable<Callback['onTrainBatchBegin']>
  declare readonly onTrainBatchEnd?: NonNullable<Callback['onTrainBatchEnd']>
  declare readonly onBatchBegin?: NonNullable<Callback['onBatchBegin']>
  declare readonly onBatchEnd?: NonNullable<Callback['onBatchEnd']>
  declare readonly onTestBegin?: NonNullable<Callback['onTestBegin']>
  declare readonly onTestEnd?: NonNullable<Callback['onTestEnd']>
  declare readonly onTestBatchBegin?: NonNullable<Callback['onTestBatchBegin']>
  declare readonly onTestBatchEnd?: NonNullable<Callback['onTestBatchEnd']>
  declare readonly onPredictBegin?: NonNullable<Callback['onPredictBegin']>
  declare readonly onPredictEnd?: NonNullable<Callback['onPredictEnd']>
  declare readonly onPredictBatchBegin?: NonNullable<Callback['onPredictBatchBegin']>
  declare readonly onPredictBatchEnd?: NonNullable<Callback['onPredictBatchEnd']>
  declare readonly onNonFinite?: NonNullable<Callback['onNonFinite']>

  constructor(hooks: Callback) {
    Object.assign(this, hooks)
  }
}
