// All of the spatial axes reduced to one element for each channel.

import { type Dims, expandDims, max, mean, type Shape, sum, type Tensor } from '../../../core/index.ts'
import type { CallContext, CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { firstMask, type Mask } from '../../layer/masks.ts'
import { flag } from '../../options/option-checks.ts'
import type { WithoutSpatial } from '../../layer/result-shapes.ts'
import { type ConfigDataFormat, type DataFormat, dataFormatOf } from '../data-format.ts'
import { checkRank } from '../window-options.ts'

/** Options of the global pooling layers. */
export interface GlobalPoolingOptions extends LayerOptions {
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
  /** Whether the spatial axes stay, with size 1. Default false. */
  readonly keepdims?: boolean
}

abstract class GlobalPooling extends Layer {
  protected readonly keepDims: boolean
  protected readonly spatial: readonly number[]
  private readonly dataFormat: ConfigDataFormat

  constructor(options: GlobalPoolingOptions, className: string, axes: number) {
    super(options, className, ['dataFormat', 'keepdims'])
    this.dataFormat = dataFormatOf(this.name, options.dataFormat)
    this.keepDims = flag(this.name, 'keepdims', options.keepdims ?? false)
    this.spatial = Array.from({ length: axes }, (_, i) => i + (this.dataFormat === 'channels_last' ? 1 : 2))
  }

  override build(inputShape: Dims): void {
    checkRank(this.name, inputShape, this.spatial.length)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), dataFormat: this.dataFormat, keepdims: this.keepDims }
  }
}

abstract class GlobalMaxPooling extends GlobalPooling {
  call(x: Tensor): Tensor {
    return max<Shape, readonly number[], boolean>(x, this.spatial, { keepDims: this.keepDims })
  }
}

abstract class GlobalAveragePooling extends GlobalPooling {
  call(x: Tensor, _context: CallContext): Tensor {
    return mean<Shape, readonly number[], boolean>(x, this.spatial, { keepDims: this.keepDims })
  }
}

/** The call of a {@link GlobalMaxPooling1D} without `keepdims`. */
export interface GlobalMaxPooling1D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithoutSpatial<S>>
}

/** The largest element of each channel: `[batch, time, channels]` to `[batch, channels]`. */
export class GlobalMaxPooling1D extends GlobalMaxPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 'GlobalMaxPooling1D', 1)
  }
}

/** The call of a {@link GlobalMaxPooling2D} without `keepdims`. */
export interface GlobalMaxPooling2D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithoutSpatial<S>>
}

/** The largest element of each channel: `[batch, height, width, channels]` to `[batch, channels]`. */
export class GlobalMaxPooling2D extends GlobalMaxPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 'GlobalMaxPooling2D', 2)
  }
}

/** The call of a {@link GlobalMaxPooling3D} without `keepdims`. */
export interface GlobalMaxPooling3D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithoutSpatial<S>>
}

/** The largest element of each channel: `[batch, depth, height, width, channels]` to `[batch, channels]`. */
export class GlobalMaxPooling3D extends GlobalMaxPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 'GlobalMaxPooling3D', 3)
  }
}

/** The call of a {@link GlobalAveragePooling1D} without `keepdims`. */
export interface GlobalAveragePooling1D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithoutSpatial<S>>
}

/** The mean of each channel: `[batch, time, channels]` to `[batch, channels]`. A mask leaves steps out of the mean. */
export class GlobalAveragePooling1D extends GlobalAveragePooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 'GlobalAveragePooling1D', 1)
    this.supportsMasking = true
  }

  override call(x: Tensor, context: CallContext): Tensor {
    const mask = firstMask(context.mask)
    if (mask === undefined) return super.call(x, context)
    const time = this.spatial[0] ?? 1
    const kept = expandDims<Shape, number>(mask, time === 1 ? -1 : 1).cast(x.dtype)
    const total = sum<Shape, number, boolean>(x.multiply(kept), time, { keepDims: this.keepDims })
    return total.divide(sum<Shape, number, boolean>(kept, time, { keepDims: this.keepDims }))
  }

  override computeMask(): Mask {
    return undefined
  }
}

/** The call of a {@link GlobalAveragePooling2D} without `keepdims`. */
export interface GlobalAveragePooling2D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithoutSpatial<S>>
}

/** The mean of each channel: `[batch, height, width, channels]` to `[batch, channels]`. */
export class GlobalAveragePooling2D extends GlobalAveragePooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 'GlobalAveragePooling2D', 2)
  }
}

/** The call of a {@link GlobalAveragePooling3D} without `keepdims`. */
export interface GlobalAveragePooling3D {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithoutSpatial<S>>
}

/** The mean of each channel: `[batch, depth, height, width, channels]` to `[batch, channels]`. */
export class GlobalAveragePooling3D extends GlobalAveragePooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 'GlobalAveragePooling3D', 3)
  }
}
