// Pooling.

import {
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling2D,
  AdaptiveAveragePooling3D,
  AdaptiveMaxPooling1D,
  AdaptiveMaxPooling2D,
  AdaptiveMaxPooling3D,
  type AdaptivePoolingOptions,
} from './adaptive-pooling.ts'
import {
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling3D,
  type GlobalPoolingOptions,
} from './global-pooling.ts'
import { AveragePooling1D, AveragePooling2D, AveragePooling3D, MaxPooling1D, MaxPooling2D, MaxPooling3D, type PoolingOptions } from './pooling.ts'

export {
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling2D,
  AdaptiveAveragePooling3D,
  AdaptiveMaxPooling1D,
  AdaptiveMaxPooling2D,
  AdaptiveMaxPooling3D,
  AveragePooling1D,
  AveragePooling2D,
  AveragePooling3D,
  MaxPooling1D,
  MaxPooling2D,
  MaxPooling3D,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling3D,
}
export type { AdaptivePoolingOptions, GlobalPoolingOptions, PoolingOptions }

/** An {@link AdaptiveAveragePooling1D} layer: means of parts. */
export const adaptiveAveragePooling1d = (options: AdaptivePoolingOptions): AdaptiveAveragePooling1D => new AdaptiveAveragePooling1D(options)
/** A {@link GlobalAveragePooling1D} layer: means of whole channels. */
export const globalAveragePooling1d = (options: GlobalPoolingOptions = {}): GlobalAveragePooling1D => new GlobalAveragePooling1D(options)
/** An {@link AveragePooling1D} layer: means of windows. */
export const averagePooling1d = (options: PoolingOptions = {}): AveragePooling1D => new AveragePooling1D(options)
/** An {@link AdaptiveAveragePooling2D} layer: means of parts. */
export const adaptiveAveragePooling2d = (options: AdaptivePoolingOptions): AdaptiveAveragePooling2D => new AdaptiveAveragePooling2D(options)
/** A {@link GlobalAveragePooling2D} layer: means of whole channels. */
export const globalAveragePooling2d = (options: GlobalPoolingOptions = {}): GlobalAveragePooling2D => new GlobalAveragePooling2D(options)
/** An {@link AveragePooling2D} layer: means of windows. */
export const averagePooling2d = (options: PoolingOptions = {}): AveragePooling2D => new AveragePooling2D(options)
/** An {@link AdaptiveAveragePooling3D} layer: means of parts. */
export const adaptiveAveragePooling3d = (options: AdaptivePoolingOptions): AdaptiveAveragePooling3D => new AdaptiveAveragePooling3D(options)
/** A {@link GlobalAveragePooling3D} layer: means of whole channels. */
export const globalAveragePooling3d = (options: GlobalPoolingOptions = {}): GlobalAveragePooling3D => new GlobalAveragePooling3D(options)
/** An {@link AveragePooling3D} layer: means of windows. */
export const averagePooling3d = (options: PoolingOptions = {}): AveragePooling3D => new AveragePooling3D(options)
/** An {@link AdaptiveMaxPooling1D} layer: largest elements of parts. */
export const adaptiveMaxPooling1d = (options: AdaptivePoolingOptions): AdaptiveMaxPooling1D => new AdaptiveMaxPooling1D(options)
/** A {@link GlobalMaxPooling1D} layer: largest elements of whole channels. */
export const globalMaxPooling1d = (options: GlobalPoolingOptions = {}): GlobalMaxPooling1D => new GlobalMaxPooling1D(options)
/** A {@link MaxPooling1D} layer: largest elements of windows. */
export const maxPooling1d = (options: PoolingOptions = {}): MaxPooling1D => new MaxPooling1D(options)
/** An {@link AdaptiveMaxPooling2D} layer: largest elements of parts. */
export const adaptiveMaxPooling2d = (options: AdaptivePoolingOptions): AdaptiveMaxPooling2D => new AdaptiveMaxPooling2D(options)
/** A {@link GlobalMaxPooling2D} layer: largest elements of whole channels. */
export const globalMaxPooling2d = (options: GlobalPoolingOptions = {}): GlobalMaxPooling2D => new GlobalMaxPooling2D(options)
/** A {@link MaxPooling2D} layer: largest elements of windows. */
export const maxPooling2d = (options: PoolingOptions = {}): MaxPooling2D => new MaxPooling2D(options)
/** An {@link AdaptiveMaxPooling3D} layer: largest elements of parts. */
export const adaptiveMaxPooling3d = (options: AdaptivePoolingOptions): AdaptiveMaxPooling3D => new AdaptiveMaxPooling3D(options)
/** A {@link GlobalMaxPooling3D} layer: largest elements of whole channels. */
export const globalMaxPooling3d = (options: GlobalPoolingOptions = {}): GlobalMaxPooling3D => new GlobalMaxPooling3D(options)
/** A {@link MaxPooling3D} layer: largest elements of windows. */
export const maxPooling3d = (options: PoolingOptions = {}): MaxPooling3D => new MaxPooling3D(options)
