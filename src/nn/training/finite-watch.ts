// Notices a loss or metric that is not finite, says where it began and what may be done about it.

import { leavesOf, type Samples } from '../feeding/batches.ts'
import type { CallbackHooks } from '../callbacks/callback-hooks.ts'
import type { Training } from './training.ts'
import { firstNonFiniteRow } from '../feeding/training-data.ts'

/** Looks at figures whenever they are read anyway; reports once. */
export class FiniteWatch {
  private readonly training: Training
  private readonly samples: Samples | undefined
  private readonly hooks: CallbackHooks
  private reported = false

  constructor(training: Training, samples: Samples | undefined, hooks: CallbackHooks) {
    this.training = training
    this.samples = samples
    this.hooks = hooks
  }

  async look(epoch: number): Promise<void> {
    if (this.reported) return
    const step = await this.training.firstNonFiniteStep()
    const figures = await this.training.figures()
    const metric = step === undefined ? Object.keys(figures).find((name) => !Number.isFinite(figures[name])) : 'loss'
    if (metric === undefined) return
    this.reported = true
    const report = { epoch, step, metric, message: await this.message(epoch, step, metric, figures) }
    console.warn(report.message)
    await this.hooks.each('onNonFinite', report)
  }

  private async message(epoch: number, step: number | undefined, metric: string, figures: Readonly<Record<string, number>>): Promise<string> {
    const when = step === undefined ? `in epoch ${epoch + 1}` : `first at step ${step + 1} of epoch ${epoch + 1}`
    const value = Number.isNaN(figures[metric] ?? Number.NaN) ? 'NaN' : String(figures[metric])
    const damaged = (this.samples === undefined ? [] : leavesOf(this.samples)).flatMap((rows) => {
      const row = firstNonFiniteRow(rows)
      return row === undefined ? [] : [`Row ${row} of ${rows.what} has a NaN or an infinity: remove or replace it.`]
    })
    const rate = await this.training.fetchLearningRate()
    const cure = damaged[0] ?? `Lower the learning rate (now ${rate}), clip gradients (clipNorm), or scale the data; TerminateOnNaN stops training.`
    return `fit: expected a finite ${metric}, got ${value} ${when}. ${cure}`
  }
}
