// Layers that move elements.

import type { LayerOptions } from '../../layer.ts'
import { Flatten } from './flatten.ts'

export { Flatten }

/** A {@link Flatten} layer: all axes but the batch as one. */
export const flatten = (options: LayerOptions = {}): Flatten => new Flatten(options)
