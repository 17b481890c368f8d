// Rates that hold for a number of steps each.

import { ConfigError, full, lessEqual, type Tensor, where } from '../../../core/index.ts'
import { numberWithin } from '../../options/option-checks.ts'
import type { Config } from '../../saving/serialized.ts'
import { LearningRateSchedule } from './learning-rate-schedule.ts'

/** Options of {@link PiecewiseConstantDecay}. */
export interface PiecewiseConstantDecayOptions {
  /** The last steps of all rates but the last, rising. */
  readonly boundaries: readonly number[]
  /** The rates: one more than boundaries. */
  readonly values: readonly number[]
  /** Default 'PiecewiseConstant'. */
  readonly name?: string
}

/**
 * values[i] up to and including step boundaries[i], then the last of the values.
 *
 * ```ts
 * new PiecewiseConstantDecay({ boundaries: [1000, 1500], values: [0.1, 0.01, 0.001] })
 * ```
 */
export class PiecewiseConstantDecay extends LearningRateSchedule {
  readonly className: string = 'PiecewiseConstantDecay'
  private readonly boundaries: readonly number[]
  private readonly values: readonly number[]
  private readonly label: string

  constructor({ boundaries, values, name = 'PiecewiseConstant' }: PiecewiseConstantDecayOptions) {
    super()
    if (!Array.isArray(boundaries) || !Array.isArray(values) || boundaries.length !== values.length - 1) {
      throw new ConfigError(
        `PiecewiseConstantDecay: expected one value more than boundaries, got ${values?.length} values and ${boundaries?.length} boundaries. Add or remove some.`,
      )
    }
    let before = Number.NEGATIVE_INFINITY
    for (const boundary of boundaries) before = numberWithin('PiecewiseConstantDecay', 'every boundary', boundary, { min: before })
    for (const value of values) numberWithin('PiecewiseConstantDecay', 'every value', value)
    this.boundaries = boundaries
    this.values = values
    this.label = name
  }

  call(step: Tensor): Tensor {
    const last = full(step.dims, this.values.at(-1) ?? 0)
    return this.boundaries.reduceRight<Tensor>(
      (later, boundary, i) => where(lessEqual<Tensor, number>(step, boundary), this.values[i] ?? 0, later),
      last,
    )
  }

  getConfig(): Config {
    const { boundaries, values, label } = this
    return { boundaries, values, name: label }
  }
}
