// Layers that make one tensor of several. Each function gives a layer, or with a list of tensors what the layer makes of them.

import type { Tensor } from '../../../core/index.ts'
import type { LayerOptions } from '../../layer/layer.ts'
import { Concatenate, type ConcatenateOptions } from './concatenate.ts'
import { Dot, type DotOptions } from './dot.ts'
import { Add, Average, Maximum, Minimum, Multiply, Subtract } from './elementwise.ts'

export { Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract }
export type { ConcatenateOptions, DotOptions }

/** Makes a layer from options; from tensors and options its result. */
interface Merging<L, O> {
  (options?: O): L
  (inputs: readonly Tensor[], options?: O): Tensor
}

type Merger = (inputs: readonly Tensor[]) => Tensor

function merging<L extends Merger, O>(make: (options?: O) => L): Merging<L, O> {
  function merge(options?: O): L
  function merge(inputs: readonly Tensor[], options?: O): Tensor
  function merge(first?: O | readonly Tensor[], options?: O): L | Tensor {
    return isList(first) ? make(options)(first) : make(first)
  }
  return merge
}

const isList = <O>(value: O | readonly Tensor[] | undefined): value is readonly Tensor[] => Array.isArray(value)

/** An {@link Add} layer, or `add([x, y])`: the sum. */
export const add = merging((options?: LayerOptions) => new Add(options))
/** An {@link Average} layer, or `average([x, y])`: the mean. */
export const average = merging((options?: LayerOptions) => new Average(options))
/** A {@link Concatenate} layer, or `concatenate([x, y], { axis })`: side by side. */
export const concatenate = merging((options?: ConcatenateOptions) => new Concatenate(options))
/** A {@link Dot} layer, or `dot([x, y], { axes })`: products of samples. */
export const dot = merging((options: DotOptions = { axes: -1 }) => new Dot(options))
/** A {@link Maximum} layer, or `maximum([x, y])`: the largest. */
export const maximum = merging((options?: LayerOptions) => new Maximum(options))
/** A {@link Minimum} layer, or `minimum([x, y])`: the smallest. */
export const minimum = merging((options?: LayerOptions) => new Minimum(options))
/** A {@link Multiply} layer, or `multiply([x, y])`: the product. */
export const multiply = merging((options?: LayerOptions) => new Multiply(options))
/** A {@link Subtract} layer, or `subtract([x, y])`: the difference. */
export const subtract = merging((options?: LayerOptions) => new Subtract(options))
