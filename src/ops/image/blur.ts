// Filters of images: Gaussian blur and Sobel's edges, each as products along one axis after the other.

import {
  type DType,
  type Operand,
  broadcastTo,
  cast,
  conv,
  DTypeError,
  exp,
  iota,
  isFloat,
  pad,
  reshape,
  ShapeError,
  slice,
  stack,
  staticDim,
  sum,
  type Tensor,
  ConfigError,
} from '../../core/index.ts'
import { type DataFormatOption, isChannelsFirst } from '../data-format.ts'
import { onBatches } from './layout.ts'

export interface GaussianBlurOptions extends DataFormatOption {
  /** Taps along width and height. Default [3, 3]. */
  readonly kernelSize?: readonly [width: number, height: number]
  /** Standard deviations along width and height, in pixels; scalar tensors may be given. Default [1, 1]. */
  readonly sigma?: readonly [width: Operand, height: Operand]
}

/** Checks `[width, height]` of a filter. */
export function checkKernelSize(where: string, size: readonly number[]): void {
  if (size.length === 2 && size.every((n) => Number.isInteger(n) && n > 0)) return
  throw new ConfigError(`${where}: expected kernelSize to be two whole numbers above 0, got [${size.join(', ')}]. Change it.`)
}

/** exp(−(i − middle)² / 2σ²), divided by its sum: `[size]`. */
export function gaussianTaps(size: number, sigma: Operand, dtype: DType): Tensor {
  const scaled = iota([size], 0, dtype)
    .subtract((size - 1) / 2)
    .divide(typeof sigma === 'number' ? sigma : cast(sigma, dtype))
  const taps = exp(scaled.multiply(scaled).multiply(-0.5))
  return taps.divide(sum(taps))
}

/** Each channel of `[batch, height, width, channels]` with one filter along an axis (1: height, 2: width), zeros outside. */
export function filterAlong(images: Tensor, taps: Tensor, axis: 1 | 2, padding: 'same' | 'valid' = 'same'): Tensor {
  const size = staticDim(taps.dims[0] ?? 1, 'filter')
  const channels = staticDim(images.dims[3] ?? 1, 'filter')
  const extent: readonly [number, number] = axis === 1 ? [size, 1] : [1, size]
  const filter = broadcastTo(reshape(taps, [...extent, 1, 1]), [...extent, 1, channels])
  return conv<readonly number[], readonly number[], { groups: number; padding: 'same' | 'valid' }>(images, filter, { groups: channels, padding })
}

/**
 * Each channel blurred with a Gaussian, zeros outside the images; the size stays.
 *
 * The first of `kernelSize` and `sigma` goes along the width, the second along the height.
 */
export function gaussianBlur(images: Tensor, { kernelSize = [3, 3], sigma = [1, 1], dataFormat }: GaussianBlurOptions = {}): Tensor {
  checkKernelSize('gaussianBlur', kernelSize)
  for (const value of sigma) {
    if (typeof value === 'number' && !(value > 0)) throw new ConfigError(`gaussianBlur: expected sigma above 0, got ${value}. Change it.`)
  }
  if (!isFloat(images.dtype)) throw new DTypeError(`gaussianBlur: expected floats, got ${images.toString()}. Cast the images to f32.`)
  return onBatches('gaussianBlur', images, dataFormat, (batch) => {
    const wide = filterAlong(batch, gaussianTaps(kernelSize[0], sigma[0], batch.dtype), 2)
    return filterAlong(wide, gaussianTaps(kernelSize[1], sigma[1], batch.dtype), 1)
  })
}

/**
 * Sobel's slopes of each channel: `[batch, height, width, channels]` to `[batch, height, width, channels, 2]` (or the same for channels first), the
 * slope down first, then the slope to the right. Zeros lie outside.
 */
export function sobelEdges(images: Tensor, { dataFormat }: DataFormatOption = {}): Tensor {
  if (images.rank !== 4) throw new ShapeError(`sobelEdges: expected rank 4 (a batch), got ${images.toString()}. Add a batch axis.`)
  const [vertical, horizontal] = isChannelsFirst('sobelEdges', dataFormat) ? [2, 3] : [1, 2]
  const around = pad(
    images,
    images.dims.map((_, i): readonly [number, number] => (i === vertical || i === horizontal ? [1, 1] : [0, 0])),
  )
  // What lies `offset` pixels from the padded corner, for an axis that has been widened by 2.
  const moved = (x: Tensor, axis: number, offset: number): Tensor =>
    slice(
      x,
      x.dims.map((_, i) => (i === axis ? offset : 0)),
      x.dims.map((d, i) => (i === axis ? staticDim(d, 'sobelEdges') - 2 : d)),
    )
  const slope = (x: Tensor, axis: number): Tensor => moved(x, axis, 2).subtract(moved(x, axis, 0))
  const smooth = (x: Tensor, axis: number): Tensor =>
    moved(x, axis, 0)
      .add(moved(x, axis, 1).multiply(2))
      .add(moved(x, axis, 2))
  return stack([slope(smooth(around, horizontal), vertical), slope(smooth(around, vertical), horizontal)], -1)
}
