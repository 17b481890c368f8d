// Shapes of layers' results in the type system.

import type { Shape, Tensor } from '../../core/index.ts'

/** A shape whose last size is another: `[number, 64]` becomes `[number, 10]`. */
export type WithLast<S extends Shape, Size extends number> = S extends readonly [...infer Lead extends Shape, number]
  ? readonly [...Lead, Size]
  : Shape

/** A shape `[batch, …spatial, channels]` whose spatial sizes are not known any more and whose channels are others. */
export type WithChannels<S extends Shape, Channels extends number> = S extends readonly [
  infer Batch extends number,
  ...infer Spatial extends Shape,
  number,
]
  ? readonly [Batch, ...{ readonly [K in keyof Spatial]: number }, Channels]
  : Shape

/** A shape `[batch, …spatial, channels]` whose spatial sizes are not known any more. */
export type WithSpatial<S extends Shape> = S extends readonly [
  infer Batch extends number,
  ...infer Spatial extends Shape,
  infer Channels extends number,
]
  ? readonly [Batch, ...{ readonly [K in keyof Spatial]: number }, Channels]
  : Shape

/** `[batch, channels]` of `[batch, …spatial, channels]`. */
export type WithoutSpatial<S extends Shape> = S extends readonly [infer Batch extends number, ...Shape, infer Channels extends number]
  ? readonly [Batch, Channels]
  : Shape

/** A tensor, or tensors in a list or record, of whatever shapes; what is nested deeper stays as it is. */
export type AnyShape<T> = T extends Tensor
  ? Tensor
  : T extends readonly Tensor[] | { readonly [key: string]: Tensor }
    ? { readonly [K in keyof T]: Tensor }
    : T
