// Normalisation.

import { BatchNormalization, type BatchNormalizationOptions } from './batch-normalization.ts'
import {
  GroupNormalization,
  type GroupNormalizationOptions,
  LayerNormalization,
  type LayerNormalizationOptions,
  RMSNormalization,
  type RMSNormalizationOptions,
} from './layer-normalization.ts'
import { SpectralNormalization, type SpectralNormalizationOptions } from './spectral-normalization.ts'
import { UnitNormalization, type UnitNormalizationOptions } from './unit-normalization.ts'

export { BatchNormalization, GroupNormalization, LayerNormalization, RMSNormalization, SpectralNormalization, UnitNormalization }
export type {
  BatchNormalizationOptions,
  GroupNormalizationOptions,
  LayerNormalizationOptions,
  RMSNormalizationOptions,
  SpectralNormalizationOptions,
  UnitNormalizationOptions,
}

/** A {@link BatchNormalization} layer: each feature over the batch. */
export const batchNormalization = (options: BatchNormalizationOptions = {}): BatchNormalization => new BatchNormalization(options)
/** A {@link GroupNormalization} layer: groups of channels of each sample. */
export const groupNormalization = (options: GroupNormalizationOptions = {}): GroupNormalization => new GroupNormalization(options)
/** A {@link LayerNormalization} layer: the features of each position. */
export const layerNormalization = (options: LayerNormalizationOptions = {}): LayerNormalization => new LayerNormalization(options)
/** An {@link RMSNormalization} layer: by the root mean square. */
export const rmsNormalization = (options: RMSNormalizationOptions = {}): RMSNormalization => new RMSNormalization(options)
/** A {@link SpectralNormalization} layer: another one with a kernel of norm 1. */
export const spectralNormalization = (options: SpectralNormalizationOptions): SpectralNormalization => new SpectralNormalization(options)
/** A {@link UnitNormalization} layer: vectors at length 1. */
export const unitNormalization = (options: UnitNormalizationOptions = {}): UnitNormalization => new UnitNormalization(options)
