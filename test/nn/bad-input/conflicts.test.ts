// Options that are right by themselves and not together, as in Keras.

import assert from 'node:assert/strict'
import test from 'node:test'
import { type AnyLayer, ConfigError, layers } from '../../../src/index.ts'

const spread = { kernelSize: 3, strides: 2, dilationRate: 2 }

test('bad input: convolutions refuse strides and dilation together, and name both', () => {
  const classes: readonly (new (options: typeof spread & { readonly name: string; readonly filters: number }) => AnyLayer)[] = [
    layers.Conv1D,
    layers.Conv2D,
    layers.Conv3D,
    layers.Conv1DTranspose,
    layers.Conv2DTranspose,
    layers.Conv3DTranspose,
    layers.ConvLSTM1D,
    layers.ConvLSTM2D,
    layers.ConvLSTM3D,
  ]
  for (const made of classes) {
    assert.throws(() => new made({ name: 'given', filters: 2, ...spread }), {
      name: 'ConfigError',
      message: /^given: expected strides or dilationRate to be 1, got strides \[2(, 2)*\] and dilationRate \[2(, 2)*\]\. Change one\.$/,
    })
  }
  assert.throws(() => layers.conv2d({ filters: 2, kernelSize: 3, strides: [1, 2], dilationRate: [2, 1] }), ConfigError)
  layers.depthwiseConv2d({ ...spread })
  layers.separableConv2d({ filters: 2, ...spread })
})

test('bad input: options that contradict each other are named', () => {
  const refused: readonly [make: () => unknown, options: readonly string[]][] = [
    [() => layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, outputPadding: 2 }), ['outputPadding', 'strides']],
    [() => layers.groupQueryAttention({ headDim: 4, numQueryHeads: 3, numKeyValueHeads: 2 }), ['numQueryHeads', 'numKeyValueHeads']],
    [() => layers.melSpectrogram({ minFreq: 100, maxFreq: 50 }), ['minFreq', 'maxFreq']],
    [() => layers.melSpectrogram({ sequenceLength: 512, fftLength: 256 }), ['sequenceLength', 'fftLength']],
    [() => layers.stftSpectrogram({ frameLength: 256, fftLength: 128 }), ['fftLength', 'frameLength']],
    [() => layers.stftSpectrogram({ frameLength: 256, frameStep: 300 }), ['frameStep', 'frameLength']],
    [() => layers.resizing({ height: 4, width: 4, cropToAspectRatio: true, padToAspectRatio: true }), ['cropToAspectRatio', 'padToAspectRatio']],
    [() => layers.normalization({ mean: 1 }), ['mean', 'variance']],
    [() => layers.normalization({ mean: [1, 2], variance: [1, 2, 3] }), ['mean', 'variance']],
    [() => layers.discretization({ binBoundaries: [0, 1], numBins: 3 }), ['binBoundaries', 'numBins']],
    [() => layers.discretization({}), ['binBoundaries', 'numBins']],
    [() => layers.integerLookup({ vocabulary: [1, 2, 3], maxTokens: 2 }), ['vocabulary', 'maxTokens']],
    [() => layers.integerLookup({ salt: 3 }), ['salt', 'oovMethod']],
    [() => layers.stringLookup({ vocabulary: ['a'], outputMode: 'tf_idf' }), ['vocabulary', 'idfWeights']],
    [() => layers.integerLookup({ padToMaxTokens: true }), ['padToMaxTokens', 'maxTokens']],
    [() => layers.stringLookup({ vocabulary: ['a'], idfWeights: [1] }), ['idfWeights', 'outputMode']],
    [() => layers.stringLookup({ invert: true, outputMode: 'one_hot' }), ['invert', 'outputMode']],
    [() => layers.textVectorization({ outputMode: 'count', outputSequenceLength: 4 }), ['outputSequenceLength', 'outputMode']],
    [() => layers.textVectorization({ padToMaxTokens: true }), ['padToMaxTokens', 'maxTokens']],
    [() => layers.batchNormalization({ renorm: true, renormClipping: { rmin: 2, rmax: 1 } }), ['rmin', 'rmax']],
    [() => layers.bidirectional({ layer: layers.lstm({ units: 2 }), backwardLayer: layers.lstm({ units: 2 }) }), ['backwardLayer', 'goBackwards']],
  ]
  const taken = refused.flatMap(([make, options]) => {
    try {
      make()
      return [`${options.join(' and ')} are taken`]
    } catch (error) {
      const told = error instanceof ConfigError && options.every((option) => error.message.includes(option)) && error.message.includes('expected')
      return told ? [] : [String(error)]
    }
  })
  assert.deepEqual(taken, [])
})
