// Borders: taken away and put around, each axis given by two of low border, high border and target size.

import { ConfigError, type Dims, pad, slice, staticDim, type Tensor } from '../../core/index.ts'
import { type DataFormatOption } from '../data-format.ts'
import { imageAxes } from './layout.ts'

/** Exactly two of `topCropping`, `bottomCropping`, `targetHeight`, and two of `leftCropping`, `rightCropping`, `targetWidth`, in pixels. */
export interface CropImagesOptions extends DataFormatOption {
  readonly topCropping?: number
  readonly leftCropping?: number
  readonly bottomCropping?: number
  readonly rightCropping?: number
  readonly targetHeight?: number
  readonly targetWidth?: number
}

/** Exactly two of `topPadding`, `bottomPadding`, `targetHeight`, and two of `leftPadding`, `rightPadding`, `targetWidth`, in pixels. */
export interface PadImagesOptions extends DataFormatOption {
  readonly topPadding?: number
  readonly leftPadding?: number
  readonly bottomPadding?: number
  readonly rightPadding?: number
  readonly targetHeight?: number
  readonly targetWidth?: number
}

/** A number that the caller named, for messages. */
interface Named {
  readonly name: string
  readonly value: number | undefined
}

function twoOf(where: string, named: readonly [low: Named, high: Named, target: Named]): void {
  const names = named.map(({ name }) => name).join(', ')
  const shown = named.map(({ name, value }) => `${name} ${value ?? 'missing'}`).join(', ')
  for (const { name, value } of named) {
    if (value !== undefined && (!Number.isInteger(value) || value < 0)) {
      throw new ConfigError(`${where}: expected ${name} to be a whole number of pixels, at least 0, got ${value}. Change it.`)
    }
  }
  if (named.filter(({ value }) => value === undefined).length !== 1) {
    throw new ConfigError(`${where}: expected exactly two of ${names}, got ${shown}. Give two; the third follows.`)
  }
}

function fits(where: string, what: string, value: number, size: number, target: number): number {
  if (value >= 0) return value
  throw new ConfigError(
    `${where}: expected borders that fit, got ${what} ${value} for a size of ${size} and a target of ${target}. Change the target.`,
  )
}

/** The images without their borders. */
export function cropImages(images: Tensor, options: CropImagesOptions): Tensor {
  const axes = imageAxes('cropImages', images, options.dataFormat)
  const along = (axis: number, low: Named, high: Named, target: Named): { start: number; size: number } => {
    twoOf('cropImages', [low, high, target])
    const whole = staticDim(images.dims[axis] ?? 0, 'cropImages')
    const start = low.value ?? whole - (target.value ?? 0) - (high.value ?? 0)
    const size = target.value ?? whole - (low.value ?? 0) - (high.value ?? 0)
    fits('cropImages', high.name, whole - start - size, whole, size)
    return { start: fits('cropImages', low.name, start, whole, size), size: fits('cropImages', target.name, size, whole, size) }
  }
  const { topCropping, bottomCropping, leftCropping, rightCropping, targetHeight, targetWidth } = options
  const height = along(
    axes.height,
    { name: 'topCropping', value: topCropping },
    { name: 'bottomCropping', value: bottomCropping },
    { name: 'targetHeight', value: targetHeight },
  )
  const width = along(
    axes.width,
    { name: 'leftCropping', value: leftCropping },
    { name: 'rightCropping', value: rightCropping },
    { name: 'targetWidth', value: targetWidth },
  )
  return block(
    images,
    new Map([
      [axes.height, height],
      [axes.width, width],
    ]),
  )
}

/** Some axes from `start` on for `size` elements, the others whole. */
export function block(x: Tensor, parts: ReadonlyMap<number, { readonly start: number; readonly size: number }>): Tensor {
  const sizes: Dims = x.dims.map((d, i) => parts.get(i)?.size ?? d)
  return slice(
    x,
    x.dims.map((_, i) => parts.get(i)?.start ?? 0),
    sizes,
  )
}

/** The images with zeros around them. */
export function padImages(images: Tensor, options: PadImagesOptions): Tensor {
  const axes = imageAxes('padImages', images, options.dataFormat)
  const along = (axis: number, low: Named, high: Named, target: Named): readonly [number, number] => {
    twoOf('padImages', [low, high, target])
    if (low.value !== undefined && high.value !== undefined) return [low.value, high.value]
    const whole = staticDim(images.dims[axis] ?? 0, 'padImages')
    const rest = (target.value ?? 0) - whole
    const before = low.value ?? rest - (high.value ?? 0)
    const after = high.value ?? rest - (low.value ?? 0)
    return [fits('padImages', low.name, before, whole, target.value ?? 0), fits('padImages', high.name, after, whole, target.value ?? 0)]
  }
  const { topPadding, bottomPadding, leftPadding, rightPadding, targetHeight, targetWidth } = options
  const height = along(
    axes.height,
    { name: 'topPadding', value: topPadding },
    { name: 'bottomPadding', value: bottomPadding },
    { name: 'targetHeight', value: targetHeight },
  )
  const width = along(
    axes.width,
    { name: 'leftPadding', value: leftPadding },
    { name: 'rightPadding', value: rightPadding },
    { name: 'targetWidth', value: targetWidth },
  )
  return pad(
    images,
    images.dims.map((_, i): readonly [number, number] => (i === axes.height ? height : i === axes.width ? width : [0, 0])),
  )
}
