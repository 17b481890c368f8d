// Multi-head attention (Vaswani et al. 2017, §3.2.2).

import type { LayerConfig } from '../../layer/layer.ts'
import { listOf, positive } from '../../options/option-checks.ts'
import { ProjectedAttention, type ProjectedAttentionOptions } from './projected-attention.ts'

/** Options of {@link MultiHeadAttention}. */
export interface MultiHeadAttentionOptions extends ProjectedAttentionOptions {
  readonly numHeads: number
  /** Size of one head of query and key. */
  readonly keyDim: number
  /** Size of one head of the value. Default: `keyDim`. */
  readonly valueDim?: number | null
  /** Sizes of the result after the positions. Default: the query's features. */
  readonly outputShape?: number | readonly number[] | null
  /** Axes that positions run along, for inputs of more than three. Default: all between the batch and the features. */
  readonly attentionAxes?: number | readonly number[] | null
}

/**
 * concat(head₁, …, headₙ) · output with headᵢ = softmax(qᵢ kᵢᵀ / √keyDim) vᵢ: `[batch, time, features]` to the same shape. Called with one tensor it
 * is self-attention; with `[query, value]` or `[query, value, key]` the query looks at the others.
 *
 * Parameters: `query`, `key`, `value`, each a `kernel` `[features, numHeads, keyDim]` and a `bias` `[numHeads, keyDim]`, and `attention_output`, a `kernel`
 * `[numHeads, valueDim, features]` and a `bias` `[features]`.
 *
 * ```ts
 * model.add(layers.multiHeadAttention({ numHeads: 4, keyDim: 16, causal: true }))
 * const [y, scores] = layers.multiHeadAttention({ numHeads: 4, keyDim: 16 })([query, value], { returnAttentionScores: true })
 * ```
 */
export class MultiHeadAttention extends ProjectedAttention {
  private readonly options: MultiHeadAttentionOptions

  constructor(options: MultiHeadAttentionOptions) {
    super(options, 'MultiHeadAttention', ['numHeads', 'keyDim', 'valueDim', 'outputShape', 'attentionAxes'], (name) => {
      const heads = positive(name, 'numHeads', options.numHeads)
      const keyDim = positive(name, 'keyDim', options.keyDim)
      return { queryHeads: heads, valueHeads: heads, keyDim, valueDim: positive(name, 'valueDim', options.valueDim ?? keyDim) }
    })
    this.options = options
    listOf(this.name, 'outputShape', this.resultSizes ?? [], (size) => positive(this.name, 'every size of outputShape', size))
    listOf(this.name, 'attentionAxes', this.attentionAxes ?? [], (axis) => positive(this.name, 'every axis of attentionAxes', axis))
  }

  protected override get attentionAxes(): readonly number[] | undefined {
    return several(this.options.attentionAxes)
  }

  protected override get resultSizes(): readonly number[] | undefined {
    return several(this.options.outputShape)
  }

  override getConfig(): LayerConfig {
    const { numHeads, keyDim, valueDim, outputShape = null, attentionAxes = null } = this.options
    return { ...super.getConfig(), numHeads, keyDim, valueDim: valueDim ?? keyDim, outputShape, attentionAxes }
  }
}

const several = (value: number | readonly number[] | null | undefined): readonly number[] | undefined =>
  typeof value === 'number' ? [value] : (value ?? undefined)
