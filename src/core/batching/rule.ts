// What a batching rule is: one use of a primitive turned into the use for all examples of a batch at once.

import type { Dim } from '../dimension.ts'
import type { OpOf } from '../gradients/rule.ts'
import type { Node } from '../graph.ts'
import type { PrimitiveName } from '../primitives.ts'

/**
 * `results` for a batch: every source is replaced by its value, which has the examples along a new axis 0. A result that does not depend on a
 * source is `undefined`: it is the same for all examples.
 */
export type Batch = (results: readonly Node[], sources: readonly Node[], values: readonly Node[], size: Dim) => readonly (Node | undefined)[]

/** One use of a primitive of which at least one input differs from example to example. */
export interface BatchUse {
  /** The use for one example. */
  readonly node: Node
  /** Number of examples. */
  readonly size: Dim
  /** Whether an input has the examples along axis 0. */
  readonly batched: (index: number) => boolean
  /** An input as it is, with or without examples. */
  readonly input: (index: number) => Node
  /** An input with examples along axis 0, repeated where it has none. */
  readonly front: (index: number) => Node
  /** Batches what a rule has built itself. */
  readonly batch: Batch
}

/** The results, all with the examples along axis 0. */
export type BatchRule<N extends PrimitiveName> = (op: OpOf[N], use: BatchUse) => readonly Node[]
