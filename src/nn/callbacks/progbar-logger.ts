// The progress bar as a callback.

import { Progress } from '../progress/progress.ts'
import { Callback, type Logs, type RunParameters } from './callback.ts'

/**
 * Shows epochs, steps and figures as `fit`, `evaluate` and `predict` do by themselves, as Keras's ProgbarLogger; they leave it to this callback where
 * there is one. For loops of one's own, in a {@link CallbackList}. Figures are read after every step.
 *
 * ```ts
 * await model.fit(x, y, { verbose: 1, callbacks: [new ProgbarLogger()] })
 * ```
 */
export class ProgbarLogger extends Callback {
  override readonly showsProgress = true
  private params: RunParameters | undefined
  private progress: Progress | undefined
  private epochs = 1
  private seen = 0
  /** Inside of fit, validation is silent. */
  private trains = false

  override setParams(params: RunParameters): void {
    this.params = params
    this.epochs = params.epochs ?? 1
  }

  override onTrainBegin(): void {
    this.trains = true
  }

  override onTrainEnd(): void {
    this.trains = false
  }

  override onEpochBegin(epoch: number): void {
    this.begin()?.beginEpoch(epoch, this.epochs)
  }

  override onTrainBatchEnd(step: number, logs: Logs): void {
    this.draw(step, logs)
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.progress?.end(this.seen, logs)
  }

  override onTestBegin(): void {
    if (!this.trains) this.begin()
  }

  override onTestBatchEnd(step: number, logs: Logs): void {
    if (!this.trains) this.draw(step, logs)
  }

  override onTestEnd(logs: Logs): void {
    if (!this.trains) this.progress?.end(this.seen, logs)
  }

  override onPredictBegin(): void {
    this.begin()
  }

  override onPredictBatchEnd(step: number): void {
    this.draw(step, {})
  }

  override onPredictEnd(): void {
    this.progress?.end(this.seen, {})
  }

  private begin(): Progress | undefined {
    this.seen = 0
    this.progress = this.params && new Progress(this.params.terminal, this.params.verbose, this.params.steps)
    return this.progress
  }

  private draw(step: number, logs: Logs): void {
    this.seen = step + 1
    if (this.progress?.isDue === true) this.progress.draw(this.seen, logs)
  }
}
