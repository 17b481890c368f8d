// The GPTs that several suites train, and their arithmetic.

/** 10.8 million parameters on characters. */
export const gptMini = { model: 'gpt', layers: 6, heads: 6, width: 384, context: 256, vocabulary: 65, batch: 8 } as const

/** 0.8 million parameters on characters: one that learns in a tab. */
export const gptSmall = { model: 'gpt', layers: 4, heads: 4, width: 128, context: 64, vocabulary: 65, batch: 12 } as const

/** GPT-2's smallest, 124 million parameters, with a short context. */
export const gpt2 = { model: 'gpt', layers: 12, heads: 12, width: 768, context: 64, vocabulary: 50257, batch: 4 } as const

/** Sizes that the arithmetic depends on. */
export interface GPTSizes {
  readonly layers: number
  readonly width: number
  readonly context: number
  readonly vocabulary: number
  readonly batch: number
}

/** Parameters that are multiplied with every token: all but the positions; the tied head counts once. */
export function multipliedParameters({ layers, width, vocabulary }: GPTSizes): number {
  return layers * (12 * width ** 2 + 13 * width) + 2 * width + vocabulary * width
}

/**
 * FLOPs of a training step: 6 per multiplied parameter and token, and 12 · layers · width · context per token for attention, causal
 * attention counted in full (as Chowdhery et al. 2022, appendix B).
 */
export function gptFlops(sizes: GPTSizes): number {
  return sizes.batch * sizes.context * (6 * multipliedParameters(sizes) + 12 * sizes.layers * sizes.width * sizes.context)
}
