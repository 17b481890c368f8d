// Penalties on weights and activations, and their names. `regularizers.l2({ l2: 1e-4 })` is short for `new regularizers.L2({ l2: 1e-4 })`.

import { L1, L1L2, L2 } from './l1-l2.ts'
import { OrthogonalRegularizer, type OrthogonalRegularizerOptions } from './orthogonal.ts'
import { NamedRegularizer, type Regularizer as RegularizerFunction } from './regularizer.ts'

export { serialize } from '../saving/serialized.ts'
export { deserialize, get } from './all.ts'
export { L1, L1L2, L2 } from './l1-l2.ts'
export { OrthogonalRegularizer, type OrthogonalRegularizerOptions } from './orthogonal.ts'
export type { RegularizerIdentifier } from './registry.ts'
export type { NamedRegularizer } from './regularizer.ts'

/** A penalty: a scalar that is added to the loss. Any such function will do. */
export type Regularizer = RegularizerFunction
/** The base of penalties that can be saved: see {@link NamedRegularizer}. */
export const Regularizer = NamedRegularizer

/** {@link L1}. */
export const l1 = (options: { readonly l1?: number } = {}): L1 => new L1(options)
/** {@link L2}. */
export const l2 = (options: { readonly l2?: number } = {}): L2 => new L2(options)
/** {@link L1L2}. */
export const l1L2 = (options: { readonly l1?: number; readonly l2?: number } = {}): L1L2 => new L1L2(options)
/** {@link OrthogonalRegularizer}. */
export const orthogonalRegularizer = (options: OrthogonalRegularizerOptions = {}): OrthogonalRegularizer => new OrthogonalRegularizer(options)
