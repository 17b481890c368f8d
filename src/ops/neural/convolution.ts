// Convolutions over `[batch, ...spatial, channels]` with Keras's arguments; `dataFormat: 'channelsFirst'` takes `[batch, channels, ...spatial]` and
// turns it around.

import {
  conv as convolve,
  convTranspose as convolveTransposed,
  type ConvolutionOptions,
  type Dims,
  pad,
  reshape,
  type Shape,
  ShapeError,
  showDims,
  staticDim,
  type Tensor,
} from '../../core/index.ts'
import { type DataFormatOption, isChannelsFirst } from '../data-format.ts'
import { channelsLast, checkPadding, type PerAxis, sizes } from './window-arguments.ts'

/** Options of {@link conv} and its like. */
export interface ConvOptions extends DataFormatOption {
  /** Default 1. */
  readonly strides?: PerAxis
  /** No padding, or what keeps ⌈n / stride⌉ positions (the odd one at the end). Default 'valid'. */
  readonly padding?: 'valid' | 'same'
  /** Distance of the kernel's elements. Default 1. */
  readonly dilationRate?: PerAxis
}

function convolutionOptions(where: string, { strides = 1, padding = 'valid', dilationRate = 1 }: ConvOptions, axes: number) {
  checkPadding(where, padding)
  return { strides: sizes(where, 'strides', strides, axes), padding, dilation: sizes(where, 'dilationRate', dilationRate, axes) }
}

function checkKernel(where: string, x: Tensor, kernel: Tensor): void {
  if (kernel.rank !== x.rank) {
    throw new ShapeError(
      `${where}: expected a kernel of ${x.rank} axes for inputs ${showDims(x.dims)}, got ${showDims(kernel.dims)}. Give it every spatial axis.`,
    )
  }
}

/**
 * Convolution with a kernel `[...spatial, channels / groups, filters]`, in 1, 2 or 3 (or more) spatial axes. The kernel's channels say how many
 * groups there are.
 */
export function conv(inputs: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor {
  checkKernel('conv', inputs, kernel)
  return channelsLast('conv', inputs, options.dataFormat, (x) => {
    const [channels, own] = [x.dims.at(-1) ?? 1, kernel.dims.at(-2) ?? 1].map((d) => staticDim(d, 'conv'))
    if (channels === undefined || own === undefined || channels % own !== 0) {
      throw new ShapeError(
        `conv: expected a kernel whose channels divide the inputs' ${String(channels)}, got ${showDims(kernel.dims)}. Its last but one size is channels / groups.`,
      )
    }
    return convolve<Shape, Shape, ConvolutionOptions>(x, kernel, { ...convolutionOptions('conv', options, x.rank - 2), groups: channels / own })
  })
}

/** Convolution of each channel by itself with a kernel `[...spatial, channels, multiplier]`: `[…, channels · multiplier]`. */
export function depthwiseConv(inputs: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor {
  checkKernel('depthwiseConv', inputs, kernel)
  const [channels, multiplier] = kernel.dims.slice(-2).map((d) => staticDim(d, 'depthwiseConv'))
  const given = inputs.dims.at(isChannelsFirst('depthwiseConv', options.dataFormat) ? 1 : -1)
  if (channels === undefined || multiplier === undefined || given !== channels) {
    throw new ShapeError(
      `depthwiseConv: expected a kernel [...spatial, ${String(given)}, multiplier], got ${showDims(kernel.dims)}. Its last but one size is the channels.`,
    )
  }
  return conv(inputs, reshape<Shape, Dims>(kernel, [...kernel.dims.slice(0, -2), 1, channels * multiplier]), options)
}

/** {@link depthwiseConv}, then a convolution of its channels with `[1, …, channels · multiplier, filters]`. */
export function separableConv(inputs: Tensor, depthwiseKernel: Tensor, pointwiseKernel: Tensor, options: ConvOptions = {}): Tensor {
  const { dataFormat } = options
  return conv(depthwiseConv(inputs, depthwiseKernel, options), pointwiseKernel, dataFormat === undefined ? {} : { dataFormat })
}

/** Options of {@link convTranspose}. */
export interface ConvTransposeOptions extends ConvOptions {
  /** How many positions more the result has at the end than the least it can. Default: what makes it stride times as long, with `same`. */
  readonly outputPadding?: PerAxis
}

/**
 * The transpose of {@link conv} with a kernel `[...spatial, filters, channels]`. Sizes n become n · stride with `same`, and
 * (n − 1) stride + max(reach, stride) with `valid`, where reach is the kernel's with its gaps.
 */
export function convTranspose(inputs: Tensor, kernel: Tensor, options: ConvTransposeOptions = {}): Tensor {
  checkKernel('convTranspose', inputs, kernel)
  return channelsLast('convTranspose', inputs, options.dataFormat, (x) => {
    const axes = x.rank - 2
    const { strides, padding, dilation } = convolutionOptions('convTranspose', options, axes)
    if (String(kernel.dims.at(-1)) !== String(x.dims.at(-1))) {
      throw new ShapeError(
        `convTranspose: expected a kernel [...spatial, filters, ${String(x.dims.at(-1))}], got ${showDims(kernel.dims)}. Its last size is the inputs' channels.`,
      )
    }
    const given = options.outputPadding
    const extra = given === undefined ? undefined : sizes('convTranspose', 'outputPadding', given, axes, 0)
    const crops = strides.map((stride, i) => {
      const reach = (staticDim(kernel.dims[i] ?? 1, 'convTranspose') - 1) * (dilation[i] ?? 1) + 1
      return transposedCrop(padding, reach, stride, extra?.[i])
    })
    const cropped = convolveTransposed(x, kernel, { strides, dilation, padding: crops.map(([low, high]) => [Math.max(low, 0), Math.max(high, 0)]) })
    if (crops.every(([low, high]) => low >= 0 && high >= 0)) return cropped
    return pad(cropped, [[0, 0], ...crops.map(([low, high]): [number, number] => [Math.max(-low, 0), Math.max(-high, 0)]), [0, 0]])
  })
}

/** What is cut off (added, where negative) at both ends of all (n − 1) stride + reach places that the kernel touches. */
function transposedCrop(padding: 'valid' | 'same', reach: number, stride: number, extra: number | undefined): readonly [low: number, high: number] {
  if (padding === 'valid') return [0, -(extra ?? Math.max(reach, stride) - reach)]
  const total = extra === undefined ? stride + reach - 2 : reach + (reach % 2) - 2 + extra
  const left = Math.min(Math.ceil(total / 2), reach - 1)
  return [reach - 1 - left, reach - 1 - (total - left)]
}
