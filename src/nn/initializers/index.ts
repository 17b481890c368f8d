// Initial values of parameters, and their names. `initializers.heNormal()` is short for `new initializers.HeNormal()`; either is a function of a
// shape and a key.

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
export { deserialize, get } from './all.ts'
export { Constant, type ConstantValue, Identity, Ones, Zeros } from './constants.ts'
export { type NamedInitializer, RandomInitializer, type SeedOption } from './initializer.ts'
export { Orthogonal, type OrthogonalOptions } from './orthogonal.ts'
export { type NormalOptions, RandomNormal, RandomUniform, TruncatedNormal, type UniformOptions } from './random.ts'
export type { InitializerIdentifier } from './registry.ts'
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
