// Constraints on weights, and their names. `constraints.maxNorm({ maxValue: 3 })` is short for `new constraints.MaxNorm({ maxValue: 3 })`.

import { ConfigError } from '../../core/index.ts'
import { shown } from '../options/option-checks.ts'
import { deserializeFrom, isSerialized, maker, type Makers, type SerializedInput } from '../saving/serialized.ts'
import { type Constraint as ConstraintFunction, NamedConstraint } from './constraint.ts'
import { NonNeg } from './non-neg.ts'
import { type AxisOption, MaxNorm, type MaxNormOptions, MinMaxNorm, type MinMaxNormOptions, UnitNorm } from './norms.ts'

export { serialize } from '../saving/serialized.ts'
export type { NamedConstraint } from './constraint.ts'
export { NonNeg } from './non-neg.ts'
export { MaxNorm, type MaxNormOptions, MinMaxNorm, type MinMaxNormOptions, UnitNorm } from './norms.ts'

/** Where an update moves a weight to. Any such function will do. */
export type Constraint = ConstraintFunction
/** The base of constraints that can be saved: see {@link NamedConstraint}. */
export const Constraint = NamedConstraint

/** What options take: a name in any spelling, `{ className, config }`, or the function. */
export type ConstraintIdentifier = string | SerializedInput | ConstraintFunction

const makers: Makers<NamedConstraint> = {
  MaxNorm: maker(MaxNorm),
  MinMaxNorm: maker(MinMaxNorm),
  NonNeg: maker(NonNeg),
  UnitNorm: maker(UnitNorm),
}

/** {@link MaxNorm}. */
export const maxNorm = (options: MaxNormOptions = {}): MaxNorm => new MaxNorm(options)
/** {@link MinMaxNorm}. */
export const minMaxNorm = (options: MinMaxNormOptions = {}): MinMaxNorm => new MinMaxNorm(options)
/** {@link NonNeg}. */
export const nonNeg = (): NonNeg => new NonNeg()
/** {@link UnitNorm}. */
export const unitNorm = (options: AxisOption = {}): UnitNorm => new UnitNorm(options)

/** A constraint from `{ className, config }`. */
export const deserialize = (serialized: SerializedInput): NamedConstraint => deserializeFrom('constraint', serialized, makers)

/** A constraint by name (with its defaults), by config, or itself; undefined for none. */
export function get(identifier: ConstraintIdentifier): ConstraintFunction
export function get(identifier: ConstraintIdentifier | null | undefined): ConstraintFunction | undefined
export function get(identifier: ConstraintIdentifier | null | undefined): ConstraintFunction | undefined {
  if (identifier === undefined || identifier === null) return undefined
  if (typeof identifier === 'function') return identifier
  if (typeof identifier === 'string') return deserialize({ className: identifier })
  if (isSerialized(identifier)) return deserialize(identifier)
  throw new ConfigError(
    `constraint: expected a name, a config or a function, got ${shown(identifier)}. Pass one of ${Object.keys(makers).join(', ')}.`,
  )
}
