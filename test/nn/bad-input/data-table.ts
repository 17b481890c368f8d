// Layers that prepare tables, texts and sounds, and what their options may be.

import { layers } from '../../../src/index.ts'
import type { Row } from './check-options.ts'
import { anything, axis, count, dataFormat, either, flag, func, list, nullable, number, required, together, whole, word } from './kinds.ts'
import { layer } from './layer-row.ts'

const ascending = anything(
  [0, 1],
  (value) => Array.isArray(value) && value.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > value[i - 1])),
  [[1, 0], [Number.NaN], ['a']],
)
const outputMode = word('int', 'one_hot', 'multi_hot', 'count')
const lookupMode = word('int', 'one_hot', 'multi_hot', 'count')
const bins = count()
const salt = either(whole(), list(whole(), { length: 2 }))
const window = nullable(either(word('hann', 'hamming'), list(number(), { length: 256 })))
const figure = anything(1, (value) => typeof value === 'number' && Number.isFinite(value))
const aLayer = layers.rescaling({ scale: 1 })
const tokens = { maxTokens: whole({ min: 2 }, 4), padToMaxTokens: together(flag, { maxTokens: 4 }) }
const words = list(
  anything('a', (value) => typeof value === 'string'),
  { min: 1 },
  ['a', 'b'],
)
const lookup = {
  ...tokens,
  numOovIndices: whole({ min: 0 }),
  invert: flag,
  outputMode: lookupMode,
  idfWeights: together(list(number(), { length: 2 }), { outputMode: 'tf_idf', vocabulary: ['a', 'b'] }),
  vocabularySize: whole({ min: 0 }, 2),
}

export const dataTable: readonly Row[] = [
  layer(layers.CategoryEncoding, 'CategoryEncoding', { numTokens: required(count()), outputMode: word('one_hot', 'multi_hot', 'count') }),
  layer(
    layers.Discretization,
    'Discretization',
    {
      binBoundaries: together(ascending, { numBins: undefined }),
      numBins: count(),
      epsilon: number({ above: 0, below: 1 }, 0.1),
      outputMode,
    },
    { numBins: required(count()) },
  ),
  layer(layers.HashedCrossing, 'HashedCrossing', { numBins: required(bins), outputMode: word('int', 'one_hot') }),
  layer(layers.Hashing, 'Hashing', {
    numBins: required(bins),
    maskValue: either(
      anything('', (value) => typeof value === 'string'),
      whole(),
    ),
    salt,
    outputMode,
  }),
  layer(layers.MelSpectrogram, 'MelSpectrogram', {
    fftLength: count(256),
    sequenceStride: count(),
    sequenceLength: whole({ min: 1, max: 2048 }),
    window: together(window, { fftLength: 256 }),
    samplingRate: together(number({ above: 0 }, 16000), { maxFreq: 100 }),
    numMelBins: count(),
    minFreq: number({ min: 0 }),
    maxFreq: number({ above: 20 }, 100),
    powerToDb: flag,
    topDb: number({ min: 0 }),
    magExp: number({ above: 0 }),
    minPower: number({ above: 0 }),
    refPower: number(),
  }),
  layer(layers.Normalization, 'Normalization', {
    axis: nullable(either(axis(), list(axis()))),
    mean: together(figure, { variance: 1 }),
    variance: together(figure, { mean: 1 }),
    invert: flag,
  }),
  layer(layers.Pipeline, 'Pipeline', { layers: required(list(anything(aLayer, (value) => value === aLayer))) }),
  layer(layers.STFTSpectrogram, 'STFTSpectrogram', {
    mode: word('log', 'magnitude', 'psd', 'real', 'imag', 'angle', 'stft'),
    frameLength: count(),
    frameStep: whole({ min: 1, max: 256 }),
    fftLength: whole({ min: 256 }, 256),
    window,
    periodic: flag,
    scaling: nullable(word('density', 'spectrum')),
    padding: word('valid', 'same'),
    expandDims: flag,
    dataFormat,
  }),
]

/** Layers with a vocabulary. */
export const lookupTable: readonly Row[] = [
  layer(layers.IntegerLookup, 'IntegerLookup', {
    vocabularyDtype: word('int64'),
    oovMethod: word('floormod', 'farmhash'),
    maskToken: whole({}, 0),
    oovToken: nullable(whole({}, -1)),
    vocabulary: list(whole({}, 5), { min: 1 }, [5, 6]),
    salt: together(salt, { oovMethod: 'farmhash' }),
    ...lookup,
    idfWeights: together(lookup.idfWeights, { outputMode: 'tf_idf', vocabulary: [5, 6] }),
  }),
  layer(layers.StringLookup, 'StringLookup', {
    encoding: word('utf-8'),
    maskToken: anything('', (value) => typeof value === 'string'),
    oovToken: nullable(anything('?', (value) => typeof value === 'string')),
    vocabulary: words,
    salt,
    ...lookup,
  }),
  layer(layers.TextVectorization, 'TextVectorization', {
    ...tokens,
    standardize: nullable(either(word('lower_and_strip_punctuation', 'lower', 'strip_punctuation'), func)),
    split: nullable(either(word('whitespace', 'character'), func)),
    ngrams: either(count(), list(count(), { min: 1 })),
    outputMode: lookupMode,
    outputSequenceLength: whole({ min: 0 }),
    vocabulary: words,
    idfWeights: lookup.idfWeights,
    encoding: word('utf-8'),
    vocabularySize: lookup.vocabularySize,
  }),
]
