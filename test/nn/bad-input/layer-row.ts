// Rows of the tables of layers: the options of the class itself, and those that all layers have.

import type { AnyLayer, LayerOptions } from '../../../src/index.ts'
import type { Kinds, Row } from './check-options.ts'
import { count, dtype, flag, type Kind, like, list, regularizer, text } from './kinds.ts'

/** The options of a class of layers without those that all have. */
type Own<O> = Kinds<Omit<O, keyof LayerOptions>>

const shared: Readonly<Record<string, Kind>> = {
  name: like(text, 'given'),
  inputShape: list(count(), {}, [4, 4]),
  inputDim: count(),
  trainable: flag,
  dtype,
  activityRegularizer: regularizer,
}

/** A class of layers and what its options may be; `differently` says it of options that all layers have and this one has not, or not so. */
export function layer<C extends abstract new (options: never) => AnyLayer>(
  made: C,
  className: string,
  own: Own<NonNullable<ConstructorParameters<C>[0]>>,
  differently: Readonly<Record<string, Kind | undefined>> = {},
): Row {
  const kinds = Object.entries<Kind | undefined>({ ...own, ...shared, ...differently })
  return {
    made,
    className,
    who: 'given',
    kinds: kinds.flatMap(([option, kind]) => (kind === undefined ? [] : [[option, kind] as const])),
    make: (options) => Reflect.construct(made, [typeof options === 'object' && options !== null ? { name: 'given', ...options } : options]),
  }
}
