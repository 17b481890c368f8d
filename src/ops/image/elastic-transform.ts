// Elastic deformation: every pixel is taken from a place nearby, by a smooth random field (Simard et al. 2003).

import { cast, ConfigError, iota, isFloat, type Operand, random, reshape, type Tensor } from '../../core/index.ts'
import { type DataFormatOption } from '../data-format.ts'
import { filterAlong, gaussianTaps } from './blur.ts'
import { onBatches } from './layout.ts'
import { batchSizes, readImages, type ReadingOptions } from './map-coordinates.ts'
import { fillModeOf, orderOf } from './projective-transform.ts'

export interface ElasticTransformOptions extends DataFormatOption, ReadingOptions {
  /** What displacements are multiplied by. Default 20. */
  readonly alpha?: Operand
  /** Standard deviation of the displacements before they are smoothed and of the Gaussian that smooths them, in pixels. Default 5. */
  readonly sigma?: Operand
  /** Taps of that Gaussian; needed where `sigma` is a tensor. Default: three deviations to both sides. */
  readonly kernelSize?: number
  /** Default 'bilinear'. */
  readonly interpolation?: 'nearest' | 'bilinear'
  /** A number, or a key of {@link random}: the same seed deforms alike. Default 0. */
  readonly seed?: number | Tensor
}

/** Images whose pixels are moved by smooth random displacements, each image by its own. `fillMode` is 'reflect' unless it is given. */
export function elasticTransform(images: Tensor, options: ElasticTransformOptions = {}): Tensor {
  const { alpha = 20, sigma = 5, fillValue = 0, seed = 0 } = options
  const order = orderOf('elasticTransform', options.interpolation)
  const fillMode = fillModeOf('elasticTransform', options.fillMode ?? 'reflect')
  const size = tapsOf(sigma, options.kernelSize)
  const [across, down] = random.split(typeof seed === 'number' ? random.key(seed) : seed)
  return onBatches('elasticTransform', images, options.dataFormat, (batch) => {
    const [count, height, width] = batchSizes('elasticTransform', batch)
    const dtype = isFloat(batch.dtype) ? batch.dtype : 'f32'
    const taps = gaussianTaps(size, sigma, dtype)
    const displacement = (key: Tensor): Tensor => {
      const noise = cast(random.normal(key, [count, height, width, 1]).multiply(sigma), dtype)
      return reshape(filterAlong(filterAlong(noise, taps, 2), taps, 1), [count, height, width]).multiply(alpha)
    }
    if (across === undefined || down === undefined) return batch
    const x = displacement(across).add(iota([1, 1, width], 2, dtype))
    const y = displacement(down).add(iota([1, height, 1], 1, dtype))
    return readImages(batch, y, x, { order, fillMode, fillValue })
  })
}

function tapsOf(sigma: Operand, kernelSize: number | undefined): number {
  if (typeof sigma === 'number' && !(sigma > 0)) throw new ConfigError(`elasticTransform: expected sigma above 0, got ${sigma}. Change it.`)
  const size = kernelSize ?? (typeof sigma === 'number' ? 2 * Math.floor(Math.trunc(6 * sigma) / 2) + 1 : undefined)
  if (size !== undefined && Number.isInteger(size) && size > 0) return size
  throw new ConfigError(`elasticTransform: expected kernelSize to be a whole number above 0 where sigma is a tensor, got ${size}. Give one.`)
}
