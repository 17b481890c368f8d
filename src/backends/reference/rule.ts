// What one row of the interpreter's table is: how a primitive's values come from its inputs' values.

import type { Dim } from '../../core/dimension.ts'
import type { Op, PrimitiveName, Subgraph } from '../../core/primitives.ts'
import type { ResolvedType, Values } from './values.ts'

/** What a rule may ask for besides its inputs. */
export interface Surroundings {
  /** The types of the node's results, sizes bound. */
  readonly types: readonly ResolvedType[]
  /** A size with its variables bound. */
  readonly size: (dim: Dim) => number
  /** The results of a subgraph on these values. */
  readonly run: (body: Subgraph, inputs: readonly Values[]) => readonly Values[]
}

/** The values of a primitive's results. */
export type Rule<N extends PrimitiveName> = (op: Extract<Op, { name: N }>, inputs: readonly Values[], surroundings: Surroundings) => readonly Values[]

/** Rules for some of the primitives. */
export type Rules<N extends PrimitiveName> = { readonly [K in N]: Rule<K> }
