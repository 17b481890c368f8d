// Rates that hold for a number of steps each.

import { ConfigError, full, lessEqual, type Tensor, where } from '../../../core/index.ts'
import { checkOptionNames } from '../../options/option-names.ts'
import { listOf, numberWithin, shown, textOf } from '../../options/option-checks.ts'
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

  constructor(given: PiecewiseConstantDecayOptions) {
    const { boundaries, values, name = 'PiecewiseConstant' } = checkOptionNames('PiecewiseConstantDecay', given, ['boundaries', 'values', 'name'])
    super()
    listOf('PiecewiseConstantDecay', 'values', values, (value) => numberWithin('PiecewiseConstantDecay', 'every one of values', value))
    listOf('PiecewiseConstantDecay', 'boundaries', boundaries, (boundary) =>
      numberWithin('PiecewiseConstantDecay', 'every one of boundaries', boundary),
    )
    if (boundaries.length !== values.length - 1) {
      throw new ConfigError(
        `PiecewiseConstantDecay: expected one value more than boundaries, got values ${shown(values)} and boundaries ${shown(boundaries)}. Add or remove some.`,
      )
    }
    let before = Number.NEGATIVE_INFINITY
    for (const boundary of boundaries) before = numberWithin('PiecewiseConstantDecay', 'every boundary', boundary, { min: before })
    this.boundaries = boundaries
    this.values = values
    this.label = textOf('PiecewiseConstantDecay', 'name', name)
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
