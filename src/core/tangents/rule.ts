// What a tangent rule is: from tangents of a primitive's inputs to tangents of its results.

import type { OpOf, Reverse } from '../gradients/rule.ts'
import type { Node } from '../graph.ts'
import type { PrimitiveName } from '../primitives.ts'

/** Tangents of `results` from tangents of `sources`; `undefined` stands for zero. */
export type Forward = (results: readonly Node[], sources: readonly Node[], tangents: readonly (Node | undefined)[]) => readonly (Node | undefined)[]

/** One use of a primitive that is being differentiated. */
export interface ForwardUse {
  readonly node: Node
  readonly input: (index: number) => Node
  /** The tangent of an input, zeros where it does not change. */
  readonly tangent: (index: number) => Node
  /** Whether an input changes. */
  readonly has: (index: number) => boolean
  /** Differentiates what a rule has built itself. */
  readonly forward: Forward
  /** Transposes what a rule has built itself. */
  readonly reverse: Reverse
}

/** The tangents of the results, in order; missing or `undefined` ones are zero. */
export type TangentRule<N extends PrimitiveName> = (op: OpOf[N], use: ForwardUse) => readonly (Node | undefined)[]
