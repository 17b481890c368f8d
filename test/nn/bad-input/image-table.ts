// Layers that prepare images, and what their options may be.

import { layers } from '../../../src/index.ts'
import type { Row } from './check-options.ts'
import { anything, count, dataFormat, either, flag, like, list, number, type OptionalKind, required, share, whole, word } from './kinds.ts'
import { layer } from './layer-row.ts'

const shared = { dataFormat, boundingBoxFormat: word('xyxy', 'yxyx', 'xywh', 'center_xywh', 'rel_xyxy') }
const drawn = { ...shared, seed: whole({ min: 0 }, 7) }
const interpolation = word('bilinear', 'nearest')
const moved = { fillMode: word('reflect', 'wrap', 'constant', 'nearest'), interpolation, fillValue: number(), ...drawn }
const pair = (of: OptionalKind) => list(of, { length: 2 })
const factor = (min: number, max: number, valid = 0.5): OptionalKind => either(number({ min, max }, valid), pair(number({ min, max }, valid)))
const valueRange = anything([0, 1], (value) => Array.isArray(value) && value.length === 2 && value[0] !== value[1] && value.every(Number.isFinite), [
  [1, 1],
  [0],
  [0, 1, 2],
  ['a', 'b'],
  [0, Number.NaN],
])
const ranged = { valueRange, ...drawn }
const shear = either(share, pair(number({ min: -1, max: 1 }, 0.5)))
const numbers = either(number(), list(number(), { min: 1 }))
const rgb = list(number(), { length: 3 })
const odd = anything(3, (value) => typeof value === 'number' && Number.isInteger(value) && value > 0 && value % 2 === 1, [2, 4])

export const imageTable: readonly Row[] = [
  layer(layers.AugMix, 'AugMix', {
    numChains: count(),
    chainDepth: count(),
    factor: factor(0, 1),
    alpha: number({ above: 0 }),
    allOps: flag,
    interpolation,
    ...ranged,
  }),
  layer(layers.AutoContrast, 'AutoContrast', { valueRange, ...shared }),
  layer(layers.CenterCrop, 'CenterCrop', { height: required(count()), width: required(count()), ...shared }),
  layer(layers.CutMix, 'CutMix', { factor: factor(0, 1), ...drawn }),
  layer(layers.Equalization, 'Equalization', { bins: count(), valueRange, ...shared }),
  layer(layers.MaxNumBoundingBoxes, 'MaxNumBoundingBoxes', { maxNumber: required(count()), fillValue: whole({}), ...shared }),
  layer(layers.MixUp, 'MixUp', { alpha: number({ above: 0 }), ...drawn }),
  layer(layers.RandAugment, 'RandAugment', { numOps: count(), factor: factor(0, 1), interpolation, ...ranged }),
  layer(layers.RandomBrightness, 'RandomBrightness', { factor: required(factor(-1, 1)), ...ranged }),
  layer(layers.RandomColorDegeneration, 'RandomColorDegeneration', { factor: required(factor(-1, 1)), ...ranged }),
  layer(layers.RandomColorJitter, 'RandomColorJitter', {
    brightnessFactor: factor(-1, 1),
    contrastFactor: factor(0, 1),
    saturationFactor: factor(-1, 1),
    hueFactor: factor(0, 1),
    ...ranged,
  }),
  layer(layers.RandomContrast, 'RandomContrast', { factor: required(factor(0, 1)), ...ranged }),
  layer(layers.RandomCrop, 'RandomCrop', { height: required(count()), width: required(count()), ...drawn }),
  layer(layers.RandomElasticTransform, 'RandomElasticTransform', {
    factor: factor(0, 1),
    scale: factor(0, 1),
    ...moved,
    fillMode: word('reflect', 'wrap', 'constant', 'nearest', 'mirror'),
    valueRange,
  }),
  layer(layers.RandomErasing, 'RandomErasing', { factor: factor(0, 1), scale: factor(0, 1), fillValue: either(number(), rgb), ...ranged }),
  layer(layers.RandomFlip, 'RandomFlip', { mode: word('horizontal', 'vertical', 'horizontal_and_vertical'), ...drawn }),
  layer(layers.RandomGaussianBlur, 'RandomGaussianBlur', {
    factor: factor(0, 1),
    kernelSize: either(odd, pair(odd)),
    sigma: factor(0, 1),
    ...ranged,
  }),
  layer(layers.RandomGrayscale, 'RandomGrayscale', { factor: share, ...drawn }),
  layer(layers.RandomHue, 'RandomHue', { factor: required(factor(0, 1)), ...ranged }),
  layer(layers.RandomInvert, 'RandomInvert', { factor: factor(0, 1), ...ranged }),
  layer(layers.RandomPerspective, 'RandomPerspective', { factor: factor(0, 1), scale: share, interpolation, fillValue: number(), ...drawn }),
  layer(layers.RandomPosterization, 'RandomPosterization', {
    factor: required(either(whole({ min: 1, max: 8 }), pair(whole({ min: 1, max: 8 })))),
    ...ranged,
  }),
  layer(layers.RandomRotation, 'RandomRotation', { factor: required(factor(-1, 1)), ...moved }),
  layer(layers.RandomSaturation, 'RandomSaturation', { factor: required(factor(-1, 1)), ...ranged }),
  layer(layers.RandomSharpness, 'RandomSharpness', { factor: required(factor(0, 1)), ...ranged }),
  layer(layers.RandomShear, 'RandomShear', { xFactor: shear, yFactor: shear, ...moved }),
  layer(layers.RandomTranslation, 'RandomTranslation', { heightFactor: required(factor(-1, 1)), widthFactor: required(factor(-1, 1)), ...moved }),
  layer(layers.RandomZoom, 'RandomZoom', { heightFactor: required(zoom()), widthFactor: zoom(), ...moved }),
  layer(layers.Rescaling, 'Rescaling', { scale: required(numbers), offset: numbers }),
  layer(layers.Resizing, 'Resizing', {
    height: required(count()),
    width: required(count()),
    interpolation: word('bilinear', 'nearest', 'bicubic', 'lanczos3', 'lanczos5', 'area'),
    cropToAspectRatio: flag,
    padToAspectRatio: like(flag, false),
    fillMode: word('constant'),
    fillValue: number(),
    antialias: flag,
    ...shared,
  }),
  layer(layers.Solarization, 'Solarization', { additionFactor: factor(0, 1), thresholdFactor: factor(0, 1), ...ranged }),
]

function zoom(): OptionalKind {
  const within = number({ above: -1, max: 1 }, 0.5)
  return either(within, pair(within))
}
