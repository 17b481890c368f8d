// Dropout and its kin, noise, penalties on activations.

import { ActivityRegularization, type ActivityRegularizationOptions } from './activity-regularization.ts'
import {
  AlphaDropout,
  Dropout,
  type DropoutOptions,
  GaussianDropout,
  type GaussianDropoutOptions,
  GaussianNoise,
  type GaussianNoiseOptions,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
  type SpatialDropoutOptions,
} from './dropout.ts'

export { ActivityRegularization, AlphaDropout, Dropout, GaussianDropout, GaussianNoise, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D }
export type { ActivityRegularizationOptions, DropoutOptions, GaussianDropoutOptions, GaussianNoiseOptions, SpatialDropoutOptions }

/** An {@link ActivityRegularization} layer: a penalty on what passes. */
export const activityRegularization = (options: ActivityRegularizationOptions = {}): ActivityRegularization => new ActivityRegularization(options)
/** An {@link AlphaDropout} layer: dropout for selu networks. */
export const alphaDropout = (options: DropoutOptions): AlphaDropout => new AlphaDropout(options)
/** A {@link Dropout} layer: zeros at random while training. */
export const dropout = (options: DropoutOptions): Dropout => new Dropout(options)
/** A {@link GaussianDropout} layer: random factors while training. */
export const gaussianDropout = (options: GaussianDropoutOptions): GaussianDropout => new GaussianDropout(options)
/** A {@link GaussianNoise} layer: noise while training. */
export const gaussianNoise = (options: GaussianNoiseOptions): GaussianNoise => new GaussianNoise(options)
/** A {@link SpatialDropout1D} layer: drops whole features of a sequence. */
export const spatialDropout1d = (options: SpatialDropoutOptions): SpatialDropout1D => new SpatialDropout1D(options)
/** A {@link SpatialDropout2D} layer: drops whole feature maps of images. */
export const spatialDropout2d = (options: SpatialDropoutOptions): SpatialDropout2D => new SpatialDropout2D(options)
/** A {@link SpatialDropout3D} layer: drops whole feature maps of volumes. */
export const spatialDropout3d = (options: SpatialDropoutOptions): SpatialDropout3D => new SpatialDropout3D(options)
