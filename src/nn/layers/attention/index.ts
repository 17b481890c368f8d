// Attention.

import { AdditiveAttention, type AdditiveAttentionOptions, Attention, type AttentionOptions } from './attention.ts'
import { GroupQueryAttention, type GroupQueryAttentionOptions } from './group-query-attention.ts'
import { MultiHeadAttention, type MultiHeadAttentionOptions } from './multi-head-attention.ts'

export { AdditiveAttention, Attention, GroupQueryAttention, GroupQueryAttention as GroupedQueryAttention, MultiHeadAttention }
export type { AdditiveAttentionOptions, AttentionOptions, GroupQueryAttentionOptions, MultiHeadAttentionOptions }

/** An {@link AdditiveAttention} layer: scores by sums. */
export const additiveAttention = (options: AdditiveAttentionOptions = {}): AdditiveAttention => new AdditiveAttention(options)
/** An {@link Attention} layer: scores by products, no projections. */
export const attention = (options: AttentionOptions = {}): Attention => new Attention(options)
/** A {@link GroupQueryAttention} layer: groups of query heads share a key head. */
export const groupQueryAttention = (options: GroupQueryAttentionOptions): GroupQueryAttention => new GroupQueryAttention(options)
/** A {@link MultiHeadAttention} layer: attention of several heads, of a sequence to itself or to another one. */
export const multiHeadAttention = (options: MultiHeadAttentionOptions): MultiHeadAttention => new MultiHeadAttention(options)
