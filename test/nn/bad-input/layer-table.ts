// Layers and what their options may be: all but those of preprocessing and the recurrent ones.

import { layers } from '../../../src/index.ts'
import type { Row } from './check-options.ts'
import {
  activation,
  anything,
  axes,
  axis,
  constraint,
  count,
  dataFormat,
  dropRate,
  either,
  flag,
  func,
  initializer,
  like,
  list,
  nullable,
  number,
  perAxis,
  regularizer,
  required,
  seed,
  share,
  together,
  whole,
  word,
} from './kinds.ts'
import { layer } from './layer-row.ts'

const bias = { useBias: flag, biasInitializer: initializer, biasRegularizer: regularizer, biasConstraint: constraint }
const kernel = { kernelInitializer: initializer, kernelRegularizer: regularizer, kernelConstraint: constraint }
const embeddings = { embeddingsInitializer: initializer, embeddingsRegularizer: regularizer, embeddingsConstraint: constraint, maskZero: flag }
const affine = {
  center: flag,
  scale: flag,
  epsilon: number({ min: 0 }),
  betaInitializer: initializer,
  gammaInitializer: initializer,
  betaRegularizer: regularizer,
  gammaRegularizer: regularizer,
  betaConstraint: constraint,
  gammaConstraint: constraint,
}
const padding = word('valid', 'same')
const heads = { dropout: dropRate, slidingWindow: count(), useGate: flag, causal: flag, seed, ...bias, ...kernel }
const aDense = layers.dense({ units: 2 })
const aLayer = anything(aDense, (value) => value === aDense)

const windows = (axes: number) => ({
  kernelSize: required(perAxis(count(), axes)),
  strides: like(perAxis(count(), axes), 1),
  dilationRate: like(perAxis(count(), axes), 1),
  dataFormat,
  activation,
  ...bias,
})
const conv = (axes: number) => ({
  filters: required(count(4)),
  groups: anything(2, (value) => value === 1 || value === 2 || value === 4, [3, 8]),
  padding: axes === 1 ? word('valid', 'same', 'causal') : padding,
  ...windows(axes),
  ...kernel,
})
const transposed = (axes: number) => ({
  filters: required(count()),
  padding,
  outputPadding: together(perAxis(whole({ min: 0, below: 2 }, 1), axes), { strides: 2 }),
  ...windows(axes),
  ...kernel,
})
const depthwise = (axes: number) => ({
  depthMultiplier: count(),
  depthwiseInitializer: initializer,
  depthwiseRegularizer: regularizer,
  depthwiseConstraint: constraint,
  padding,
  ...windows(axes),
})
const separable = (axes: number) => ({
  filters: required(count()),
  pointwiseInitializer: initializer,
  pointwiseRegularizer: regularizer,
  pointwiseConstraint: constraint,
  ...depthwise(axes),
})
const pool = (axes: number) => ({ poolSize: perAxis(count(), axes), strides: perAxis(count(), axes), padding, dataFormat })
const global = { dataFormat, keepdims: flag }
const adaptive = (axes: number) => ({ outputSize: required(perAxis(count(), axes)), dataFormat })
const edge = whole({ min: 0 })
const pair = list(edge, { length: 2 })
const edges = (axes: number) =>
  axes === 1 ? either(edge, pair, list(either(edge, pair), { length: 1 })) : either(edge, list(either(edge, pair), { length: axes }))
const dropout = { rate: required(dropRate), seed }
const noiseShape = list(nullable(count()), {}, [2, null])

export const layerTable: readonly Row[] = [
  layer(layers.Activation, 'Activation', { activation: required(nullable(activation)) }),
  layer(layers.ELU, 'ELU', { alpha: number() }),
  layer(layers.LeakyReLU, 'LeakyReLU', { negativeSlope: number({ min: 0 }) }),
  layer(layers.PReLU, 'PReLU', {
    alphaInitializer: initializer,
    alphaRegularizer: regularizer,
    alphaConstraint: constraint,
    sharedAxes: either(count(), list(count())),
  }),
  layer(layers.ReLU, 'ReLU', { maxValue: number({ min: 0 }), negativeSlope: number({ min: 0 }), threshold: number({ min: 0 }) }),
  layer(layers.Softmax, 'Softmax', { axis: axes() }),
  layer(layers.AdditiveAttention, 'AdditiveAttention', { useScale: flag, dropout: dropRate, seed }),
  layer(layers.Attention, 'Attention', { scoreMode: word('dot', 'concat'), useScale: flag, dropout: dropRate, seed }),
  layer(layers.GroupQueryAttention, 'GroupedQueryAttention', {
    headDim: required(count()),
    numQueryHeads: required(count(1)),
    numKeyValueHeads: required(anything(1, (value) => value === 1)),
    ...heads,
  }),
  layer(layers.MultiHeadAttention, 'MultiHeadAttention', {
    numHeads: required(count()),
    keyDim: required(count()),
    valueDim: count(),
    outputShape: either(count(), list(count())),
    attentionAxes: either(count(), list(count())),
    ...heads,
  }),
  layer(layers.Conv1D, 'Conv1D', conv(1)),
  layer(layers.Conv2D, 'Conv2D', conv(2)),
  layer(layers.Conv3D, 'Conv3D', conv(3)),
  layer(layers.Conv1DTranspose, 'Conv1DTranspose', transposed(1)),
  layer(layers.Conv2DTranspose, 'Conv2DTranspose', transposed(2)),
  layer(layers.Conv3DTranspose, 'Conv3DTranspose', transposed(3)),
  layer(layers.DepthwiseConv1D, 'DepthwiseConv1D', depthwise(1)),
  layer(layers.DepthwiseConv2D, 'DepthwiseConv2D', depthwise(2)),
  layer(layers.SeparableConv1D, 'SeparableConv1D', separable(1)),
  layer(layers.SeparableConv2D, 'SeparableConv2D', separable(2)),
  layer(layers.Dense, 'Dense', { units: required(count()), activation, ...bias, ...kernel }),
  layer(layers.EinsumDense, 'EinsumDense', {
    equation: required(anything('ab,bc->ac', (value) => value === 'ab,bc->ac', ['ab,bc', 'ab->ac', ''])),
    outputShape: required(either(count(), list(nullable(count())))),
    biasAxes: anything('c', (value) => value === 'c', ['b', '']),
    activation,
    biasInitializer: initializer,
    biasRegularizer: regularizer,
    biasConstraint: constraint,
    ...kernel,
  }),
  layer(layers.Embedding, 'Embedding', { outputDim: required(count()), ...embeddings }, { inputDim: required(count()) }),
  layer(
    layers.ReversibleEmbedding,
    'ReversibleEmbedding',
    { outputDim: required(count()), tieWeights: flag, logitSoftCap: number({ above: 0 }), ...embeddings },
    { inputDim: required(count()) },
  ),
  layer(layers.Identity, 'Identity', {}),
  layer(layers.Lambda, 'Lambda', { function: required(func), mask: func }),
  layer(layers.Masking, 'Masking', { maskValue: number() }),
  layer(layers.Add, 'Add', {}),
  layer(layers.Average, 'Average', {}),
  layer(layers.Maximum, 'Maximum', {}),
  layer(layers.Minimum, 'Minimum', {}),
  layer(layers.Multiply, 'Multiply', {}),
  layer(layers.Subtract, 'Subtract', {}),
  layer(layers.Concatenate, 'Concatenate', { axis: axis() }),
  layer(layers.Dot, 'Dot', { axes: required(either(axis(), list(axis(), { length: 2 }))), normalize: flag }),
  layer(layers.BatchNormalization, 'BatchNormalization', {
    axis: axis(),
    momentum: share,
    movingMeanInitializer: initializer,
    movingVarianceInitializer: initializer,
    renorm: flag,
    renormClipping: anything(
      { rmax: 2 },
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0,
      [{ rmin: -1 }, { dmax: -1 }, { rmax: 'a' }],
    ),
    renormMomentum: share,
    ...affine,
  }),
  layer(layers.GroupNormalization, 'GroupNormalization', {
    groups: anything(2, (value) => typeof value === 'number' && Number.isInteger(value) && (value > 0 || value === -1)),
    axis: axis(),
    ...affine,
  }),
  layer(layers.LayerNormalization, 'LayerNormalization', { axis: axes(), ...affine }),
  layer(layers.RMSNormalization, 'RMSNormalization', { axis: axes(), epsilon: number({ min: 0 }) }),
  layer(layers.SpectralNormalization, 'SpectralNormalization', { layer: required(aLayer), powerIterations: count() }),
  layer(layers.UnitNormalization, 'UnitNormalization', { axis: axes() }),
  layer(layers.AdaptiveAveragePooling1D, 'AdaptiveAveragePooling1D', adaptive(1)),
  layer(layers.AdaptiveAveragePooling2D, 'AdaptiveAveragePooling2D', adaptive(2)),
  layer(layers.AdaptiveAveragePooling3D, 'AdaptiveAveragePooling3D', adaptive(3)),
  layer(layers.AdaptiveMaxPooling1D, 'AdaptiveMaxPooling1D', adaptive(1)),
  layer(layers.AdaptiveMaxPooling2D, 'AdaptiveMaxPooling2D', adaptive(2)),
  layer(layers.AdaptiveMaxPooling3D, 'AdaptiveMaxPooling3D', adaptive(3)),
  layer(layers.AveragePooling1D, 'AveragePooling1D', pool(1)),
  layer(layers.AveragePooling2D, 'AveragePooling2D', pool(2)),
  layer(layers.AveragePooling3D, 'AveragePooling3D', pool(3)),
  layer(layers.MaxPooling1D, 'MaxPooling1D', pool(1)),
  layer(layers.MaxPooling2D, 'MaxPooling2D', pool(2)),
  layer(layers.MaxPooling3D, 'MaxPooling3D', pool(3)),
  layer(layers.GlobalAveragePooling1D, 'GlobalAveragePooling1D', global),
  layer(layers.GlobalAveragePooling2D, 'GlobalAveragePooling2D', global),
  layer(layers.GlobalAveragePooling3D, 'GlobalAveragePooling3D', global),
  layer(layers.GlobalMaxPooling1D, 'GlobalMaxPooling1D', global),
  layer(layers.GlobalMaxPooling2D, 'GlobalMaxPooling2D', global),
  layer(layers.GlobalMaxPooling3D, 'GlobalMaxPooling3D', global),
  layer(
    layers.ActivityRegularization,
    'ActivityRegularization',
    { l1: number({ min: 0 }), l2: number({ min: 0 }) },
    { activityRegularizer: undefined },
  ),
  layer(layers.AlphaDropout, 'AlphaDropout', { ...dropout, noiseShape }),
  layer(layers.Dropout, 'Dropout', { ...dropout, noiseShape }),
  layer(layers.GaussianDropout, 'GaussianDropout', dropout),
  layer(layers.GaussianNoise, 'GaussianNoise', { stddev: required(share), seed }),
  layer(layers.SpatialDropout1D, 'SpatialDropout1D', dropout),
  layer(layers.SpatialDropout2D, 'SpatialDropout2D', { ...dropout, dataFormat }),
  layer(layers.SpatialDropout3D, 'SpatialDropout3D', { ...dropout, dataFormat }),
  layer(layers.Cropping1D, 'Cropping1D', { cropping: edges(1), dataFormat }),
  layer(layers.Cropping2D, 'Cropping2D', { cropping: edges(2), dataFormat }),
  layer(layers.Cropping3D, 'Cropping3D', { cropping: edges(3), dataFormat }),
  layer(layers.ZeroPadding1D, 'ZeroPadding1D', { padding: edges(1), dataFormat }),
  layer(layers.ZeroPadding2D, 'ZeroPadding2D', { padding: edges(2), dataFormat }),
  layer(layers.ZeroPadding3D, 'ZeroPadding3D', { padding: edges(3), dataFormat }),
  layer(layers.Flatten, 'Flatten', { dataFormat }),
  layer(layers.Permute, 'Permute', {
    dims: required(anything([2, 1], (value) => JSON.stringify(value) === '[2,1]', [[1, 1], [0, 1], [1, 3], ['a']])),
  }),
  layer(layers.RepeatVector, 'RepeatVector', { n: required(count()) }),
  layer(layers.Reshape, 'Reshape', {
    targetShape: required(
      anything([2, 2], (value) => Array.isArray(value) && value.every((size) => Number.isInteger(size) && size > 0), [
        [0, 2],
        [-1, -1],
        [-2],
        [1.5],
        ['a'],
      ]),
    ),
  }),
  layer(layers.UpSampling1D, 'UpSampling1D', { size: count() }),
  layer(layers.UpSampling2D, 'UpSampling2D', {
    size: perAxis(count(), 2),
    interpolation: word('nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'),
    dataFormat,
  }),
  layer(layers.UpSampling3D, 'UpSampling3D', { size: perAxis(count(), 3), dataFormat }),
]
