// Colour spaces: grey from RGB, and RGB to hue, saturation, value and back (Smith 1978).

import {
  abs,
  cast,
  clip,
  compare,
  concat,
  DTypeError,
  isFloat,
  logicalAnd,
  maximum,
  minimum,
  remainder,
  ShapeError,
  slice,
  type Tensor,
  where,
} from '../../core/index.ts'
import { type DataFormatOption } from '../data-format.ts'
import { imageAxes } from './layout.ts'

/** 2⁻²³ and its like: what separates 1 from the next number. */
const resolution = { f64: 2 ** -52, f32: 2 ** -23, f16: 2 ** -10, bf16: 2 ** -7 } as const

function channel(images: Tensor, axis: number, index: number): Tensor {
  return slice(
    images,
    images.dims.map((_, i) => (i === axis ? index : 0)),
    images.dims.map((d, i) => (i === axis ? 1 : d)),
  )
}

function threeChannels(name: string, images: Tensor, options: DataFormatOption): { readonly axis: number; readonly parts: [Tensor, Tensor, Tensor] } {
  const { channels: axis } = imageAxes(name, images, options.dataFormat)
  if (images.dims[axis] !== 3) {
    throw new ShapeError(
      `${name}: expected 3 channels on axis ${axis}, got ${images.toString()}. Check dataFormat, or convert the images to three channels.`,
    )
  }
  return { axis, parts: [channel(images, axis, 0), channel(images, axis, 1), channel(images, axis, 2)] }
}

function floatsOnly(name: string, images: Tensor): void {
  if (!isFloat(images.dtype)) throw new DTypeError(`${name}: expected floats, got ${images.toString()}. Divide whole numbers by 255 first.`)
}

/** 0.2989 R + 0.587 G + 0.114 B: three channels become one; images of one channel stay as they are. Whole numbers are truncated. */
export function rgbToGrayscale(images: Tensor, options: DataFormatOption = {}): Tensor {
  const { channels } = imageAxes('rgbToGrayscale', images, options.dataFormat)
  if (images.dims[channels] === 1) return images
  const [r, g, b] = threeChannels('rgbToGrayscale', images, options).parts
  return cast(r.multiply(0.2989).add(g.multiply(0.587)).add(b.multiply(0.114)), images.dtype)
}

/** Red, green and blue in [0, 1] to hue (in turns), saturation and value in [0, 1]. */
export function rgbToHsv(images: Tensor, options: DataFormatOption = {}): Tensor {
  floatsOnly('rgbToHsv', images)
  const smallest = images.dtype === 'f64' || images.dtype === 'f16' || images.dtype === 'bf16' ? resolution[images.dtype] : resolution.f32
  const clean = where(compare('less', abs(images), smallest), 0, images)
  const { axis, parts } = threeChannels('rgbToHsv', clean, options)
  const [r, g, b] = parts
  const value = maximum(maximum(r, g), b)
  const range = value.subtract(minimum(minimum(r, g), b))
  const [lit, coloured] = [compare('greater', value, 0), compare('greater', range, 0)]
  const saturation = where(lit, range.divide(where(lit, value, 1)), 0)
  const sixth = where(coloured, range, 1).multiply(6).reciprocal()
  const fromGreenOrBlue = where(compare('equal', value, g), sixth.multiply(b.subtract(r)).add(2 / 6), sixth.multiply(r.subtract(g)).add(4 / 6))
  const turn = where(coloured, where(compare('equal', value, r), sixth.multiply(g.subtract(b)), fromGreenOrBlue), 0)
  const hue = turn.add(where(logicalAnd(coloured, compare('less', turn, 0)), 1, 0))
  return concat([hue, saturation, value], axis)
}

/** Hue (in turns; whole turns do not matter), saturation and value to red, green and blue. */
export function hsvToRgb(images: Tensor, options: DataFormatOption = {}): Tensor {
  floatsOnly('hsvToRgb', images)
  const { axis, parts } = threeChannels('hsvToRgb', images, options)
  const [hue, saturation, value] = parts
  const sector = remainder(hue, 1).multiply(6)
  const away = (centre: number): Tensor => abs(sector.subtract(centre))
  const shares = [clip(away(3).subtract(1), 0, 1), clip(away(2).negate().add(2), 0, 1), clip(away(4).negate().add(2), 0, 1)]
  const white = saturation.negate().add(1)
  return concat(
    shares.map((share) => value.multiply(white.add(saturation.multiply(share)))),
    axis,
  )
}
