// Stops a training that has lost its numbers.

import { TrainingError } from '../../core/index.ts'
import type { AnyModel } from '../model/model.ts'
import { flag } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { Callback, type NonFiniteReport } from './callback.ts'

/** Options of {@link TerminateOnNaN}. */
export interface TerminateOnNaNOptions {
  /** `fit` is rejected with a TrainingError instead of ending: `onTrainEnd` is not called, and a backup stays. Default false. */
  readonly raiseError?: boolean
}

const where = 'terminateOnNaN'

/**
 * Stops training when the loss or a metric is NaN or infinite, as Keras's TerminateOnNaN. Figures are looked at a few times a second and after each
 * epoch, not after each step.
 *
 * ```ts
 * await model.fit(x, y, { epochs: 5, callbacks: [new TerminateOnNaN()] })
 * ```
 */
export class TerminateOnNaN extends Callback {
  /** What stopped training, if it did. */
  report: NonFiniteReport | undefined
  private readonly raiseError: boolean

  constructor(options: TerminateOnNaNOptions = {}) {
    super()
    checkOptionNames(where, options, ['raiseError'])
    this.raiseError = flag(where, 'raiseError', options.raiseError ?? false)
  }

  override onNonFinite(report: NonFiniteReport, model: AnyModel): void {
    this.report = report
    if (this.raiseError) throw new TrainingError(report.message)
    model.stopTraining = true
  }
}
