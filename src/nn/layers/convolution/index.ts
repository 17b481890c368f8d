// Convolutions.

import { Conv2D, type Conv2DOptions } from './conv2d.ts'

export { Conv2D }
export type { Conv2DOptions }

/** A {@link Conv2D} layer: activation(x ∗ kernel + bias). */
export const conv2d = (options: Conv2DOptions): Conv2D => new Conv2D(options)
