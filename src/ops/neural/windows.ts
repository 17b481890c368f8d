// Convolutions and pooling over `[batch, ...spatial, channels]` with Keras's arguments; `dataFormat: 'channelsFirst'` takes `[batch, channels,
// ...spatial]` and turns it around.

import {
  averagePool as averageWindows,
  binary,
  cast,
  ConfigError,
  conv as convolve,
  convTranspose as convolveTransposed,
  type ConvolutionOptions,
  type Dims,
  gather,
  max,
  maxPool as maximalWindows,
  pad,
  permute,
  promote,
  reshape,
  type Shape,
  ShapeError,
  showDims,
  staticDim,
  sum,
  type Tensor,
  tensor,
} from '../../core/index.ts'

/** Where the channels stand. */
export type DataFormat = 'channelsLast' | 'channelsFirst' | 'channels_last' | 'channels_first'
/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[]

/** Options of windows that slide over spatial axes. */
export interface PoolingOptions {
  /** Default: the window's size. */
  readonly strides?: PerAxis
  /** No padding, or what keeps ⌈n / stride⌉ positions (the odd one at the end). Default 'valid'. */
  readonly padding?: 'valid' | 'same'
  /** Default 'channelsLast'. */
  readonly dataFormat?: DataFormat
}

/** Options of {@link conv} and its like. */
export interface ConvOptions {
  /** Default 1. */
  readonly strides?: PerAxis
  /** No padding, or what keeps ⌈n / stride⌉ positions (the odd one at the end). Default 'valid'. */
  readonly padding?: 'valid' | 'same'
  /** Default 'channelsLast'. */
  readonly dataFormat?: DataFormat
  /** Distance of the kernel's elements. Default 1. */
  readonly dilationRate?: PerAxis
}

function isChannelsFirst(where: string, format: DataFormat = 'channelsLast'): boolean {
  switch (format) {
    case 'channelsLast':
    case 'channels_last':
      return false
    case 'channelsFirst':
    case 'channels_first':
      return true
    default:
      throw new ConfigError(`${where}: expected dataFormat to be 'channelsLast' or 'channelsFirst', got '${String(format)}'. Choose one.`)
  }
}

/** `fn` of `[batch, ...spatial, channels]`, whichever way x has them. */
function channelsLast(where: string, x: Tensor, format: DataFormat | undefined, fn: (x: Tensor) => Tensor): Tensor {
  const first = isChannelsFirst(where, format)
  if (x.rank < 3) {
    throw new ShapeError(
      `${where}: expected ${first ? '[batch, channels, ...spatial]' : '[batch, ...spatial, channels]'}, got ${showDims(x.dims)}. Add an axis.`,
    )
  }
  if (!first) return fn(x)
  const spatial = Array.from({ length: x.rank - 2 }, (_, i) => i)
  const result = fn(permute<Shape, Shape>(x, [0, ...spatial.map((i) => i + 2), 1]))
  return permute<Shape, Shape>(result, [0, x.rank - 1, ...spatial.map((i) => i + 1)])
}

/** One whole number of at least 1 for each spatial axis. */
function sizes(where: string, option: string, value: PerAxis, axes: number): readonly number[] {
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : value
  if (list.length !== axes || list.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new ConfigError(
      `${where}: expected ${option} to be a whole number of at least 1, or ${axes} of them, got ${JSON.stringify(value)}. Give one for each spatial axis.`,
    )
  }
  return list
}

function checkPadding(where: string, padding: string): void {
  if (padding !== 'valid' && padding !== 'same')
    throw new ConfigError(`${where}: expected padding to be 'valid' or 'same', got '${padding}'. Choose one.`)
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
    const extra = typeof given === 'number' ? new Array<number>(axes).fill(given) : given
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

function pooled(
  where: string,
  inputs: Tensor,
  poolSize: PerAxis,
  { strides, padding = 'valid', dataFormat }: PoolingOptions,
  fn: (x: Tensor, window: readonly number[], options: { readonly strides: readonly number[]; readonly padding: 'valid' | 'same' }) => Tensor,
): Tensor {
  checkPadding(where, padding)
  return channelsLast(where, inputs, dataFormat, (x) => {
    const window = sizes(where, 'poolSize', poolSize, x.rank - 2)
    return fn(x, window, { strides: strides === undefined ? window : sizes(where, 'strides', strides, x.rank - 2), padding })
  })
}

/** Largest element of each window. */
export function maxPool(inputs: Tensor, poolSize: PerAxis, options: PoolingOptions = {}): Tensor {
  return pooled('maxPool', inputs, poolSize, options, maximalWindows)
}

/** Mean of each window; padding is not counted. */
export function averagePool(inputs: Tensor, poolSize: PerAxis, options: PoolingOptions = {}): Tensor {
  return pooled('averagePool', inputs, poolSize, options, averageWindows)
}

/** Option of the adaptive pools. */
export interface AdaptivePoolOptions {
  /** Default 'channelsLast'. */
  readonly dataFormat?: DataFormat
}

/** Means of windows that divide each spatial axis into `outputSize` parts: window i is ⌊i n / size⌋ to ⌈(i + 1) n / size⌉. */
export function adaptiveAveragePool(inputs: Tensor, outputSize: PerAxis, { dataFormat }: AdaptivePoolOptions = {}): Tensor {
  return adaptivePool('adaptiveAveragePool', inputs, outputSize, dataFormat, (windows, axis, lengths) => {
    const widest = Math.max(...lengths)
    const shares = lengths.map((length) => Array.from({ length: widest }, (_, i) => (i < length ? 1 / length : 0)))
    const shape: Dims = windows.dims.map((_, i) => (i === axis ? lengths.length : i === axis + 1 ? widest : 1))
    return sum<Shape, number>(binary('multiply', windows, cast(reshape<Shape, Dims>(tensor(shares), shape), windows.dtype)), axis + 1)
  })
}

/** Largest elements of windows that divide each spatial axis into `outputSize` parts, as {@link adaptiveAveragePool}. */
export function adaptiveMaxPool(inputs: Tensor, outputSize: PerAxis, { dataFormat }: AdaptivePoolOptions = {}): Tensor {
  return adaptivePool('adaptiveMaxPool', inputs, outputSize, dataFormat, (windows, axis) => max<Shape, number>(windows, axis + 1))
}

/** Axis by axis: elements gathered to `[…, windows, widest, …]` (short windows repeat their last one), then reduced. */
function adaptivePool(
  where: string,
  inputs: Tensor,
  outputSize: PerAxis,
  dataFormat: DataFormat | undefined,
  reduce: (windows: Tensor, axis: number, lengths: readonly number[]) => Tensor,
): Tensor {
  return channelsLast(where, inputs, dataFormat, (x) => {
    const floats = cast(x, promote(x.dtype, 'bf16'))
    return sizes(where, 'outputSize', outputSize, x.rank - 2).reduce((t, count, i) => {
      const size = staticDim(t.dims[i + 1] ?? 1, where)
      const starts = Array.from({ length: count }, (_, k) => Math.floor((k * size) / count))
      const ends = starts.map((_, k) => Math.ceil(((k + 1) * size) / count))
      const lengths = starts.map((start, k) => (ends[k] ?? size) - start)
      const widest = Math.max(...lengths)
      const places = starts.map((start, k) => Array.from({ length: widest }, (_, j) => Math.min(start + j, (ends[k] ?? size) - 1)))
      return reduce(gather(t, tensor(places, undefined, { dtype: 'i32' }), i + 1), i + 1, lengths)
    }, floats)
  })
}
