// Initializers whose spread follows from the number of inputs and outputs, so that signals keep their size from layer to layer.

import { ConfigError, random, type Tensor } from '../../core/index.ts'
import { numberWithin, oneOf } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import type { Config } from '../saving/serialized.ts'
import { RandomInitializer, type SeedOption } from './initializer.ts'

/** Options of the initializers that are {@link VarianceScaling} with everything else fixed. */
export interface FanOptions extends SeedOption {
  /** The axes whose sizes multiply to fan_in; with outputAxes. Default: all but the last. */
  readonly inputAxes?: readonly number[] | null
  /** The axes whose sizes multiply to fan_out; with inputAxes. Default: all but the last but one. */
  readonly outputAxes?: readonly number[] | null
}

const fanOptions: readonly string[] = ['seed', 'inputAxes', 'outputAxes']

type Mode = 'fan_in' | 'fan_out' | 'fan_avg'
type Distribution = 'truncated_normal' | 'untruncated_normal' | 'uniform'

/** Options of {@link VarianceScaling}. */
export interface VarianceScalingOptions extends FanOptions {
  /** Default 1. */
  readonly scale?: number
  /** What the variance is divided by: inputs, outputs, or their mean. Keras's spelling is understood, too. Default 'fanIn'. */
  readonly mode?: Mode | 'fanIn' | 'fanOut' | 'fanAvg'
  /** Default 'truncatedNormal', which 'normal' is short for. */
  readonly distribution?: Distribution | 'truncatedNormal' | 'untruncatedNormal' | 'normal'
}

const modes: readonly Mode[] = ['fan_in', 'fan_out', 'fan_avg']
const distributions: readonly (Distribution | 'normal')[] = ['truncated_normal', 'untruncated_normal', 'uniform', 'normal']

/** fan_in and fan_out: the last two sizes; a convolution multiplies them by its receptive field. Or the sizes of given axes. */
export function fans(
  shape: readonly number[],
  inputAxes?: readonly number[] | null,
  outputAxes?: readonly number[] | null,
): { readonly fanIn: number; readonly fanOut: number } {
  const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)
  if (inputAxes && outputAxes) {
    const along = (axes: readonly number[]): number => product(axes.map((axis) => shape.at(axis) ?? 1))
    return { fanIn: along(inputAxes), fanOut: along(outputAxes) }
  }
  const field = product(shape.slice(0, -2))
  const last = shape.at(-1) ?? 1
  return { fanIn: field * (shape.at(-2) ?? last), fanOut: field * last }
}

function checkedAxes(where: string, what: string, axes: readonly number[] | null | undefined): readonly number[] | null {
  if (axes === undefined || axes === null) return null
  if (!Array.isArray(axes) || !axes.every(Number.isInteger)) {
    throw new ConfigError(`${where}: expected ${what} to be a list of axes, got ${String(axes)}. Change it.`)
  }
  return axes
}

/**
 * Variance scale / n, with n = max(1, fan_in, fan_out or their mean): normal of that deviation cut at two deviations and rescaled by
 * 1 / 0.87962566, normal, or uniform within ±√(3 · scale / n).
 */
export class VarianceScaling extends RandomInitializer {
  readonly className: string = 'VarianceScaling'
  protected readonly inputAxes: readonly number[] | null
  protected readonly outputAxes: readonly number[] | null
  private readonly scale: number
  private readonly mode: Mode
  private readonly distribution: Distribution

  constructor(options: VarianceScalingOptions = {}, where = 'VarianceScaling') {
    super(where, checkOptionNames(where, options, [...fanOptions, 'scale', 'mode', 'distribution']).seed)
    const distribution = oneOf(where, 'distribution', options.distribution ?? 'truncated_normal', distributions)
    this.scale = numberWithin(where, 'scale', options.scale ?? 1, { above: 0 })
    this.mode = oneOf(where, 'mode', options.mode ?? 'fan_in', modes)
    this.distribution = distribution === 'normal' ? 'truncated_normal' : distribution
    this.inputAxes = checkedAxes(where, 'inputAxes', options.inputAxes)
    this.outputAxes = checkedAxes(where, 'outputAxes', options.outputAxes)
  }

  call(shape: readonly number[], key?: Tensor): Tensor {
    const { fanIn, fanOut } = fans(shape, this.inputAxes, this.outputAxes)
    const count = { fan_in: fanIn, fan_out: fanOut, fan_avg: (fanIn + fanOut) / 2 }[this.mode]
    const variance = this.scale / Math.max(1, count)
    const from = this.keyFor(key)
    switch (this.distribution) {
      case 'truncated_normal':
        return random.truncatedNormal(from, shape, { stddev: Math.sqrt(variance), rescale: true })
      case 'untruncated_normal':
        return random.normal(from, shape, { stddev: Math.sqrt(variance) })
      case 'uniform': {
        const limit = Math.sqrt(3 * variance)
        return random.uniform(from, shape, { minval: -limit, maxval: limit })
      }
    }
  }

  getConfig(): Config {
    const { scale, mode, distribution } = this
    return { ...this.fanConfig(), scale, mode, distribution }
  }

  /** The options that are not fixed by a subclass. */
  protected fanConfig(): Config {
    const { seed, inputAxes, outputAxes } = this
    return { seed, inputAxes, outputAxes }
  }
}

/** A {@link VarianceScaling} that is fixed but for seed and axes. */
abstract class FixedScaling extends VarianceScaling {
  constructor(where: string, options: FanOptions, scale: number, mode: Mode, distribution: Distribution) {
    super({ ...checkOptionNames(where, options, fanOptions), scale, mode, distribution }, where)
  }

  override getConfig(): Config {
    return this.fanConfig()
  }
}

/** Uniform within ±√(6 / (fan_in + fan_out)) (Glorot & Bengio 2010). */
export class GlorotUniform extends FixedScaling {
  override readonly className: string = 'GlorotUniform'

  constructor(options: FanOptions = {}) {
    super('GlorotUniform', options, 1, 'fan_avg', 'uniform')
  }
}

/** Truncated normal of deviation √(2 / (fan_in + fan_out)) (Glorot & Bengio 2010). */
export class GlorotNormal extends FixedScaling {
  override readonly className: string = 'GlorotNormal'

  constructor(options: FanOptions = {}) {
    super('GlorotNormal', options, 1, 'fan_avg', 'truncated_normal')
  }
}

/** Uniform within ±√(6 / fan_in) (He et al. 2015). */
export class HeUniform extends FixedScaling {
  override readonly className: string = 'HeUniform'

  constructor(options: FanOptions = {}) {
    super('HeUniform', options, 2, 'fan_in', 'uniform')
  }
}

/** Truncated normal of deviation √(2 / fan_in), for rectifiers (He et al. 2015). */
export class HeNormal extends FixedScaling {
  override readonly className: string = 'HeNormal'

  constructor(options: FanOptions = {}) {
    super('HeNormal', options, 2, 'fan_in', 'truncated_normal')
  }
}

/** Uniform within ±√(3 / fan_in) (LeCun et al. 1998, §4.6). */
export class LecunUniform extends FixedScaling {
  override readonly className: string = 'LecunUniform'

  constructor(options: FanOptions = {}) {
    super('LecunUniform', options, 1, 'fan_in', 'uniform')
  }
}

/** Truncated normal of deviation √(1 / fan_in) (LeCun et al. 1998, §4.6); what `selu` wants. */
export class LecunNormal extends FixedScaling {
  override readonly className: string = 'LecunNormal'

  constructor(options: FanOptions = {}) {
    super('LecunNormal', options, 1, 'fan_in', 'truncated_normal')
  }
}
