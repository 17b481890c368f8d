// Pictures as bytes, the way canvases and decoders of image files give them, and as tensors.

import { type DType, permute, ShapeError, type Tensor, tensor } from '../core/index.ts'
import { type DataFormatOption, isChannelsFirst } from '../ops/index.ts'

/** Rows of pixels from the top, `channels` bytes each: 1 (grey), 3 (red, green, blue) or 4 (and opacity). A canvas's `ImageData` is one. */
export interface RasterImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array | Uint8ClampedArray
}

export interface ImgToArrayOptions extends DataFormatOption {
  /** Default 'f32'. */
  readonly dtype?: DType
}

export interface ArrayToImgOptions extends DataFormatOption {
  /** Whether the smallest value becomes 0 and the largest 255; otherwise values are bytes, cut off at both ends. Default true. */
  readonly scale?: boolean
}

/**
 * A picture as `[height, width, channels]`, or channels first: its bytes as numbers from 0 to 255.
 *
 * @throws ShapeError where the bytes are not whole pixels
 */
export function imgToArray({ width, height, data }: RasterImage, { dataFormat, dtype = 'f32' }: ImgToArrayOptions = {}): Tensor {
  const channels = data.length / (width * height)
  if (![1, 3, 4].includes(channels)) {
    throw new ShapeError(`imgToArray: expected 1, 3 or 4 bytes for each of ${width} × ${height} pixels, got ${data.length} bytes. Check the size.`)
  }
  const pixels: Tensor = tensor(data, [height, width, channels], { dtype })
  return isChannelsFirst('imgToArray', dataFormat) ? permute(pixels, [2, 0, 1]) : pixels
}

/**
 * A picture of `[height, width, channels]` (or channels first) with 1, 3 or 4 channels; fractions are cut off. Reads the tensor's numbers.
 *
 * ```ts
 * const { data, width, height } = arrayToImg(rgba)
 * context.putImageData(new ImageData(data, width, height), 0, 0)
 * ```
 * @throws ShapeError where the tensor is no picture
 */
export function arrayToImg(
  x: Tensor,
  { dataFormat, scale = true }: ArrayToImgOptions = {},
): RasterImage & { readonly data: Uint8ClampedArray<ArrayBuffer> } {
  const channelsFirst = isChannelsFirst('arrayToImg', dataFormat)
  const pixels = x.rank === 3 && channelsFirst ? permute(x, [1, 2, 0]) : x
  const [height = 0, width = 0, channels = 0] = pixels.shape
  if (x.rank !== 3 || ![1, 3, 4].includes(channels)) {
    throw new ShapeError(`arrayToImg: expected [height, width, channels] with 1, 3 or 4 channels, got ${x.toString()}. Take one image of a batch.`)
  }
  const values = Array.from(pixels.cast('f32').dataSync(), Number)
  const low = values.reduce((a, b) => Math.min(a, b), Infinity)
  const span = values.reduce((a, b) => Math.max(a, b), -Infinity) - low
  const data = Uint8ClampedArray.from(values, (value) => Math.trunc(scale ? ((value - low) / (span === 0 ? 1 : span)) * 255 : value))
  return { width, height, data }
}
