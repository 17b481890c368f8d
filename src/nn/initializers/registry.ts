// Initializers by name and by config. The everyday ones are known here; `all.ts` makes the others known.

import { plainName } from '../options/identifiers.ts'
import { deserializeFrom, functionOf, maker, type Makers, type SerializedInput } from '../saving/serialized.ts'
import { Constant, Ones, Zeros } from './constants.ts'
import type { Initializer, NamedInitializer } from './initializer.ts'
import { RandomNormal, RandomUniform, TruncatedNormal } from './random.ts'
import { GlorotNormal, GlorotUniform, HeNormal, HeUniform, VarianceScaling } from './variance-scaling.ts'

/** What `…Initializer` options take: a name in any spelling, `{ className, config }`, or the function. */
export type InitializerIdentifier = string | SerializedInput | Initializer

let makers: Makers<NamedInitializer> = {
  Zeros: maker(Zeros),
  Ones: maker(Ones),
  Constant: maker(Constant),
  RandomNormal: maker(RandomNormal),
  RandomUniform: maker(RandomUniform),
  TruncatedNormal: maker(TruncatedNormal),
  VarianceScaling: maker(VarianceScaling),
  GlorotNormal: maker(GlorotNormal),
  GlorotUniform: maker(GlorotUniform),
  HeNormal: maker(HeNormal),
  HeUniform: maker(HeUniform),
}

/** Makes further initializers known by name. */
export function registerInitializers(further: Makers<NamedInitializer>): void {
  makers = { ...makers, ...further }
}

/** Other names that Keras has. */
const aliases: Readonly<Record<string, string>> = {
  zero: 'Zeros',
  one: 'Ones',
  normal: 'RandomNormal',
  uniform: 'RandomUniform',
  identityinitializer: 'Identity',
  orthogonalinitializer: 'Orthogonal',
  stftinitializer: 'STFT',
}

/** An initializer from `{ className, config }`. */
export function deserialize(serialized: SerializedInput): NamedInitializer {
  const name = serialized.className ?? serialized.class_name ?? ''
  const className = aliases[plainName(name)] ?? name
  return deserializeFrom('initializer', { ...serialized, className }, makers)
}

/** An initializer by name (with its defaults), by config, or itself; undefined for none. */
export function get(identifier: InitializerIdentifier): Initializer
export function get(identifier: InitializerIdentifier | null | undefined): Initializer | undefined
export function get(identifier: InitializerIdentifier | null | undefined): Initializer | undefined {
  return functionOf('initializer', identifier, makers, deserialize)
}
