// Constraints by name and by config. The simplest is known here; `all.ts` makes the others known.

import { merged } from '../options/identifiers.ts'
import { deserializeFrom, functionOf, maker, type Makers, type SerializedInput } from '../saving/serialized.ts'
import type { Constraint, NamedConstraint } from './constraint.ts'
import { NonNeg } from './non-neg.ts'

/** What options take: a name in any spelling, `{ className, config }`, or the function. */
export type ConstraintIdentifier = string | SerializedInput | Constraint

let makers: Makers<NamedConstraint> = { NonNeg: maker(NonNeg) }

/** Makes further constraints known by name. */
export function registerConstraints(further: Makers<NamedConstraint>): void {
  makers = merged(makers, further)
}

/** A constraint from `{ className, config }`. */
export const deserialize = (serialized: SerializedInput): NamedConstraint => deserializeFrom('constraint', serialized, makers)

/** A constraint by name (with its defaults), by config, or itself; undefined for none. */
export function get(identifier: ConstraintIdentifier): Constraint
export function get(identifier: ConstraintIdentifier | null | undefined): Constraint | undefined
export function get(identifier: ConstraintIdentifier | null | undefined): Constraint | undefined {
  return functionOf('constraint', identifier, makers, deserialize)
}
