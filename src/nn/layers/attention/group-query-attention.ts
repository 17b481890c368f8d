// Grouped-query attention (Ainslie et al. 2023).

import { ConfigError } from '../../../core/index.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { positive } from '../../options/option-checks.ts'
import { ProjectedAttention, type ProjectedAttentionOptions } from './projected-attention.ts'

/** Options of {@link GroupQueryAttention}. */
export interface GroupQueryAttentionOptions extends ProjectedAttentionOptions {
  /** Size of one head. */
  readonly headDim: number
  readonly numQueryHeads: number
  /** A divisor of `numQueryHeads`: that many query heads share a head of key and value. */
  readonly numKeyValueHeads: number
}

/**
 * Multi-head attention whose query heads share the heads of key and value in groups; called like it.
 *
 * Parameters: `query` `[features, numQueryHeads, headDim]`, `key` and `value` `[features, numKeyValueHeads, headDim]`, `attention_output`
 * `[numQueryHeads, headDim, features]`, each with a `bias`.
 *
 * ```ts
 * model.add(layers.groupQueryAttention({ headDim: 16, numQueryHeads: 8, numKeyValueHeads: 2, causal: true }))
 * ```
 */
export class GroupQueryAttention extends ProjectedAttention {
  private readonly options: GroupQueryAttentionOptions

  constructor(options: GroupQueryAttentionOptions) {
    super(options, 'GroupedQueryAttention', ['headDim', 'numQueryHeads', 'numKeyValueHeads'], (name) => {
      const keyDim = positive(name, 'headDim', options.headDim)
      const queryHeads = positive(name, 'numQueryHeads', options.numQueryHeads)
      const valueHeads = positive(name, 'numKeyValueHeads', options.numKeyValueHeads)
      if (queryHeads % valueHeads !== 0) {
        throw new ConfigError(`${name}: expected numKeyValueHeads that divides numQueryHeads, ${queryHeads}, got ${valueHeads}. Change it.`)
      }
      return { queryHeads, valueHeads, keyDim, valueDim: keyDim }
    })
    this.options = options
  }

  override getConfig(): LayerConfig {
    const { headDim, numQueryHeads, numKeyValueHeads } = this.options
    return { ...super.getConfig(), headDim, numQueryHeads, numKeyValueHeads }
  }
}
