// All axes but the batch as one.

import { type Dim, type Product, reshape, type Shape, type Tensor } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { channelsLast, type ConfigDataFormat, type DataFormat, dataFormatOf } from '../data-format.ts'

/** Options of {@link Flatten}. */
export interface FlattenOptions extends LayerOptions {
  /** Where the channels are; with 'channels_first' they are moved to the end before. Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
}

/** The call of a {@link Flatten}: the sizes after the batch become their product. */
export interface Flatten {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<FlattenedShape<S>>
}

/** `[batch, a · b · …]`. */
export type FlattenedShape<S extends Shape> = S extends readonly [infer Batch extends number, ...infer Rest extends Shape]
  ? readonly [Batch, Product<Rest>]
  : Shape

/**
 * `[batch, a, b, …]` to `[batch, a · b · …]`, in row-major order.
 *
 * ```ts
 * model.add(layers.flatten({ inputShape: [28, 28] }))
 * ```
 */
export class Flatten extends Layer {
  private readonly dataFormat: ConfigDataFormat

  constructor(options: FlattenOptions = {}) {
    super(options, 'Flatten', ['dataFormat'])
    this.dataFormat = dataFormatOf(this.name, options.dataFormat)
  }

  call(x: Tensor): Tensor {
    const batch: Dim = x.dims[0] ?? 1
    return reshape(x.rank > 1 ? channelsLast(x, this.dataFormat) : x, [batch, -1])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), dataFormat: this.dataFormat }
  }
}
