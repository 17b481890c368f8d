// Penalties on weights and activations, and their names. `regularizers.l2({ l2: 1e-4 })` is short for `new regularizers.L2({ l2: 1e-4 })`.

import { ConfigError } from '../../core/index.ts'
import { shown } from '../options/option-checks.ts'
import { deserializeFrom, isSerialized, maker, type Makers, type SerializedInput } from '../saving/serialized.ts'
import { L1, L1L2, L2 } from './l1-l2.ts'
import { OrthogonalRegularizer, type OrthogonalRegularizerOptions } from './orthogonal.ts'
import { NamedRegularizer, type Regularizer as RegularizerFunction } from './regularizer.ts'

export { serialize } from '../saving/serialized.ts'
export { L1, L1L2, L2 } from './l1-l2.ts'
export { OrthogonalRegularizer, type OrthogonalRegularizerOptions } from './orthogonal.ts'
export type { NamedRegularizer } from './regularizer.ts'

/** A penalty: a scalar that is added to the loss. Any such function will do. */
export type Regularizer = RegularizerFunction
/** The base of penalties that can be saved: see {@link NamedRegularizer}. */
export const Regularizer = NamedRegularizer

/** What options take: a name in any spelling, `{ className, config }`, or the function. */
export type RegularizerIdentifier = string | SerializedInput | RegularizerFunction

const makers: Makers<NamedRegularizer> = {
  L1: maker(L1),
  L2: maker(L2),
  L1L2: maker(L1L2),
  OrthogonalRegularizer: maker(OrthogonalRegularizer),
}

/** {@link L1}. */
export const l1 = (options: { readonly l1?: number } = {}): L1 => new L1(options)
/** {@link L2}. */
export const l2 = (options: { readonly l2?: number } = {}): L2 => new L2(options)
/** {@link L1L2}. */
export const l1L2 = (options: { readonly l1?: number; readonly l2?: number } = {}): L1L2 => new L1L2(options)
/** {@link OrthogonalRegularizer}. */
export const orthogonalRegularizer = (options: OrthogonalRegularizerOptions = {}): OrthogonalRegularizer => new OrthogonalRegularizer(options)

/** A regularizer from `{ className, config }`. */
export const deserialize = (serialized: SerializedInput): NamedRegularizer => deserializeFrom('regularizer', serialized, makers)

/** A regularizer by name (with its defaults), by config, or itself; undefined for none. */
export function get(identifier: RegularizerIdentifier): RegularizerFunction
export function get(identifier: RegularizerIdentifier | null | undefined): RegularizerFunction | undefined
export function get(identifier: RegularizerIdentifier | null | undefined): RegularizerFunction | undefined {
  if (identifier === undefined || identifier === null) return undefined
  if (typeof identifier === 'function') return identifier
  if (typeof identifier === 'string') return deserialize({ className: identifier })
  if (isSerialized(identifier)) return deserialize(identifier)
  throw new ConfigError(
    `regularizer: expected a name, a config or a function, got ${shown(identifier)}. Pass one of ${Object.keys(makers).join(', ')}.`,
  )
}
