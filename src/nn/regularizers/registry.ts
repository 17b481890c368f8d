// Regularizers by name and by config. The everyday ones are known here; `all.ts` makes the others known.

import { merged } from '../options/identifiers.ts'
import { deserializeFrom, functionOf, maker, type Makers, type SerializedInput } from '../saving/serialized.ts'
import { L1, L1L2, L2 } from './l1-l2.ts'
import type { NamedRegularizer, Regularizer } from './regularizer.ts'

/** What options take: a name in any spelling, `{ className, config }`, or the function. */
export type RegularizerIdentifier = string | SerializedInput | Regularizer

let makers: Makers<NamedRegularizer> = { L1: maker(L1), L1L2: maker(L1L2), L2: maker(L2) }

/** Makes further regularizers known by name. */
export function registerRegularizers(further: Makers<NamedRegularizer>): void {
  makers = merged(makers, further)
}

/** A regularizer from `{ className, config }`. */
export const deserialize = (serialized: SerializedInput): NamedRegularizer => deserializeFrom('regularizer', serialized, makers)

/** A regularizer by name (with its defaults), by config, or itself; undefined for none. */
export function get(identifier: RegularizerIdentifier): Regularizer
export function get(identifier: RegularizerIdentifier | null | undefined): Regularizer | undefined
export function get(identifier: RegularizerIdentifier | null | undefined): Regularizer | undefined {
  return functionOf('regularizer', identifier, makers, deserialize)
}
