// Inputs that layers with windows and edges along spatial axes have to refuse.

import { layers } from '../../../src/index.ts'
import { after, type CallRow, refuses, typed, wrong, x } from './call-row.ts'

/** `[batch, 8 for each axis, channels]`. */
const spatial = (axes: number, channels = 4, size: number | null = 8) => x(...Array.from({ length: axes }, () => size), channels)

const ranks = (axes: number) => [wrong('one axis less', spatial(axes - 1)), wrong('one axis more', spatial(axes + 1))]
const channels = (axes: number) => [
  after(spatial(axes), 'other channels once it is built', spatial(axes, 6)),
  after(spatial(axes), 'one axis less once it is built', spatial(axes - 1)),
  wrong('channels that are not known', x(...Array.from({ length: axes }, () => 8), null)),
]
const first = { dataFormat: 'channels_first' }
const channelsFirst = (axes: number) => [
  wrong('one axis less, channels first', spatial(axes - 1), { options: first }),
  after(spatial(axes), 'other channels once it is built, channels first', x(6, ...Array.from({ length: axes }, () => 8)), { options: first }),
]
const tooSmall = (axes: number, option = 'kernelSize') => [
  wrong('a window larger than the inputs', spatial(axes), { options: { [option]: 9 } }),
  after(spatial(axes), 'inputs smaller than the window once it is built', spatial(axes, 4, 2)),
]
const kernel = { filters: 2, kernelSize: 3 }
const conv = (axes: number) => [
  ...ranks(axes),
  ...channels(axes),
  ...tooSmall(axes),
  ...channelsFirst(axes),
  wrong('a kernel that dilation makes larger than the inputs', spatial(axes), { options: { dilationRate: 4 } }),
  wrong('groups that do not divide the channels', spatial(axes, 3), { options: { groups: 2 } }),
]
const separable = (axes: number) => [...ranks(axes), ...channels(axes), ...tooSmall(axes), ...channelsFirst(axes)]
const transposed = (axes: number) => [...ranks(axes), ...channels(axes), ...channelsFirst(axes)]
const pool = (axes: number) => [...ranks(axes), ...tooSmall(axes, 'poolSize')]
const crop = (axes: number) => [
  ...ranks(axes),
  wrong('crops as large as the inputs', spatial(axes), { options: { cropping: 4 } }),
  wrong('crops larger than the inputs', spatial(axes), { options: { cropping: 5 } }),
]

export const windowCallTable: readonly CallRow[] = [
  refuses(layers.Conv1D, kernel, ...conv(1)),
  refuses(layers.Conv2D, kernel, ...conv(2)),
  refuses(layers.Conv3D, kernel, ...conv(3)),
  refuses(layers.Conv1DTranspose, kernel, ...transposed(1)),
  refuses(layers.Conv2DTranspose, kernel, ...transposed(2)),
  refuses(layers.Conv3DTranspose, kernel, ...transposed(3)),
  refuses(layers.DepthwiseConv1D, { kernelSize: 3 }, ...separable(1)),
  refuses(layers.DepthwiseConv2D, { kernelSize: 3 }, ...separable(2)),
  refuses(layers.SeparableConv1D, kernel, ...separable(1)),
  refuses(layers.SeparableConv2D, kernel, ...separable(2)),
  refuses(layers.AveragePooling1D, { poolSize: 3 }, ...pool(1)),
  refuses(layers.AveragePooling2D, { poolSize: 3 }, ...pool(2)),
  refuses(layers.AveragePooling3D, { poolSize: 3 }, ...pool(3)),
  refuses(layers.MaxPooling1D, { poolSize: 3 }, ...pool(1)),
  refuses(layers.MaxPooling2D, { poolSize: 3 }, ...pool(2)),
  refuses(layers.MaxPooling3D, { poolSize: 3 }, ...pool(3)),
  refuses(
    layers.GlobalAveragePooling1D,
    {},
    ...ranks(1),
    wrong('a mask of another rank', x(8, 4), { call: { mask: typed('bool') } }),
    wrong('a mask of another length', x(8, 4), { call: { mask: typed('bool', 7) } }),
  ),
  refuses(layers.GlobalAveragePooling2D, {}, ...ranks(2)),
  refuses(layers.GlobalAveragePooling3D, {}, ...ranks(3)),
  refuses(layers.GlobalMaxPooling1D, {}, ...ranks(1)),
  refuses(layers.GlobalMaxPooling2D, {}, ...ranks(2)),
  refuses(layers.GlobalMaxPooling3D, {}, ...ranks(3)),
  refuses(layers.AdaptiveAveragePooling1D, { outputSize: 2 }, ...ranks(1)),
  refuses(layers.AdaptiveAveragePooling2D, { outputSize: 2 }, ...ranks(2)),
  refuses(layers.AdaptiveAveragePooling3D, { outputSize: 2 }, ...ranks(3)),
  refuses(layers.AdaptiveMaxPooling1D, { outputSize: 2 }, ...ranks(1)),
  refuses(layers.AdaptiveMaxPooling2D, { outputSize: 2 }, ...ranks(2)),
  refuses(layers.AdaptiveMaxPooling3D, { outputSize: 2 }, ...ranks(3)),
  refuses(layers.Cropping1D, {}, ...crop(1)),
  refuses(layers.Cropping2D, {}, ...crop(2)),
  refuses(layers.Cropping3D, {}, ...crop(3)),
  refuses(layers.UpSampling1D, {}, ...ranks(1)),
  refuses(layers.UpSampling2D, {}, ...ranks(2)),
  refuses(layers.UpSampling3D, {}, ...ranks(3)),
  refuses(layers.ZeroPadding1D, {}, ...ranks(1)),
  refuses(layers.ZeroPadding2D, {}, ...ranks(2)),
  refuses(layers.ZeroPadding3D, {}, ...ranks(3)),
]
