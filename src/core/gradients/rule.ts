// What a gradient rule is: from cotangents of a primitive's results to cotangents of its inputs.

import type { Node } from '../graph.ts'
import type { Op, PrimitiveName } from '../primitives.ts'

/** The primitive of a name, with its attributes. */
export type OpOf = { readonly [N in PrimitiveName]: Extract<Op, { name: N }> }

/** Cotangents of `wanted` from cotangents of `results`; `undefined` stands for zero. */
export type Reverse = (results: readonly Node[], cotangents: readonly (Node | undefined)[], wanted: readonly Node[]) => readonly (Node | undefined)[]

/** One use of a primitive that is being differentiated. */
export interface Use {
  readonly node: Node
  readonly input: (index: number) => Node
  /** The cotangent of a result, zeros where nothing depends on it. Default: the first result. */
  readonly cotangent: (index?: number) => Node
  /** Whether anything depends on a result. */
  readonly has: (index: number) => boolean
  /** Whether the cotangent of an input is asked for; a rule may leave out the others. */
  readonly needs: (index: number) => boolean
  /** Differentiates what a rule has built itself: the body of a loop, a decomposition. */
  readonly reverse: Reverse
}

/** The cotangents of the inputs, in order; missing or `undefined` ones are zero. */
export type Rule<N extends PrimitiveName> = (op: OpOf[N], use: Use) => readonly (Node | undefined)[]
