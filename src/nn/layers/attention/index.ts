// Attention.

import { MultiHeadAttention, type MultiHeadAttentionOptions } from './multi-head-attention.ts'

export { MultiHeadAttention }
export type { MultiHeadAttentionOptions }

/** A {@link MultiHeadAttention} layer: self-attention, causal or not. */
export const multiHeadAttention = (options: MultiHeadAttentionOptions): MultiHeadAttention => new MultiHeadAttention(options)
