// Inverted dropout (Srivastava et al. 2014), and its forms for sequences, images and volumes.

import { type Dim, type Dims, random, type Shape, ShapeError, showDims, type Tensor, where } from '../../../core/index.ts'
import type { CallContext, CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { listOf, numberWithin, optionalNumber, positive, shown } from '../../options/option-checks.ts'
import { type ConfigDataFormat, type DataFormat, dataFormatOf } from '../data-format.ts'

/** Options of layers that drop. */
export interface DropoutOptions extends LayerOptions {
  /** Share of elements set to zero while training, 0 ≤ rate < 1. */
  readonly rate: number
  /** Shape of the draw, batch included: along axes of 1 elements are dropped together; null stands for the input's size. Default: the input's shape. */
  readonly noiseShape?: readonly (number | null)[] | null
  /** Another stream of draws than layers of other seeds have. Default none. */
  readonly seed?: number | null
}

/** `x` with a share of its elements zero and the rest divided by 1 − rate; `shape` (default: x's) is what is drawn. */
export function dropElements(x: Tensor, rate: number, context: Pick<CallContext, 'training' | 'nextKey'>, shape: Dims = x.dims): Tensor {
  if (!context.training || rate === 0) return x
  return where(random.bernoulli(context.nextKey(), 1 - rate, shape), x.multiply(1 / (1 - rate)), 0)
}

/** The rate, or a ConfigError: 0 ≤ rate < 1. */
export function checkedRate(where: string, what: string, rate: number): number {
  return numberWithin(where, what, rate, { min: 0, below: 1 })
}

/** A key for one draw of a layer, of its own stream where it has a seed. */
export function keyOf(context: Pick<CallContext, 'nextKey'>, seed: number | undefined): Tensor {
  const key = context.nextKey()
  return seed === undefined ? key : random.foldIn(key, seed)
}

/** The call of a {@link Dropout}: the shape stays. */
export interface Dropout {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/**
 * While training: zero with probability `rate`, else x / (1 − rate). Otherwise x. Inputs of any shape.
 *
 * ```ts
 * model.add(layers.dropout({ rate: 0.5 }))
 * ```
 */
export class Dropout extends Layer {
  protected readonly rate: number
  protected readonly seed: number | undefined
  private readonly noiseShape: readonly (number | null)[] | undefined

  constructor(options: DropoutOptions, className = 'Dropout', own: readonly string[] = ['noiseShape']) {
    super(options, className, ['rate', 'seed', ...own])
    this.rate = checkedRate(this.name, 'rate', options.rate)
    this.seed = optionalNumber(this.name, 'seed', options.seed, { whole: true })
    this.noiseShape = options.noiseShape ?? undefined
    listOf(this.name, 'noiseShape', this.noiseShape ?? [], (size) => {
      if (size !== null) positive(this.name, 'every size of noiseShape', size)
    })
    this.supportsMasking = true
  }

  /** What is drawn for an input of a shape. */
  protected drawn(inputShape: Dims): Dims {
    if (this.noiseShape === undefined) return inputShape
    const fits = this.noiseShape.every(
      (size, axis) => size === null || size === 1 || typeof inputShape[axis] !== 'number' || size === inputShape[axis],
    )
    if (this.noiseShape.length !== inputShape.length || !fits) {
      throw new ShapeError(
        `${this.name}: expected a noiseShape of ${inputShape.length} sizes, each null, 1 or the input's, for inputs of ${showDims(inputShape)}, got ${shown(this.noiseShape)}. Give one size for each axis.`,
      )
    }
    return this.noiseShape.map((size, axis) => size ?? inputShape[axis] ?? 1)
  }

  call(x: Tensor, context: CallContext): Tensor {
    const { training } = context
    return dropElements(x, this.rate, { training, nextKey: () => keyOf(context, this.seed) }, this.drawn(x.dims))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed ?? null, noiseShape: this.noiseShape ?? null }
  }
}

/** Options of layers that drop whole feature maps. */
export interface SpatialDropoutOptions extends LayerOptions {
  /** Share of feature maps set to zero while training, 0 ≤ rate < 1. */
  readonly rate: number
  /** Where the channels are. Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
  readonly seed?: number | null
}

/** Dropout of whole feature maps (Tompson et al. 2015): neighbours in one map are too alike to be dropped one by one. */
abstract class SpatialDropout extends Dropout {
  private readonly axes: number
  private readonly dataFormat: ConfigDataFormat

  constructor(options: SpatialDropoutOptions, className: string, axes: number) {
    super(options, className, axes > 1 ? ['dataFormat'] : [])
    this.axes = axes
    this.dataFormat = dataFormatOf(this.name, options.dataFormat)
  }

  protected override drawn(inputShape: Dims): Dims {
    if (inputShape.length !== this.axes + 2) {
      throw new ShapeError(`${this.name}: expected inputs of rank ${this.axes + 2}, got ${showDims(inputShape)}. Reshape before it.`)
    }
    const channels = this.dataFormat === 'channels_last' ? this.axes + 1 : 1
    return inputShape.map((size, axis): Dim => (axis === 0 || axis === channels ? size : 1))
  }

  override getConfig(): LayerConfig {
    const { noiseShape: _, ...config } = super.getConfig()
    return { ...config, name: this.name, ...(this.axes > 1 && { dataFormat: this.dataFormat }) }
  }
}

/** {@link Dropout} of whole features of a sequence `[batch, time, channels]`. */
export class SpatialDropout1D extends SpatialDropout {
  constructor(options: Omit<SpatialDropoutOptions, 'dataFormat'>) {
    super(options, 'SpatialDropout1D', 1)
  }
}

/** {@link Dropout} of whole feature maps of images `[batch, height, width, channels]`. */
export class SpatialDropout2D extends SpatialDropout {
  constructor(options: SpatialDropoutOptions) {
    super(options, 'SpatialDropout2D', 2)
  }
}

/** {@link Dropout} of whole feature maps of volumes `[batch, depth, height, width, channels]`. */
export class SpatialDropout3D extends SpatialDropout {
  constructor(options: SpatialDropoutOptions) {
    super(options, 'SpatialDropout3D', 3)
  }
}

/**
 * Dropout for selu networks: dropped elements take selu's lower limit, and the result is scaled and shifted so that mean and variance stay
 * (Klambauer et al. 2017).
 */
export class AlphaDropout extends Dropout {
  constructor(options: DropoutOptions) {
    super(options, 'AlphaDropout')
  }

  override call(x: Tensor, context: CallContext): Tensor {
    const { rate } = this
    const shape = this.drawn(x.dims)
    if (!context.training || rate === 0) return x
    const limit = -1.6732632423543772 * 1.0507009873554805
    const scale = 1 / Math.sqrt((1 - rate) * (1 + rate * limit ** 2))
    const kept = random.bernoulli(keyOf(context, this.seed), 1 - rate, shape)
    return where(kept, x, limit)
      .multiply(scale)
      .subtract(scale * limit * rate)
  }
}

/** Options of {@link GaussianDropout}. */
export type GaussianDropoutOptions = Omit<DropoutOptions, 'noiseShape'>

/** While training x · N(1, rate / (1 − rate)), which has the mean and variance of dropout (Srivastava et al. 2014, §10). Otherwise x. */
export class GaussianDropout extends Dropout {
  constructor(options: GaussianDropoutOptions) {
    super(options, 'GaussianDropout', [])
  }

  override call(x: Tensor, context: CallContext): Tensor {
    const { rate } = this
    if (!context.training || rate === 0) return x
    return x.multiply(random.normal(keyOf(context, this.seed), x.dims, { mean: 1, stddev: Math.sqrt(rate / (1 - rate)) }).cast(x.dtype))
  }

  override getConfig(): LayerConfig {
    const { noiseShape: _, ...config } = super.getConfig()
    return { ...config, name: this.name }
  }
}

/** Options of {@link GaussianNoise}. */
export interface GaussianNoiseOptions extends LayerOptions {
  /** Deviation of the noise, between 0 and 1. */
  readonly stddev: number
  readonly seed?: number | null
}

/** While training x + N(0, stddev²), otherwise x. Inputs of any shape. */
export class GaussianNoise extends Layer {
  private readonly stddev: number
  private readonly seed: number | undefined

  constructor(options: GaussianNoiseOptions) {
    super(options, 'GaussianNoise', ['stddev', 'seed'])
    this.stddev = numberWithin(this.name, 'stddev', options.stddev, { min: 0, max: 1 })
    this.seed = optionalNumber(this.name, 'seed', options.seed, { whole: true })
    this.supportsMasking = true
  }

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training || this.stddev === 0) return x
    return x.add(random.normal(keyOf(context, this.seed), x.dims, { stddev: this.stddev }).cast(x.dtype))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), stddev: this.stddev, seed: this.seed ?? null }
  }
}
