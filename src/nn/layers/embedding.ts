// Vectors by index.

import { gather, type Tensor } from '../../core/index.ts'
import type { Initializer } from '../initializers.ts'
import { Layer, type LayerOptions, madeBy, type Parameter, positive } from '../layer.ts'

export interface EmbeddingOptions extends LayerOptions {
  readonly inputSize: number
  readonly outputSize: number
  /** Default 'uniform' (±0.05). */
  readonly embeddingsInitializer?: string | Initializer
}

/** Rows of a table: indices `[batch, time]` to `[batch, time, outputSize]`. */
export class Embedding extends Layer {
  private readonly options: EmbeddingOptions
  private table: Parameter | undefined

  constructor(options: EmbeddingOptions) {
    super('embedding', options)
    positive('embedding', 'inputSize', options.inputSize)
    positive('embedding', 'outputSize', options.outputSize)
    this.options = options
  }

  protected override build(): void {
    this.table = this.parameter('embeddings', [this.options.inputSize, this.options.outputSize], this.options.embeddingsInitializer ?? 'uniform')
  }

  call(x: Tensor): Tensor {
    return gather(madeBy(this, this.table), x.cast('i32'), 0)
  }
}
