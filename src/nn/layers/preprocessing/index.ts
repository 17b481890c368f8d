// Layers that prepare data: texts, tables, sound, images; each as a class and as a function that makes one.

import { MelSpectrogram, type MelSpectrogramOptions } from './audio/mel-spectrogram.ts'
import { type SpectrogramMode, STFTSpectrogram, type STFTSpectrogramOptions } from './audio/stft-spectrogram.ts'
import type { AdaptData, AdaptOptions, NestedData } from './batches-of.ts'
import { HashedCrossing, type HashedCrossingOptions } from './hashing/hashed-crossing.ts'
import { Hashing, type HashingOptions } from './hashing/hashing.ts'
import type { Salt } from './hashing/salt.ts'
import { Pipeline, type PipelineOptions } from './pipeline.ts'
import { CategoryEncoding, type CategoryEncodingOptions, type CountWeights } from './tables/category-encoding.ts'
import { Discretization, type DiscretizationOptions } from './tables/discretization.ts'
import type { OutputMode } from './tables/encode-categories.ts'
import { IntegerLookup, type IntegerLookupOptions } from './tables/integer-lookup.ts'
import { Normalization, type NormalizationOptions } from './tables/normalization.ts'
import type { LookupOptions, LookupOutputMode } from './text/index-lookup.ts'
import type { NestedStrings, StringData } from './text/nested-strings.ts'
import { StringLookup, type StringLookupOptions } from './text/string-lookup.ts'
import { TextVectorization, type TextVectorizationOptions } from './text/text-vectorization.ts'
import type { Split, Standardize } from './text/tokens.ts'

export * from './images/index.ts'
export {
  type AdaptData,
  type AdaptOptions,
  CategoryEncoding,
  type CategoryEncodingOptions,
  type CountWeights,
  Discretization,
  type DiscretizationOptions,
  HashedCrossing,
  type HashedCrossingOptions,
  Hashing,
  type HashingOptions,
  IntegerLookup,
  type IntegerLookupOptions,
  type LookupOptions,
  type LookupOutputMode,
  MelSpectrogram,
  type MelSpectrogramOptions,
  type NestedData,
  type NestedStrings,
  Normalization,
  type NormalizationOptions,
  type OutputMode,
  Pipeline,
  type PipelineOptions,
  type Salt,
  type SpectrogramMode,
  type Split,
  type Standardize,
  STFTSpectrogram,
  type STFTSpectrogramOptions,
  type StringData,
  StringLookup,
  type StringLookupOptions,
  TextVectorization,
  type TextVectorizationOptions,
}

/** A {@link CategoryEncoding} layer: numbers of categories as vectors. */
export const categoryEncoding = (options: CategoryEncodingOptions): CategoryEncoding => new CategoryEncoding(options)
/** A {@link Discretization} layer: numbers as the bins they fall into. */
export const discretization = (options: DiscretizationOptions): Discretization => new Discretization(options)
/** A {@link HashedCrossing} layer: combinations of features as bins. */
export const hashedCrossing = (options: HashedCrossingOptions): HashedCrossing => new HashedCrossing(options)
/** A {@link Hashing} layer: words and numbers as bins. */
export const hashing = (options: HashingOptions): Hashing => new Hashing(options)
/** An {@link IntegerLookup} layer: whole numbers as indices of a vocabulary. */
export const integerLookup = (options: IntegerLookupOptions = {}): IntegerLookup => new IntegerLookup(options)
/** A {@link MelSpectrogram} layer: sound as a picture of pitches. */
export const melSpectrogram = (options: MelSpectrogramOptions = {}): MelSpectrogram => new MelSpectrogram(options)
/** A {@link Normalization} layer: mean 0 and variance 1. */
export const normalization = (options: NormalizationOptions = {}): Normalization => new Normalization(options)
/** A {@link Pipeline} layer: preprocessing steps one after another. */
export const pipeline = (options: PipelineOptions): Pipeline => new Pipeline(options)
/** A {@link STFTSpectrogram} layer: a short-time Fourier transform that can be trained. */
export const stftSpectrogram = (options: STFTSpectrogramOptions = {}): STFTSpectrogram => new STFTSpectrogram(options)
/** A {@link StringLookup} layer: words as numbers. */
export const stringLookup = (options: StringLookupOptions = {}): StringLookup => new StringLookup(options)
/** A {@link TextVectorization} layer: texts as numbers. */
export const textVectorization = (options: TextVectorizationOptions = {}): TextVectorization => new TextVectorization(options)
