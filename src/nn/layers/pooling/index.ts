// Pooling.

import { MaxPooling2D, type MaxPooling2DOptions } from './max-pooling2d.ts'

export { MaxPooling2D }
export type { MaxPooling2DOptions }

/** A {@link MaxPooling2D} layer: the largest element of each window. */
export const maxPooling2d = (options: MaxPooling2DOptions = {}): MaxPooling2D => new MaxPooling2D(options)
