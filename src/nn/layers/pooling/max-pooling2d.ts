// Two-dimensional max pooling.

import { maxPool, type Padding, ShapeError, type Tensor } from '../../../core/index.ts'
import { Layer, type LayerOptions } from '../../layer.ts'

/** Options of {@link MaxPooling2D}. Sizes are one number for both axes or `[height, width]`. */
export interface MaxPooling2DOptions extends LayerOptions {
  /** Default 2. */
  readonly poolSize?: number | readonly [height: number, width: number]
  /** Default: the pool size. */
  readonly strides?: number | readonly [height: number, width: number]
  /** Default 'valid'. */
  readonly padding?: Padding
}

/**
 * The largest element of each window: `[batch, height, width, channels]` to `[batch, height′, width′, channels]`.
 *
 * ```ts
 * model.add(layers.maxPooling2d({ poolSize: 2 }))
 * ```
 */
export class MaxPooling2D extends Layer {
  private readonly options: MaxPooling2DOptions

  constructor(options: MaxPooling2DOptions = {}) {
    super(options, 'MaxPooling2D')
    this.options = options
  }

  call(x: Tensor): Tensor {
    if (x.rank !== 4) {
      throw new ShapeError(
        `${this.name}: expected inputs [batch, height, width, channels], got [${x.dims.join(', ')}]. Add the missing axis with reshape.`,
      )
    }
    const { poolSize = 2, strides = poolSize, padding = 'valid' } = this.options
    return maxPool(x, poolSize, { strides, padding })
  }
}
