// Shapes of recurrent layers' results in the type system.

import type { Concat, Shape, Tensor, Tree } from '../../../core/index.ts'

/** Of `[batch, time, …]`: `[batch, time, units]` where all steps are returned, else `[batch, units]`. */
export type SequenceShape<S extends Shape, Units extends number, Sequences extends boolean> = S extends readonly [
  infer Batch extends number,
  infer Time extends number,
  ...Shape,
]
  ? boolean extends Sequences
    ? Shape
    : Sequences extends true
      ? readonly [Batch, Time, Units]
      : readonly [Batch, Units]
  : Shape

/** A state of a sequence `[batch, time, …]`. */
export type StateOf<S extends Shape, Units extends number> = S extends readonly [infer Batch extends number, ...Shape]
  ? Tensor<readonly [Batch, Units]>
  : Tensor

/** What a recurrent layer gives: its output, with its states after it where they are returned. */
export type RecurrentResult<
  S extends Shape,
  Units extends number,
  Sequences extends boolean,
  State extends boolean,
  States extends readonly Tree[] = readonly Tree[],
> = boolean extends State
  ? Tensor<SequenceShape<S, Units, Sequences>>
  : State extends true
    ? readonly [Tensor<SequenceShape<S, Units, Sequences>>, ...States]
    : Tensor<SequenceShape<S, Units, Sequences>>

/** The output of both directions, put together. */
export type MergedUnits<Units extends number, Mode> = Mode extends 'concat'
  ? Concat<readonly [readonly [Units], readonly [Units]]> extends readonly [infer Both extends number]
    ? Both
    : number
  : Units

/** What a recurrent layer of images gives. */
export type ImageResult<State extends boolean> = boolean extends State ? Tensor : State extends true ? readonly [Tensor, Tensor, Tensor] : Tensor

/** What a layer of both directions gives. */
export type BidirectionalResult<
  S extends Shape,
  Of extends { readonly units: number; readonly sequences: boolean; readonly state: boolean },
  Mode,
> = Mode extends null
  ? readonly [Tensor<SequenceShape<S, Of['units'], Of['sequences']>>, Tensor<SequenceShape<S, Of['units'], Of['sequences']>>, ...Tree[]]
  : RecurrentResult<S, MergedUnits<Of['units'], Mode>, Of['sequences'], Of['state']>
