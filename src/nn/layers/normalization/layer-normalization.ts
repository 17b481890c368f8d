// Normalisation of each sample by itself: over its features, over groups of channels, and by the root mean square.

import {
  cast,
  ConfigError,
  type Dim,
  type Dims,
  mean,
  multiply,
  reshape,
  rsqrt,
  type Shape,
  ShapeError,
  showDims,
  type Tensor,
  variance,
} from '../../../core/index.ts'
import { layerNormalization, rmsNormalization } from '../../../ops/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { checkedAxes, numberWithin, shown } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { ScaleAndShift, type ScaleAndShiftOptions } from './scale-and-shift.ts'

/** Options of {@link LayerNormalization}. */
export interface LayerNormalizationOptions extends ScaleAndShiftOptions {
  /** Over which axes. Default −1. */
  readonly axis?: number | readonly number[]
}

/** The axes of an option, counted from the front and sorted. */
function axesOf(where: string, axis: number | readonly number[], dims: Dims): number[] {
  const rank = dims.length
  const axes = (typeof axis === 'number' ? [axis] : axis).map((at) => (at < 0 ? at + rank : at))
  const wrong = axes.find((at) => at < 0 || at >= rank)
  if (wrong !== undefined)
    throw new ShapeError(`${where}: expected axes of ${showDims(dims)}, got ${shown(axis)}. Choose from ${-rank} to ${rank - 1}.`)
  return axes.sort((a, b) => a - b)
}

/** Sizes of axes, which must be known. */
function sizesOf(where: string, shape: Dims, axes: readonly number[]): number[] {
  return axes.map((axis) => {
    const size = shape[axis]
    if (typeof size === 'number') return size
    throw new ShapeError(`${where}: expected a known size of axis ${axis}, got ${showDims(shape)}. Fix that axis.`)
  })
}

/** The call of a {@link LayerNormalization}: the shape stays. */
export interface LayerNormalization {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/**
 * (x − mean) / √(variance + epsilon) · gamma + beta over some axes (Ba et al. 2016); the variance is the biased one, the shape stays.
 *
 * Parameters: `gamma` (ones) and `beta` (zeros), of the sizes of the axes.
 *
 * ```ts
 * model.add(layers.layerNormalization({ epsilon: 1e-5 }))
 * ```
 */
export class LayerNormalization extends ScaleAndShift {
  private readonly axis: number | readonly number[]

  constructor(options: LayerNormalizationOptions = {}) {
    super(options, 'LayerNormalization', ['axis'])
    this.axis = checkedAxes(this.name, 'axis', options.axis ?? -1)
  }

  override build(inputShape: Dims): void {
    this.buildScaleAndShift(sizesOf(this.name, inputShape, axesOf(this.name, this.axis, inputShape)))
  }

  call(x: Tensor): Tensor {
    return layerNormalization(x, { ...this.scaleAndShift, axis: axesOf(this.name, this.axis, x.dims), epsilon: this.epsilon })
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axis: this.axis }
  }
}

/** Options of {@link RMSNormalization}. */
export interface RMSNormalizationOptions extends LayerOptions {
  /** Over which axes. Default −1. */
  readonly axis?: number | readonly number[]
  /** Added to the mean square. Default 1e-6. */
  readonly epsilon?: number
}

/** The call of an {@link RMSNormalization}: the shape stays. */
export interface RMSNormalization {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/**
 * x / √(mean(x²) + epsilon) · scale (Zhang & Sennrich 2019); the shape stays.
 *
 * Parameters: `scale` (ones), of the sizes of the axes.
 *
 * ```ts
 * model.add(layers.rmsNormalization())
 * ```
 */
export class RMSNormalization extends Layer {
  private readonly axis: number | readonly number[]
  private readonly epsilon: number
  private scale: Parameter | undefined

  constructor(options: RMSNormalizationOptions = {}) {
    super(options, 'RMSNormalization', ['axis', 'epsilon'])
    this.axis = checkedAxes(this.name, 'axis', options.axis ?? -1)
    this.epsilon = numberWithin(this.name, 'epsilon', options.epsilon ?? 1e-6, { min: 0 })
    this.supportsMasking = true
  }

  override build(inputShape: Dims): void {
    this.scale = this.parameter('scale', sizesOf(this.name, inputShape, axesOf(this.name, this.axis, inputShape)), 'ones')
  }

  call(x: Tensor): Tensor {
    return rmsNormalization(x, { scale: this.read(this.scale), axis: axesOf(this.name, this.axis, x.dims), epsilon: this.epsilon })
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axis: this.axis, epsilon: this.epsilon }
  }
}

/** Options of {@link GroupNormalization}. */
export interface GroupNormalizationOptions extends ScaleAndShiftOptions {
  /** How many groups the channels are cut into; −1 for as many as channels (instance normalisation). Default 32. */
  readonly groups?: number
  /** The axis of channels. Default −1. */
  readonly axis?: number
}

/** The call of a {@link GroupNormalization}: the shape stays. */
export interface GroupNormalization {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/**
 * (x − mean) / √(variance + epsilon) · gamma + beta, mean and variance over all positions and the channels of a group (Wu & He 2018); the shape stays.
 *
 * Parameters: `gamma` (ones) and `beta` (zeros), each `[channels]`.
 *
 * ```ts
 * model.add(layers.groupNormalization({ groups: 8 }))
 * ```
 */
export class GroupNormalization extends ScaleAndShift {
  private readonly groups: number
  private readonly axis: number

  constructor(options: GroupNormalizationOptions = {}) {
    super(options, 'GroupNormalization', ['groups', 'axis'])
    this.groups = numberWithin(this.name, 'groups', options.groups ?? 32, { min: -1, whole: true })
    if (this.groups === 0) throw new ConfigError(`${this.name}: expected groups of at least 1, or -1 for one group per channel, got 0. Change it.`)
    this.axis = numberWithin(this.name, 'axis', options.axis ?? -1, { whole: true })
  }

  override build(inputShape: Dims): void {
    const [channels = 1] = sizesOf(this.name, inputShape, axesOf(this.name, this.axis, inputShape))
    if (this.groups !== -1 && channels % this.groups !== 0) {
      throw new ConfigError(
        `${this.name}: expected groups that divide the ${channels} channels of ${showDims(inputShape)}, got ${this.groups}. Change groups.`,
      )
    }
    this.buildScaleAndShift([channels])
  }

  call(x: Tensor): Tensor {
    const [at = 1] = axesOf(this.name, this.axis, x.dims)
    const [channels = 1] = sizesOf(this.name, x.dims, [at])
    const groups = this.groups === -1 ? channels : this.groups
    const grouped = (sizes: readonly Dim[]): Dim[] => [...sizes.slice(0, at), groups, channels / groups, ...sizes.slice(at + 1)]
    const values = reshape<Shape, readonly Dim[]>(cast(x, x.dtype === 'f64' ? 'f64' : 'f32'), grouped(x.dims))
    const axes = values.dims.map((_, axis) => axis).filter((axis) => axis !== 0 && axis !== at)
    const middle: Tensor = mean<Shape, readonly number[], true>(values, axes, { keepDims: true })
    const inverse: Tensor = rsqrt(variance<Shape, readonly number[], true>(values, axes, { keepDims: true }).add(this.epsilon))
    const alone = grouped(x.dims.map(() => 1))
    const spread = (t: Tensor): Tensor => reshape<Shape, readonly Dim[]>(t, alone)
    const { gamma, beta } = this.scaleAndShift
    const factor: Tensor = gamma === undefined ? inverse : multiply<Tensor, Tensor>(inverse, spread(gamma))
    const scaled: Tensor = values.subtract(middle).multiply(factor)
    const shifted: Tensor = beta === undefined ? scaled : scaled.add(spread(beta))
    return reshape<Shape, readonly Dim[]>(shifted, x.dims).cast(x.dtype)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), groups: this.groups, axis: this.axis }
  }
}
