// Resizing: each spatial axis is a product with its sampling weights; the nearest pixel is a gather.

import {
  cast,
  clip,
  ConfigError,
  contract,
  type Dims,
  type DType,
  gather,
  isFloat,
  pad,
  permute,
  round,
  ShapeError,
  staticDim,
  type Tensor,
  tensor,
} from '../../core/index.ts'
import { type DataFormatOption } from '../data-format.ts'
import { block } from './crop-pad.ts'
import { type ImageAxes, imageAxes, oneOf } from './layout.ts'
import { type SamplingKernel, samplingWeights } from './sampling-weights.ts'

/** How a pixel is made from those around its place. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3' | 'lanczos5'

export interface ResizeOptions extends DataFormatOption {
  /** Default 'bilinear'. 'bicubic' is Keys's kernel with a = −0.5 (PyTorch without antialiasing takes −0.75). */
  readonly interpolation?: Interpolation
  /** Average over all input pixels that an output pixel covers where images shrink. Default false; nothing for 'nearest'. */
  readonly antialias?: boolean
  /** Crop the middle to the target's proportions first. Default false. */
  readonly cropToAspectRatio?: boolean
  /** Pad to the target's proportions first. Default false. */
  readonly padToAspectRatio?: boolean
  /** What is padded with: only 'constant'. */
  readonly fillMode?: 'constant'
  /** Default 0. */
  readonly fillValue?: number
}

const interpolations = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'] as const

/** The kernel of an interpolation that is not 'nearest'. */
const kernelOf: { readonly [I in Exclude<Interpolation, 'nearest'>]: SamplingKernel } = {
  bilinear: 'linear',
  bicubic: 'cubic',
  lanczos3: 'lanczos3',
  lanczos5: 'lanczos5',
}

/** Smallest and largest whole number of a dtype, as far as f32 holds them. */
const integerRanges: { readonly [D in DType]?: readonly [low: number, high: number] } = {
  u8: [0, 255],
  i8: [-128, 127],
  u32: [0, 4294967040],
  i32: [-2147483648, 2147483520],
}

/** Floats as they are, whole numbers as f32. */
export const asFloats = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : cast(x, 'f32'))

/** Floats brought back to a dtype: whole numbers rounded to the nearest and kept within their range. */
export function backTo(x: Tensor, dtype: DType): Tensor {
  if (isFloat(dtype)) return cast(x, dtype)
  const range = integerRanges[dtype]
  const whole = round(x)
  return cast(range === undefined ? whole : clip(whole, range[0], range[1]), dtype)
}

/** Checks `[height, width]`. */
export function checkSize(where: string, size: readonly number[]): readonly [height: number, width: number] {
  const [height, width] = size
  if (size.length === 2 && height !== undefined && width !== undefined && size.every((n) => Number.isInteger(n) && n > 0)) return [height, width]
  throw new ConfigError(`${where}: expected size to be [height, width] in whole pixels above 0, got [${size.join(', ')}]. Change it.`)
}

/** Checks what {@link resize} takes, for layers that take the same. */
export function checkResizing(where: string, size: readonly number[], options: ResizeOptions): void {
  checkSize(where, size)
  oneOf(where, 'interpolation', options.interpolation ?? 'bilinear', interpolations)
  oneOf(where, 'fillMode', options.fillMode ?? 'constant', ['constant'])
  if (options.cropToAspectRatio === true && options.padToAspectRatio === true) {
    throw new ConfigError(`${where}: expected at most one of cropToAspectRatio and padToAspectRatio, got both. Leave one out.`)
  }
}

/**
 * Images of another size: `[batch, height, width, channels]` to `[batch, size[0], size[1], channels]`, pixel centres at halves.
 *
 * Whole numbers are rounded to the nearest and kept within their range. Errors: ConfigError for a size, an interpolation or a combination that is
 * not known; ShapeError for another rank than 3 or 4.
 */
export function resize(images: Tensor, size: readonly [height: number, width: number], options: ResizeOptions = {}): Tensor {
  checkResizing('resize', size, options)
  const axes = imageAxes('resize', images, options.dataFormat)
  const framed =
    options.cropToAspectRatio === true
      ? cropToProportions(images, axes, size)
      : options.padToAspectRatio === true
        ? padToProportions(images, axes, size, options.fillValue ?? 0)
        : images
  const interpolation = options.interpolation ?? 'bilinear'
  if (interpolation === 'nearest') return nearest(nearest(framed, axes.height, size[0]), axes.width, size[1])
  const kernel = kernelOf[interpolation]
  const resampled = resample(asFloats(framed), [axes.height, axes.width], size, (inputSize, i) => {
    const outputSize = size[i] ?? 1
    return { scale: outputSize / inputSize, translation: 0, kernel, antialias: options.antialias ?? false }
  })
  return backTo(resampled, images.dtype)
}

/** How one axis of {@link resample} is resampled. */
type Plan = Omit<Parameters<typeof samplingWeights>[0], 'inputSize' | 'outputSize' | 'dtype'>

/** Floats resampled along some axes to new sizes; axes that keep their size are resampled, too. */
export function resample(x: Tensor, axes: readonly number[], sizes: readonly number[], plan: (inputSize: number, index: number) => Plan): Tensor {
  // A product puts its free axis last: after all of them, one rearrangement brings the axes back.
  const order = x.dims.map((_, i) => i)
  const result = axes.reduce<Tensor>((current, axis, i) => {
    const inputSize = staticDim(x.dims[axis] ?? 1, 'resample')
    const weights = samplingWeights({ ...plan(inputSize, i), inputSize, outputSize: sizes[i] ?? 1, dtype: x.dtype })
    const at = order.indexOf(axis)
    order.splice(at, 1)
    order.push(axis)
    return contract(current, weights, { contract: [[at, 0]] })
  }, x)
  return permute(
    result,
    x.dims.map((_, i) => order.indexOf(i)),
  )
}

function nearest(x: Tensor, axis: number, size: number): Tensor {
  const whole = staticDim(x.dims[axis] ?? 1, 'resize')
  if (whole === size) return x
  const positions = Int32Array.from({ length: size }, (_, i) => Math.floor(((i + 0.5) * whole) / size))
  return gather(x, tensor(positions, [size]), axis)
}

function framesOf(x: Tensor, axes: ImageAxes, [height, width]: readonly [number, number]) {
  const [rows, columns] = [staticDim(x.dims[axes.height] ?? 1, 'resize'), staticDim(x.dims[axes.width] ?? 1, 'resize')]
  if (rows === 0 || columns === 0) throw new ShapeError(`resize: expected images of at least one pixel, got ${x.toString()}. Check the images.`)
  return { rows, columns, likeHeight: Math.trunc((columns * height) / width), likeWidth: Math.trunc((rows * width) / height) }
}

/** The largest block in the middle that has the target's proportions. */
export function cropToProportions(x: Tensor, axes: ImageAxes, target: readonly [height: number, width: number]): Tensor {
  const { rows, columns, likeHeight, likeWidth } = framesOf(x, axes, target)
  const middle = (whole: number, wanted: number) => {
    const size = Math.max(Math.min(whole, wanted), 1)
    return { start: Math.trunc((whole - size) / 2), size }
  }
  return block(
    x,
    new Map([
      [axes.height, middle(rows, likeHeight)],
      [axes.width, middle(columns, likeWidth)],
    ]),
  )
}

/** The images in the middle of a frame that has the target's proportions (to a pixel: both borders are equal). */
function padToProportions(x: Tensor, axes: ImageAxes, target: readonly [height: number, width: number], value: number): Tensor {
  const { rows, columns, likeHeight, likeWidth } = framesOf(x, axes, target)
  const [vertical, horizontal] = [Math.trunc((Math.max(rows, likeHeight) - rows) / 2), Math.trunc((Math.max(columns, likeWidth) - columns) / 2)]
  const borders = (d: Dims): readonly (readonly [number, number])[] =>
    d.map((_, i): readonly [number, number] => (i === axes.height ? [vertical, vertical] : i === axes.width ? [horizontal, horizontal] : [0, 0]))
  return pad(x, borders(x.dims), { value })
}
