// Windows that slide over one, two or three axes, each reduced to one element.

import type { Dims, Shape, Tensor } from '../../../core/index.ts'
import { averagePool, maxPool } from '../../../ops/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import type { WithSpatial } from '../../layer/result-shapes.ts'
import { type ConfigDataFormat, type DataFormat, dataFormatOf } from '../data-format.ts'
import { checkRank, paddingOf, type PerAxis, perAxis } from '../window-options.ts'

/** Options of the pooling layers. Sizes are one number for all spatial axes or one for each. */
export interface PoolingOptions extends LayerOptions {
  /** Default 2. */
  readonly poolSize?: PerAxis
  /** Default: the pool size. */
  readonly strides?: PerAxis | null
  /** Default 'valid'. */
  readonly padding?: 'valid' | 'same'
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
}

abstract class Pooling extends Layer {
  protected readonly poolSize: readonly number[]
  private readonly strides: readonly number[]
  private readonly padding: 'valid' | 'same'
  private readonly dataFormat: ConfigDataFormat

  constructor(options: PoolingOptions, className: string, axes: number) {
    super(options, className, ['poolSize', 'strides', 'padding', 'dataFormat'])
    this.poolSize = perAxis(this.name, 'poolSize', options.poolSize ?? 2, axes)
    this.strides = perAxis(this.name, 'strides', options.strides ?? this.poolSize, axes)
    this.padding = paddingOf(this.name, options.padding)
    this.dataFormat = dataFormatOf(this.name, options.dataFormat)
  }

  override build(inputShape: Dims): void {
    checkRank(this.name, inputShape, this.poolSize.length)
  }

  /** Options of the operation. */
  protected get window() {
    const { strides, padding, dataFormat } = this
    return { strides, padding, dataFormat }
  }

  override getConfig(): LayerConfig {
    const { poolSize, strides, padding, dataFormat } = this
    return { ...super.getConfig(), poolSize: [...poolSize], strides: [...strides], padding, dataFormat }
  }
}

abstract class MaxPooling extends Pooling {
  call(x: Tensor): Tensor {
    return maxPool(x, this.poolSize, this.window)
  }
}

abstract class AveragePooling extends Pooling {
  call(x: Tensor): Tensor {
    return averagePool(x, this.poolSize, this.window)
  }
}

/** The call of a {@link MaxPooling1D}: the channels stay. */
export interface MaxPooling1D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithSpatial<S>>
}

/**
 * The largest element of each window: `[batch, time, channels]` to `[batch, time′, channels]`.
 *
 * ```ts
 * model.add(layers.maxPooling1d({ poolSize: 2 }))
 * ```
 */
export class MaxPooling1D extends MaxPooling {
  constructor(options: PoolingOptions = {}) {
    super(options, 'MaxPooling1D', 1)
  }
}

/** The call of a {@link MaxPooling2D}: the channels stay. */
export interface MaxPooling2D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithSpatial<S>>
}

/**
 * The largest element of each window: `[batch, height, width, channels]` to `[batch, height′, width′, channels]`.
 *
 * ```ts
 * model.add(layers.maxPooling2d({ poolSize: 2 }))
 * ```
 */
export class MaxPooling2D extends MaxPooling {
  constructor(options: PoolingOptions = {}) {
    super(options, 'MaxPooling2D', 2)
  }
}

/** The call of a {@link MaxPooling3D}: the channels stay. */
export interface MaxPooling3D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithSpatial<S>>
}

/**
 * The largest element of each window: `[batch, depth, height, width, channels]` to `[batch, depth′, height′, width′, channels]`.
 *
 * ```ts
 * model.add(layers.maxPooling3d({ poolSize: 2 }))
 * ```
 */
export class MaxPooling3D extends MaxPooling {
  constructor(options: PoolingOptions = {}) {
    super(options, 'MaxPooling3D', 3)
  }
}

/** The call of a {@link AveragePooling1D}: the channels stay. */
export interface AveragePooling1D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithSpatial<S>>
}

/**
 * The mean of each window; padding is not counted: `[batch, time, channels]` to `[batch, time′, channels]`.
 *
 * ```ts
 * model.add(layers.averagePooling1d({ poolSize: 2 }))
 * ```
 */
export class AveragePooling1D extends AveragePooling {
  constructor(options: PoolingOptions = {}) {
    super(options, 'AveragePooling1D', 1)
  }
}

/** The call of a {@link AveragePooling2D}: the channels stay. */
export interface AveragePooling2D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithSpatial<S>>
}

/**
 * The mean of each window; padding is not counted: `[batch, height, width, channels]` to `[batch, height′, width′, channels]`.
 *
 * ```ts
 * model.add(layers.averagePooling2d({ poolSize: 2 }))
 * ```
 */
export class AveragePooling2D extends AveragePooling {
  constructor(options: PoolingOptions = {}) {
    super(options, 'AveragePooling2D', 2)
  }
}

/** The call of a {@link AveragePooling3D}: the channels stay. */
export interface AveragePooling3D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithSpatial<S>>
}

/**
 * The mean of each window; padding is not counted: `[batch, depth, height, width, channels]` to `[batch, depth′, height′, width′, channels]`.
 *
 * ```ts
 * model.add(layers.averagePooling3d({ poolSize: 2 }))
 * ```
 */
export class AveragePooling3D extends AveragePooling {
  constructor(options: PoolingOptions = {}) {
    super(options, 'AveragePooling3D', 3)
  }
}
