// What is reported as the loss: its mean over the samples of an epoch, that of each output where there are several, and the step at which it was no
// longer finite.

import { equal, full, lessEqual, logicalAnd, logicalNot, ones, sum, type Tensor, tensor, where } from '../../core/index.ts'
import type { LossValue, OutputLoss } from './compiled-losses.ts'
import { Mean } from '../metrics/mean.ts'
import { Parameter } from '../layer/parameter.ts'

/** Losses of an epoch, in cells. */
export class LossTracker {
  /** The mean that is called `loss`. */
  readonly total = new Mean({ name: 'loss' })
  private readonly outputs: readonly { readonly part: OutputLoss; readonly mean: Mean }[]
  /** The first step with a loss that is not finite, as it was numbered; −1 where none is. */
  private readonly firstBad = new Parameter('firstBad', tensor(-1, []), { trainable: false })
  private tracked = false

  /** Losses of these outputs are reported one by one where there are several. */
  constructor(parts: readonly OutputLoss[]) {
    this.outputs = parts.length < 2 ? [] : parts.map((part) => ({ part, mean: new Mean({ name: part.reported }) }))
    for (const mean of this.means) mean.build()
  }

  /** All means. */
  get means(): readonly Mean[] {
    return [this.total, ...this.outputs.map(({ mean }) => mean)]
  }

  /** Everything that is remembered. */
  get cells(): readonly Parameter[] {
    return [this.firstBad, ...this.means.flatMap(({ variables }) => variables)]
  }

  /** Takes note of the loss of a batch. */
  track(loss: Tensor, rows: Tensor): void {
    this.tracked = true
    this.total.updateState(loss, { sampleWeight: rows })
  }

  /** Takes note of the losses of the outputs. */
  trackOutputs(values: readonly LossValue[], rows: Tensor): void {
    for (const { part, mean } of this.outputs) {
      const own = values.find((value) => value.part === part)
      if (own !== undefined) mean.updateState(own.value, { sampleWeight: rows })
    }
  }

  /** Looks whether what gradients are taken of is finite. */
  watch(loss: Tensor, iteration: Tensor): void {
    const first = this.firstBad.value
    const finite = lessEqual<Tensor, number>(loss.abs(), 3.4e38)
    this.firstBad.value = where(logicalAnd<Tensor, Tensor>(equal<Tensor, number>(first, -1), logicalNot(finite)), iteration.cast('f32'), first)
  }

  /** The means by name; none where no loss was told. */
  results(): Record<string, Tensor> {
    return Object.fromEntries((this.tracked ? this.means : []).map((mean) => [mean.name, mean.result()]))
  }

  /** {@link results} as numbers. */
  async figures(): Promise<Record<string, number>> {
    if (!this.tracked) return {}
    const read = this.means.map(async (mean) => [mean.name, await mean.read()] as const)
    return Object.fromEntries(await Promise.all(read))
  }

  /** The cells hold what was tracked before this program began. */
  resume(): void {
    this.tracked = true
  }

  /** Begins anew. */
  reset(): void {
    for (const mean of this.means) mean.resetState()
    this.firstBad.value = tensor(-1, [])
  }

  /** The number of {@link watch} at which the loss was the first that is not finite. */
  async firstNonFinite(): Promise<number | undefined> {
    const first = await this.firstBad.value.item()
    return first < 0 ? undefined : first
  }
}

/** The number of samples of a batch, also where it is bound only when the program runs. */
export function rowsIn(batch: Tensor | undefined): Tensor {
  const [rows = 1] = batch?.dims ?? []
  return typeof rows === 'number' ? full([], rows) : sum(ones([rows]))
}
