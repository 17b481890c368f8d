// A table of vectors that also maps vectors back to scores of indices.

import { type Dim, type Shape, type Tensor, tanh, transpose } from '../../../core/index.ts'
import type { CallContext, CallOptions } from '../../layer/call-context.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { flag, optionalNumber } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { Embedding, type EmbeddingOptions } from './embedding.ts'

/** Options of {@link ReversibleEmbedding}. */
export interface ReversibleEmbeddingOptions<Size extends number = number> extends EmbeddingOptions<Size> {
  /** Whether the way back uses the same table. Default true. */
  readonly tieWeights?: boolean
  /** Scores are kept within ± this by tanh (Gemma Team 2024, §2). Default none. */
  readonly logitSoftCap?: number | null
}

/** What a {@link ReversibleEmbedding} can be told when it is called. */
export interface ReverseOption {
  /** From vectors `[…, outputDim]` to scores `[…, inputDim]`. Default false. */
  readonly reverse?: boolean
}

/** The call of a {@link ReversibleEmbedding}, in either direction. */
export interface ReversibleEmbedding<Size extends number = number> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions & { readonly reverse?: false }): Tensor<readonly [...S, Size]>
  (x: Tensor, options: CallOptions & ReverseOption): Tensor
}

/**
 * {@link Embedding}, or with `reverse` x · tableᵀ: the scores of all indices for vectors (Press & Wolf 2017). Tied, both directions share one table.
 *
 * Parameters: `embeddings` `[inputDim, outputDim]`; not tied also `reverse_embeddings` `[outputDim, inputDim]`.
 *
 * ```ts
 * const tokens = layers.reversibleEmbedding({ inputDim: 5000, outputDim: 64 })
 * const scores = tokens(body(tokens(ids)), { reverse: true })
 * ```
 */
export class ReversibleEmbedding<Size extends number = number> extends Embedding<Size> {
  private readonly tieWeights: boolean
  private readonly logitSoftCap: number | undefined
  private back: Parameter | undefined

  constructor(options: ReversibleEmbeddingOptions<Size>) {
    super(options, 'ReversibleEmbedding', ['tieWeights', 'logitSoftCap'])
    this.tieWeights = flag(this.name, 'tieWeights', options.tieWeights ?? true)
    this.logitSoftCap = optionalNumber(this.name, 'logitSoftCap', options.logitSoftCap, { above: 0 })
  }

  override build(inputShape: readonly Dim[]): void {
    super.build(inputShape)
    if (!this.tieWeights) this.back = this.parameter('reverse_embeddings', [this.outputDim, this.tableSize], this.rules.initializer)
  }

  override call(x: Tensor, context?: CallContext & ReverseOption): Tensor {
    if (context?.reverse !== true) return super.call(x)
    const scores: Tensor = x.matmul(this.tieWeights ? transpose<Tensor['shapeType']>(this.read(this.embeddings)) : this.read(this.back))
    const cap = this.logitSoftCap
    return cap === undefined ? scores : tanh(scores.divide(cap)).multiply(cap)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), tieWeights: this.tieWeights, logitSoftCap: this.logitSoftCap ?? null }
  }
}
