// Constraints on weights, and their names. `constraints.maxNorm({ maxValue: 3 })` is short for `new constraints.MaxNorm({ maxValue: 3 })`.

import { type Constraint as ConstraintFunction, NamedConstraint } from './constraint.ts'
import { NonNeg } from './non-neg.ts'
import { type AxisOption, MaxNorm, type MaxNormOptions, MinMaxNorm, type MinMaxNormOptions, UnitNorm } from './norms.ts'

export { serialize } from '../saving/serialized.ts'
export { deserialize, get } from './all.ts'
export type { NamedConstraint } from './constraint.ts'
export { NonNeg } from './non-neg.ts'
export { MaxNorm, type MaxNormOptions, MinMaxNorm, type MinMaxNormOptions, UnitNorm } from './norms.ts'
export type { ConstraintIdentifier } from './registry.ts'

/** Where an update moves a weight to. Any such function will do. */
export type Constraint = ConstraintFunction
/** The base of constraints that can be saved: see {@link NamedConstraint}. */
export const Constraint = NamedConstraint

/** {@link MaxNorm}. */
export const maxNorm = (options: MaxNormOptions = {}): MaxNorm => new MaxNorm(options)
/** {@link MinMaxNorm}. */
export const minMaxNorm = (options: MinMaxNormOptions = {}): MinMaxNorm => new MinMaxNorm(options)
/** {@link NonNeg}. */
export const nonNeg = (): NonNeg => new NonNeg()
/** {@link UnitNorm}. */
export const unitNorm = (options: AxisOption = {}): UnitNorm => new UnitNorm(options)
