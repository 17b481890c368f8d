// Layers that take strings. There are no tensors of strings, so that nothing can stand before them in a model.

import type { Dims, Tensor } from '../../../../core/index.ts'
import type { AnyLayer } from '../../../layer/layer.ts'
import type { NestedStrings } from './nested-strings.ts'

/** The most tokens of a text whose number of tokens is open while a model is built. */
export const maxLength = 2 ** 16

/** What a layer that takes strings can do besides being called. */
export interface TextLayer {
  /** The layer on strings. */
  vectorized(texts: NestedStrings): Tensor
  /** A tensor of the shape and dtype that strings of a shape become. */
  resultFor(dims: Dims): Tensor
}

/** Whether a layer takes strings. */
export const isTextLayer = (layer: AnyLayer | undefined): layer is AnyLayer & TextLayer => layer !== undefined && 'resultFor' in layer
