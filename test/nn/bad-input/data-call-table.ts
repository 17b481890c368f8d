// Inputs that layers which prepare images, tables, texts and sounds have to refuse.

import { layers } from '../../../src/index.ts'
import { type CallRow, refuses, takesAnything, typed, wrong, x } from './call-row.ts'

const image = [wrong('no image', x(8)), wrong('one axis too many', x(2, 8, 8, 3))]
const factor = { factor: 0.5 }

export const dataCallTable: readonly CallRow[] = [
  refuses(layers.AugMix, {}, ...image),
  refuses(layers.AutoContrast, {}, ...image),
  refuses(layers.CenterCrop, { height: 4, width: 4 }, ...image),
  refuses(layers.CutMix, {}, ...image),
  refuses(layers.Equalization, {}, ...image),
  refuses(layers.MaxNumBoundingBoxes, { maxNumber: 2 }, wrong('images alone', x(8))),
  refuses(layers.MixUp, {}, ...image),
  refuses(layers.RandAugment, {}, ...image),
  refuses(layers.RandomBrightness, factor, ...image),
  refuses(layers.RandomColorDegeneration, factor, ...image),
  refuses(layers.RandomColorJitter, {}, ...image),
  refuses(layers.RandomContrast, factor, ...image),
  refuses(layers.RandomCrop, { height: 4, width: 4 }, ...image),
  refuses(layers.RandomElasticTransform, {}, ...image),
  refuses(layers.RandomErasing, {}, ...image),
  refuses(layers.RandomFlip, {}, ...image),
  refuses(layers.RandomGaussianBlur, {}, ...image),
  refuses(layers.RandomGrayscale, {}, ...image),
  refuses(layers.RandomHue, factor, ...image),
  refuses(layers.RandomInvert, {}, ...image),
  refuses(layers.RandomPerspective, {}, ...image),
  refuses(layers.RandomPosterization, { factor: 4 }, ...image),
  refuses(layers.RandomRotation, factor, ...image),
  refuses(layers.RandomSaturation, factor, ...image),
  refuses(layers.RandomSharpness, factor, ...image),
  refuses(layers.RandomShear, {}, ...image),
  refuses(layers.RandomTranslation, { heightFactor: 0.5, widthFactor: 0.5 }, ...image),
  refuses(layers.RandomZoom, { heightFactor: 0.5 }, ...image),
  refuses(layers.Resizing, { height: 4, width: 4 }, ...image),
  refuses(layers.Solarization, {}, ...image),
  takesAnything(layers.Rescaling, 'works on every element by itself'),
  refuses(layers.Rescaling, { scale: [1, 2, 3] }, wrong('other channels than scales', x(8, 8, 2))),
  refuses(
    layers.CategoryEncoding,
    { numTokens: 4 },
    wrong('weights of another shape', typed('i32', 3), { options: { outputMode: 'count' }, call: { countWeights: x(5) } }),
  ),
  takesAnything(layers.Discretization, 'compares numbers of any dtype'),
  refuses(
    layers.HashedCrossing,
    { numBins: 4 },
    wrong('a single tensor', typed('i32', 4)),
    wrong('other shapes', [typed('i32', 4), typed('i32', 5)]),
  ),
  takesAnything(layers.Hashing, 'reads whole numbers of any dtype'),
  takesAnything(layers.IntegerLookup, 'reads whole numbers of any dtype'),
  refuses(layers.MelSpectrogram, {}, wrong('a batch of numbers', x()), wrong('a sound shorter than a window', x(4))),
  refuses(
    layers.Normalization,
    {},
    wrong('an axis that inputs have not', x(4), { options: { axis: 3 } }),
    wrong('a width that is not known', x(null)),
  ),
  refuses(layers.Pipeline, { layers: [layers.dense({ units: 2 })] }, wrong('what a layer inside refuses', x())),
  refuses(
    layers.STFTSpectrogram,
    {},
    wrong('a batch of numbers', x()),
    wrong('sounds without channels', x(8)),
    wrong('a sound shorter than a frame', x(8, 1)),
  ),
  refuses(layers.StringLookup, { vocabulary: ['a', 'b'] }, wrong('numbers', x(4))),
  refuses(layers.TextVectorization, { vocabulary: ['a', 'b'] }, wrong('numbers', x(4))),
]
