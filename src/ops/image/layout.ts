// How images lie in memory: rank 3 is one image, rank 4 a batch; channels are the last axis or the first of an image. What every operation on
// images checks and undoes is here.

import { ConfigError, type Dims, permute, reshape, ShapeError, type Tensor } from '../../core/index.ts'
import { type DataFormat, isChannelsFirst } from '../data-format.ts'

/** The value of an option that names one of a few things, or a ConfigError that lists them. */
export function oneOf<Name extends string>(where: string, option: string, value: string, allowed: readonly Name[]): Name {
  const found = allowed.find((name) => name === value)
  if (found !== undefined) return found
  const names = allowed.map((name) => `'${name}'`).join(', ')
  throw new ConfigError(`${where}: expected ${option} to be one of ${names}, got '${String(value)}'. Choose one of them.`)
}

/** Where height, width and channels of an image or a batch are. */
export interface ImageAxes {
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** The axes of `[height, width, channels]` or `[batch, height, width, channels]`, or of their channels-first counterparts. */
export function imageAxes(where: string, images: Tensor, dataFormat: DataFormat | undefined): ImageAxes {
  const channelsFirst = isChannelsFirst(where, dataFormat)
  checkImageRank(where, images)
  const first = images.rank - 3
  return channelsFirst ? { height: first + 1, width: first + 2, channels: first } : { height: first, width: first + 1, channels: first + 2 }
}

/** A ShapeError unless there is one image or one batch of them. */
export function checkImageRank(where: string, images: Tensor): void {
  if (images.rank === 3 || images.rank === 4) return
  throw new ShapeError(
    `${where}: expected rank 3 (one image) or rank 4 (a batch), got ${images.toString()}. Reshape it to [batch, height, width, channels].`,
  )
}

/** One image or a batch, in either format, as `[batch, height, width, channels]`. */
export function asBatch(where: string, images: Tensor, dataFormat: DataFormat | undefined): Tensor {
  checkImageRank(where, images)
  const batch = images.rank === 3 ? reshape(images, [1, ...images.dims]) : images
  return isChannelsFirst(where, dataFormat) ? permute(batch, [0, 2, 3, 1]) : batch
}

/** A formula on `[batch, height, width, channels]`, applied to one image or a batch in either format. */
export function onBatches(where: string, images: Tensor, dataFormat: DataFormat | undefined, formula: (batch: Tensor) => Tensor): Tensor {
  const last = formula(asBatch(where, images, dataFormat))
  const result = isChannelsFirst(where, dataFormat) ? permute(last, [0, 3, 1, 2]) : last
  const dims: Dims = result.dims.slice(1)
  return images.rank === 3 ? reshape(result, dims) : result
}
