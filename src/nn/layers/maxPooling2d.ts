// Two-dimensional max pooling.

import { maxPool, type Padding, type Tensor } from '../../core/index.ts'
import { Layer, type LayerOptions } from '../layer.ts'

export interface MaxPooling2DOptions extends LayerOptions {
  /** Default 2. */
  readonly poolSize?: number | readonly [number, number]
  /** Default: the pool size. */
  readonly strides?: number | readonly [number, number]
  /** Default 'valid'. */
  readonly padding?: Padding
}

/** The largest element of each window. */
export class MaxPooling2D extends Layer {
  private readonly options: MaxPooling2DOptions

  constructor(options: MaxPooling2DOptions = {}) {
    super('max_pooling2d', options)
    this.options = options
  }

  call(x: Tensor): Tensor {
    const { poolSize = 2, strides = poolSize, padding = 'valid' } = this.options
    return maxPool(x, poolSize, { strides, padding })
  }
}
