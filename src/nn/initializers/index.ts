// Initial values of parameters, and their names. `initializers.heNormal()` is short for `new initializers.HeNormal()`; either is a function of a
// shape and a key.

import { ConfigError } from '../../core/index.ts'
import { plainName } from '../options/identifiers.ts'
import { deserializeFrom, isSerialized, maker, type Makers, type SerializedInput } from '../saving/serialized.ts'
import { Constant, type ConstantValue, Identity, Ones, Zeros } from './constants.ts'
import { type Initializer as InitializerFunction, NamedInitializer } from './initializer.ts'
import { Orthogonal, type OrthogonalOptions } from './orthogonal.ts'
import { type NormalOptions, RandomNormal, RandomUniform, TruncatedNormal, type UniformOptions } from './random.ts'
import { STFT, type STFTOptions } from './stft.ts'
import {
  type FanOptions,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  VarianceScaling,
  type VarianceScalingOptions,
} from './variance-scaling.ts'

export { serialize } from '../saving/serialized.ts'
export { Constant, type ConstantValue, Identity, Ones, Zeros } from './constants.ts'
export { type NamedInitializer, RandomInitializer, type SeedOption } from './initializer.ts'
export { Orthogonal, type OrthogonalOptions } from './orthogonal.ts'
export { type NormalOptions, RandomNormal, RandomUniform, TruncatedNormal, type UniformOptions } from './random.ts'
export { STFT, type STFTOptions } from './stft.ts'
export {
  type FanOptions,
  fans,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  VarianceScaling,
  type VarianceScalingOptions,
} from './variance-scaling.ts'

/** Values of a shape from a key. Any such function will do. */
export type Initializer = InitializerFunction
/** The base of initializers that can be saved: see {@link NamedInitializer}. */
export const Initializer = NamedInitializer

/** What `…Initializer` options take: a name in any spelling, `{ className, config }`, or the function. */
export type InitializerIdentifier = string | SerializedInput | InitializerFunction

const makers: Makers<NamedInitializer> = {
  Zeros: maker(Zeros),
  Ones: maker(Ones),
  Constant: maker(Constant),
  Identity: maker(Identity),
  STFT: maker(STFT),
  RandomNormal: maker(RandomNormal),
  RandomUniform: maker(RandomUniform),
  TruncatedNormal: maker(TruncatedNormal),
  VarianceScaling: maker(VarianceScaling),
  GlorotNormal: maker(GlorotNormal),
  GlorotUniform: maker(GlorotUniform),
  HeNormal: maker(HeNormal),
  HeUniform: maker(HeUniform),
  LecunNormal: maker(LecunNormal),
  LecunUniform: maker(LecunUniform),
  Orthogonal: maker(Orthogonal),
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

/** {@link Zeros}. */
export const zeros = (): Zeros => new Zeros()
/** {@link Ones}. */
export const ones = (): Ones => new Ones()
/** {@link Constant}. */
export const constant = (options: { readonly value?: ConstantValue } = {}): Constant => new Constant(options)
/** {@link Identity}. */
export const identity = (options: { readonly gain?: number } = {}): Identity => new Identity(options)
/** {@link STFT}. */
export const stft = (options: STFTOptions = {}): STFT => new STFT(options)
/** {@link RandomNormal}. */
export const randomNormal = (options: NormalOptions = {}): RandomNormal => new RandomNormal(options)
/** {@link RandomUniform}. */
export const randomUniform = (options: UniformOptions = {}): RandomUniform => new RandomUniform(options)
/** {@link TruncatedNormal}. */
export const truncatedNormal = (options: NormalOptions = {}): TruncatedNormal => new TruncatedNormal(options)
/** {@link VarianceScaling}. */
export const varianceScaling = (options: VarianceScalingOptions = {}): VarianceScaling => new VarianceScaling(options)
/** {@link GlorotNormal}. */
export const glorotNormal = (options: FanOptions = {}): GlorotNormal => new GlorotNormal(options)
/** {@link GlorotUniform}. */
export const glorotUniform = (options: FanOptions = {}): GlorotUniform => new GlorotUniform(options)
/** {@link HeNormal}. */
export const heNormal = (options: FanOptions = {}): HeNormal => new HeNormal(options)
/** {@link HeUniform}. */
export const heUniform = (options: FanOptions = {}): HeUniform => new HeUniform(options)
/** {@link LecunNormal}. */
export const lecunNormal = (options: FanOptions = {}): LecunNormal => new LecunNormal(options)
/** {@link LecunUniform}. */
export const lecunUniform = (options: FanOptions = {}): LecunUniform => new LecunUniform(options)
/** {@link Orthogonal}. */
export const orthogonal = (options: OrthogonalOptions = {}): Orthogonal => new Orthogonal(options)

/** An initializer from `{ className, config }`. */
export function deserialize(serialized: SerializedInput): NamedInitializer {
  const name = serialized.className ?? serialized.class_name ?? ''
  const className = aliases[plainName(name)] ?? name
  return deserializeFrom('initializer', { ...serialized, className }, makers)
}

/** An initializer by name (with its defaults), by config, or itself; undefined for none. */
export function get(identifier: InitializerIdentifier): InitializerFunction
export function get(identifier: InitializerIdentifier | null | undefined): InitializerFunction | undefined
export function get(identifier: InitializerIdentifier | null | undefined): InitializerFunction | undefined {
  if (identifier === undefined || identifier === null) return undefined
  if (typeof identifier === 'function') return identifier
  if (typeof identifier === 'string') return deserialize({ className: identifier })
  if (isSerialized(identifier)) return deserialize(identifier)
  throw new ConfigError(
    `initializer: expected a name, a config or a function, got ${String(identifier)}. Pass one of ${Object.keys(makers).join(', ')}.`,
  )
}

/** {@link get} for layers. */
export const resolveInitializer = (identifier: InitializerIdentifier): InitializerFunction => get(identifier)
