// The beginning of a model as a layer, for those who list it among the others.

import type { DType, Tensor } from '../../../core/index.ts'
import { Input } from '../../functional/input.ts'
import { Layer, type LayerConfig } from '../../layer/layer.ts'
import { checkOptionNames } from '../../options/option-names.ts'
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
  private made: Tensor | undefined

  constructor(options: InputLayerOptions) {
    const { shape, batchSize, dtype = 'f32', name } = checkOptionNames('input_layer', options, ['shape', 'batchSize', 'dtype', 'name'])
    const sizes = shape.flatMap((size) => (size === null ? [] : [size]))
    super({ ...(name !== undefined && { name }), ...(sizes.length === shape.length && { inputShape: sizes }) }, 'InputLayer')
    if (batchSize !== undefined) positive(this.name, 'batchSize', batchSize)
    this.shape = shape
    this.batchSize = batchSize
    this.dtype = dtype
    this.supportsMasking = true
  }

  override get outputs(): readonly Tensor[] {
    const { shape, dtype, name, batchSize } = this
    this.made ??= Input({ shape, dtype, name, ...(batchSize !== undefined && { batchSize }) })
    return [this.made]
  }

  override get inputs(): readonly Tensor[] {
    return this.outputs
  }

  call(x: Tensor): Tensor {
    return x
  }

  override getConfig(): LayerConfig {
    return { name: this.name, shape: [...this.shape], batchSize: this.batchSize ?? null, dtype: this.dtype }
  }
}
