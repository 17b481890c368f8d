// Vectors by index.

import { gather, type Tensor } from '../../core/index.ts'
import type { Initializer } from '../initializers.ts'
import { Layer, type LayerOptions, positive } from '../layer.ts'
import type { Parameter } from '../parameter.ts'

/** Options of {@link Embedding}. */
export interface EmbeddingOptions extends Omit<LayerOptions, 'inputDim'> {
  /** Number of indices (the vocabulary): they run from 0 to inputDim − 1. */
  readonly inputDim: number
  /** Size of a vector. */
  readonly outputDim: number
  /** Default 'uniform' (±0.05). */
  readonly embeddingsInitializer?: string | Initializer
}

/**
 * Rows of a table: indices `[batch, …]` to vectors `[batch, …, outputDim]`. An index outside the table gives zeros.
 *
 * Parameters: `embeddings` `[inputDim, outputDim]`.
 *
 * ```ts
 * model.add(layers.embedding({ inputDim: 5000, outputDim: 64, inputShape: [80] }))
 * ```
 */
export class Embedding extends Layer {
  private readonly options: EmbeddingOptions
  private table: Parameter | undefined

  constructor({ inputDim, ...options }: EmbeddingOptions) {
    super(options, 'Embedding')
    positive(this.name, 'inputDim', inputDim)
    positive(this.name, 'outputDim', options.outputDim)
    this.options = { inputDim, ...options }
  }

  override build(): void {
    const { inputDim, outputDim, embeddingsInitializer = 'uniform' } = this.options
    this.table = this.parameter('embeddings', [inputDim, outputDim], embeddingsInitializer)
  }

  call(x: Tensor): Tensor {
    return gather(this.read(this.table), x.cast('i32'), 0)
  }
}
