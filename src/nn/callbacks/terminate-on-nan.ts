// Stops a training that has lost its numbers.

import type { AnyModel } from '../model.ts'
import type { Callback, NonFiniteReport } from './callback.ts'

/** Stops training when the loss or a metric is NaN or infinite. */
export class TerminateOnNaN implements Callback {
  /** What stopped training, if it did. */
  report: NonFiniteReport | undefined

  onNonFinite(report: NonFiniteReport, model: AnyModel): void {
    this.report = report
    model.stopTraining = true
  }
}
