// Layers that repeat elements along axes, or interpolate between them.

import { broadcastTo, type Dim, expandDims, multiplyDims, reshape, type Shape, ShapeError, type Tensor } from '../../../core/index.ts'
import { perAxis } from '../window-options.ts'
import { image } from '../../../ops/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { oneOf } from '../../options/option-checks.ts'
import { channelsLast, type ConfigDataFormat, type DataFormat, dataFormatOf, inFormat } from '../data-format.ts'

/** Options of the layers that repeat. */
export interface UpSamplingOptions extends LayerOptions {
  /** How often, for all axes or for each. Default 2. */
  readonly size?: number | readonly number[]
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
}

/** Options of {@link UpSampling2D}. */
export interface UpSampling2DOptions extends UpSamplingOptions {
  /** How pixels between pixels are made. Default 'nearest': by repetition. */
  readonly interpolation?: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3' | 'lanczos5'
}

/** Each element of an axis `count` times in a row. */
function repeated(x: Tensor, axis: number, count: number): Tensor {
  if (count === 1) return x
  const sizes = x.dims
  const wide = broadcastTo<Shape, readonly Dim[]>(expandDims<Shape, number>(x, axis + 1), [
    ...sizes.slice(0, axis + 1),
    count,
    ...sizes.slice(axis + 1),
  ])
  return reshape<Shape, readonly Dim[]>(
    wide,
    sizes.map((size, i) => (i === axis ? multiplyDims(size, count) : size)),
  )
}

abstract class UpSampling extends Layer {
  protected readonly size: readonly number[]
  protected readonly dataFormat: ConfigDataFormat

  constructor(options: UpSamplingOptions, className: string, axes: number, own: readonly string[] = ['dataFormat']) {
    super(options, className, ['size', ...own])
    this.size = perAxis(this.name, 'size', options.size ?? 2, axes)
    this.dataFormat = dataFormatOf(this.name, options.dataFormat)
  }

  call(x: Tensor): Tensor {
    if (x.rank !== this.size.length + 2) {
      throw new ShapeError(`${this.name}: expected inputs of rank ${this.size.length + 2}, got [${x.dims.join(', ')}]. Reshape before it.`)
    }
    return inFormat(this.larger(channelsLast(x, this.dataFormat)), this.dataFormat)
  }

  protected larger(x: Tensor): Tensor {
    return this.size.reduce((result, factor, axis) => repeated(result, axis + 1, factor), x)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), size: [...this.size], dataFormat: this.dataFormat }
  }
}

/** Each step of a sequence `size` times: `[batch, time, channels]` to `[batch, time · size, channels]`. */
export class UpSampling1D extends UpSampling {
  constructor(options: Omit<UpSamplingOptions, 'dataFormat' | 'size'> & { readonly size?: number } = {}) {
    super(options, 'UpSampling1D', 1, [])
  }

  override getConfig(): LayerConfig {
    const { dataFormat: _, ...config } = super.getConfig()
    return { ...config, name: this.name, size: this.size[0] ?? 1 }
  }
}

/**
 * Images `size` times as high and wide: `[batch, height, width, channels]`.
 *
 * ```ts
 * model.add(layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }))
 * ```
 */
export class UpSampling2D extends UpSampling {
  private readonly interpolation: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3' | 'lanczos5'

  constructor(options: UpSampling2DOptions = {}) {
    super(options, 'UpSampling2D', 2, ['interpolation', 'dataFormat'])
    this.interpolation = oneOf(this.name, 'interpolation', options.interpolation ?? 'nearest', [
      'nearest',
      'bilinear',
      'bicubic',
      'lanczos3',
      'lanczos5',
    ])
  }

  protected override larger(x: Tensor): Tensor {
    if (this.interpolation === 'nearest') return super.larger(x)
    const [height, width] = x.shape.slice(1, 3)
    const [rows = 1, columns = 1] = this.size
    return image.resize(x, [(height ?? 1) * rows, (width ?? 1) * columns], { interpolation: this.interpolation })
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), interpolation: this.interpolation }
  }
}

/** Volumes `size` times as deep, high and wide: `[batch, depth, height, width, channels]`. */
export class UpSampling3D extends UpSampling {
  constructor(options: UpSamplingOptions = {}) {
    super(options, 'UpSampling3D', 3)
  }
}
