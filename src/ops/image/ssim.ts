// Structural similarity of images (Wang et al. 2004).

import { cast, ConfigError, isFloat, mean, promote, reshape, ShapeError, type Tensor } from '../../core/index.ts'
import { type DataFormatOption } from '../data-format.ts'
import { filterAlong, gaussianTaps } from './blur.ts'
import { asBatch, imageAxes } from './layout.ts'

export interface SsimOptions extends DataFormatOption {
  /** What the brightest pixel is. Default 1. */
  readonly maxVal?: number
  /** Side of the Gaussian window in pixels; images are at least that large. Default 11. */
  readonly filterSize?: number
  /** Its standard deviation in pixels. Default 1.5. */
  readonly filterSigma?: number
  /** Default 0.01. */
  readonly k1?: number
  /** Default 0.03. */
  readonly k2?: number
}

/**
 * The mean structural similarity of each pair of images, `[batch]` (a scalar for single images): with μ, σ² and σ₁₂ in Gaussian windows,
 * (2μ₁μ₂ + c₁)(2σ₁₂ + c₂) / ((μ₁² + μ₂² + c₁)(σ₁² + σ₂² + c₂)), c = (k · maxVal)².
 */
export function ssim(image1: Tensor, image2: Tensor, options: SsimOptions = {}): Tensor {
  const { maxVal = 1, filterSize = 11, filterSigma = 1.5, k1 = 0.01, k2 = 0.03, dataFormat } = options
  if (!Number.isInteger(filterSize) || filterSize < 1) {
    throw new ConfigError(`ssim: expected filterSize to be a whole number above 0, got ${filterSize}. Change it.`)
  }
  if (!(filterSigma > 0)) throw new ConfigError(`ssim: expected filterSigma above 0, got ${filterSigma}. Change it.`)
  const axes = imageAxes('ssim', image1, dataFormat)
  const [rows, columns] = [image1.dims[axes.height], image1.dims[axes.width]]
  if ((typeof rows === 'number' && rows < filterSize) || (typeof columns === 'number' && columns < filterSize)) {
    throw new ShapeError(
      `ssim: expected images of at least ${filterSize} × ${filterSize} pixels, got ${image1.toString()}. Take a smaller filterSize.`,
    )
  }
  const shared = promote(image1.dtype, image2.dtype)
  const dtype = isFloat(shared) ? shared : 'f32'
  const [first, second] = [asBatch('ssim', cast(image1, dtype), dataFormat), asBatch('ssim', cast(image2, dtype), dataFormat)]
  const taps = gaussianTaps(filterSize, filterSigma, dtype)
  const local = (x: Tensor): Tensor => filterAlong(filterAlong(x, taps, 2, 'valid'), taps, 1, 'valid')
  const [c1, c2] = [(k1 * maxVal) ** 2, (k2 * maxVal) ** 2]
  const [mean1, mean2] = [local(first), local(second)]
  const [square1, square2, product] = [mean1.multiply(mean1), mean2.multiply(mean2), mean1.multiply(mean2)]
  const spread = local(first.multiply(first))
    .subtract(square1)
    .add(local(second.multiply(second)).subtract(square2))
  const shared12 = local(first.multiply(second)).subtract(product)
  const above = product.multiply(2).add(c1).multiply(shared12.multiply(2).add(c2))
  const below = square1.add(square2).add(c1).multiply(spread.add(c2))
  const similarity = mean(above.divide(below), [1, 2, 3])
  return cast(image1.rank === 3 ? reshape(similarity, []) : similarity, image1.dtype)
}
