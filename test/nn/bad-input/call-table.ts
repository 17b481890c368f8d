// Inputs that layers have to refuse: all layers but the recurrent ones, those with windows, and those that prepare data.

import { layers, type Tensor } from '../../../src/index.ts'
import { after, type CallRow, refuses, takesAnything, typed, wrong, x } from './call-row.ts'

const elementwise = 'works on every element by itself'
const dropsElements = 'draws for every element by itself'
const equalShapes = [
  wrong('a single tensor', x(4)),
  wrong('an empty list', []),
  wrong('other widths', [x(4), x(5)]),
  wrong('other lengths', [x(3, 4), x(5, 4)]),
  after([x(4), x(4)], 'other widths once it is built', [x(4), x(5)]),
]
const pairs = [wrong('a single tensor', x(4, 8)), wrong('a list of one', [x(4, 8)])]
const attention = [
  wrong('an empty list', []),
  wrong('a list of four', [x(4, 8), x(4, 8), x(4, 8), x(4, 8)]),
  wrong('inputs without a feature axis', [x(8), x(8)]),
]
const widths = wrong('query and key of other widths', [x(4, 8), x(4, 6)])
const lengths = wrong('value and key of other lengths', [x(4, 8), x(5, 8), x(6, 8)])
const scoresMask = [wrong('a mask of other lengths', [x(4, 8), x(5, 8)], { call: { mask: [typed('bool', 4), typed('bool', 7)] } })]
const heads = [
  wrong('inputs without a time axis', [x(8), x(8)]),
  lengths,
  after([x(4, 8), x(4, 6)], 'another width of the query', [x(4, 9), x(4, 6)]),
  after([x(4, 8), x(4, 6)], 'another width of the value', [x(4, 8), x(4, 7)]),
  wrong('a mask of other lengths', [x(4, 8), x(5, 8)], { call: { attentionMask: typed('bool', 4, 7) } }),
]
const outOfRange = [
  wrong('an axis that inputs have not', x(4, 8), { options: { axis: 3 } }),
  wrong('a negative axis that inputs have not', x(4, 8), { options: { axis: -4 } }),
]
const axesOutOfRange = [...outOfRange, wrong('one of several axes out of range', x(4, 8), { options: { axis: [1, 3] } })]
const rate = { rate: 0.5 }

export const callTable: readonly CallRow[] = [
  takesAnything(layers.Activation, elementwise),
  takesAnything(layers.ELU, elementwise),
  takesAnything(layers.LeakyReLU, elementwise),
  takesAnything(layers.ReLU, elementwise),
  takesAnything(layers.Identity, 'gives back what it got'),
  takesAnything(layers.Masking, 'compares steps of whatever rank'),
  takesAnything(layers.Flatten, 'also gives a batch of numbers an axis'),
  takesAnything(layers.ActivityRegularization, 'sums over all elements'),
  takesAnything(layers.GaussianDropout, dropsElements),
  takesAnything(layers.GaussianNoise, dropsElements),
  refuses(
    layers.PReLU,
    {},
    after(x(4), 'another width once it is built', x(5)),
    after(x(4), 'another rank once it is built', x(3, 4)),
    wrong('a shared axis that inputs have not', x(4), { options: { sharedAxes: [2] } }),
    wrong('a size that is not known', x(null, 4)),
  ),
  refuses(layers.Softmax, {}, ...axesOutOfRange, wrong('a mask of another shape', x(4), { call: { mask: typed('bool', 5) } })),
  refuses(layers.AdditiveAttention, {}, ...pairs, ...attention, widths, lengths, ...scoresMask),
  refuses(layers.Attention, {}, ...pairs, ...attention, widths, lengths, ...scoresMask),
  refuses(layers.GroupQueryAttention, { headDim: 4, numQueryHeads: 2, numKeyValueHeads: 1 }, ...attention, ...heads),
  refuses(
    layers.MultiHeadAttention,
    { numHeads: 2, keyDim: 4 },
    ...attention,
    ...heads,
    wrong('attention axes that inputs have not', [x(4, 8), x(4, 8)], { options: { attentionAxes: [5] } }),
  ),
  refuses(
    layers.Dense,
    { units: 2 },
    wrong('a batch of numbers', x()),
    wrong('a width that is not known', x(null)),
    after(x(4), 'another width once it is built', x(5)),
  ),
  refuses(
    layers.EinsumDense,
    { equation: 'abc,cd->abd', outputShape: [null, 6] },
    wrong('a rank that the equation has not', x(4)),
    wrong('a higher rank', x(3, 3, 4)),
    after(x(3, 4), 'another width once it is built', x(3, 5)),
    wrong('another outputShape than follows', x(3, 4), { options: { outputShape: [5, 6] } }),
  ),
  takesAnything(layers.Embedding, 'reads whole numbers of any dtype, as Input gives floats where nothing else is said'),
  refuses(layers.ReversibleEmbedding, { inputDim: 10, outputDim: 4 }, wrong('another width on the way back', x(3, 5), { call: { reverse: true } })),
  refuses(layers.Lambda, { function: (input: Tensor) => input.reshape([7]) }, wrong('what its function refuses', x(4))),
  refuses(layers.Add, {}, ...equalShapes),
  refuses(layers.Average, {}, ...equalShapes),
  refuses(layers.Maximum, {}, ...equalShapes),
  refuses(layers.Minimum, {}, ...equalShapes),
  refuses(layers.Multiply, {}, ...equalShapes),
  refuses(layers.Subtract, {}, ...equalShapes, wrong('a list of one', [x(4)]), wrong('a list of three', [x(4), x(4), x(4)])),
  refuses(
    layers.Concatenate,
    {},
    wrong('a single tensor', x(4)),
    wrong('an empty list', []),
    wrong('other lengths', [x(3, 4), x(5, 4)]),
    wrong('other ranks', [x(3, 4), x(4)]),
    wrong('an axis that inputs have not', [x(4), x(4)], { options: { axis: 2 } }),
    wrong('a negative axis that inputs have not', [x(4), x(4)], { options: { axis: -3 } }),
    wrong('other widths along another axis', [x(3, 4), x(3, 5)], { options: { axis: 1 } }),
  ),
  refuses(
    layers.Dot,
    { axes: 1 },
    wrong('a single tensor', x(4)),
    wrong('a list of one', [x(4)]),
    wrong('a list of three', [x(4), x(4), x(4)]),
    wrong('other widths', [x(4), x(5)]),
    wrong('an axis that inputs have not', [x(4), x(4)], { options: { axes: 2 } }),
    wrong('the axis of the batch', [x(4), x(4)], { options: { axes: 0 } }),
    wrong('batches of numbers', [x(), x()]),
  ),
  refuses(
    layers.BatchNormalization,
    {},
    ...outOfRange,
    wrong('a width that is not known', x(null)),
    after(x(4), 'another width once it is built', x(5)),
    wrong('a mask of another rank', x(4, 8), { call: { mask: typed('bool') } }),
    wrong('a mask of another length', x(4, 8), { call: { mask: typed('bool', 5) } }),
  ),
  refuses(
    layers.GroupNormalization,
    { groups: 2 },
    ...outOfRange,
    wrong('groups that do not divide the channels', x(4, 4, 3)),
    wrong('more groups than channels', x(4, 4, 1)),
    wrong('channels that are not known', x(4, null)),
    after(x(4, 4), 'other channels once it is built', x(4, 6)),
  ),
  refuses(
    layers.LayerNormalization,
    {},
    ...axesOutOfRange,
    wrong('a width that is not known', x(null)),
    after(x(4), 'another width once it is built', x(5)),
  ),
  refuses(
    layers.RMSNormalization,
    {},
    ...axesOutOfRange,
    wrong('a width that is not known', x(null)),
    after(x(4), 'another width once it is built', x(5)),
  ),
  refuses(
    layers.SpectralNormalization,
    { layer: layers.conv2d({ filters: 2, kernelSize: 3 }) },
    wrong('what the layer inside refuses', x(4)),
    after(x(8, 8, 3), 'other channels once it is built', x(8, 8, 4)),
  ),
  refuses(layers.UnitNormalization, {}, ...axesOutOfRange),
  refuses(layers.AlphaDropout, rate, wrong('a noise shape of another rank', x(4, 4), { options: { noiseShape: [2, 3] } })),
  refuses(
    layers.Dropout,
    rate,
    wrong('a noise shape of higher rank', x(4), { options: { noiseShape: [null, 1, 4] } }),
    wrong('a noise shape that does not fit', x(4, 4), { options: { noiseShape: [null, 3, 4] } }),
  ),
  refuses(layers.SpatialDropout1D, rate, wrong('a table', x(4)), wrong('images', x(4, 4, 3))),
  refuses(layers.SpatialDropout2D, rate, wrong('sequences', x(4, 3)), wrong('volumes', x(4, 4, 4, 3))),
  refuses(layers.SpatialDropout3D, rate, wrong('images', x(4, 4, 3)), wrong('one axis more', x(4, 4, 4, 4, 3))),
  refuses(layers.Permute, { dims: [2, 1] }, wrong('one axis less', x(4)), wrong('one axis more', x(4, 4, 3))),
  refuses(layers.RepeatVector, { n: 3 }, wrong('a batch of numbers', x()), wrong('sequences', x(4, 3))),
  refuses(
    layers.Reshape,
    { targetShape: [2, 3] },
    wrong('fewer elements', x(4)),
    wrong('more elements', x(4, 4)),
    wrong('what -1 cannot divide', x(7), { options: { targetShape: [-1, 3] } }),
    after(x(6), 'another count once it is built', x(8)),
  ),
]
