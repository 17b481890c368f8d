// The beginning of a model as a layer, for those who list it among the others.

import type { DType, Tensor } from '../../../core/index.ts'
import { Input } from '../../functional/input.ts'
import { Layer, type LayerConfig } from '../../layer/layer.ts'
import { positive } from '../../options/option-checks.ts'

/** Options of {@link InputLayer}. */
export interface InputLayerOptions {
  /** Of one sample, without the batch; null where a size may differ from call to call. */
  readonly shape: readonly (number | null)[]
  /** Default: any. */
  readonly batchSize?: number
  /** Default f32. */
  readonly dtype?: DType
  /** Default `input_layer`. */
  readonly name?: string
}

/**
 * Takes what a model is given; `output` is its symbolic tensor, as `Input` makes it.
 *
 * ```ts
 * const model = new Sequential([layers.inputLayer({ shape: [28, 28, 1] }), layers.flatten(), layers.dense({ units: 10 })])
 * ```
 */
export class InputLayer extends Layer {
  readonly shape: readonly (number | null)[]
  private readonly batchSize: number | undefined
  private readonly dtype: DType

  constructor({ shape, batchSize, dtype = 'f32', name }: InputLayerOptions) {
    const sizes = shape.flatMap((size) => (size === null ? [] : [size]))
    super({ ...(name !== undefined && { name }), ...(sizes.length === shape.length && { inputShape: sizes }) }, 'InputLayer')
    if (batchSize !== undefined) positive(this.name, 'batchSize', batchSize)
    this.shape = shape
    this.batchSize = batchSize
    this.dtype = dtype
    this.supportsMasking = true
  }

  /** A symbolic tensor of this shape. */
  get output(): Tensor {
    return Input({ shape: this.shape, dtype: this.dtype, name: this.name, ...(this.batchSize !== undefined && { batchSize: this.batchSize }) })
  }

  call(x: Tensor): Tensor {
    return x
  }

  override getConfig(): LayerConfig {
    return { name: this.name, shape: [...this.shape], batchSize: this.batchSize ?? null, dtype: this.dtype }
  }
}
