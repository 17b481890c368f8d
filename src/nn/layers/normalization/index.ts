// Normalisation.

import { LayerNormalization, type LayerNormalizationOptions } from './layer-normalization.ts'

export { LayerNormalization }
export type { LayerNormalizationOptions }

/** A {@link LayerNormalization} layer: normalises over the last axis. */
export const layerNormalization = (options: LayerNormalizationOptions = {}): LayerNormalization => new LayerNormalization(options)
