// The base of layers that turn, shift, zoom or shear images: all are affine maps from pixels of the result to places in the image.

import { concat, type Dim, max, min, ones, slice, stack, type Tensor, zeros } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { numberWithin, oneOf } from '../../../options/option-checks.ts'
import { columns } from './boxes-on-part.ts'
import { type PixelSize, RandomImageLayer, type RandomImageLayerOptions, sizeOf } from './image-layer.ts'

/** Options of layers that move pixels. */
export interface AffineLayerOptions extends RandomImageLayerOptions {
  /** What is seen beyond an edge; see `ops.image.affineTransform`. Default 'reflect'. */
  readonly fillMode?: 'reflect' | 'wrap' | 'constant' | 'nearest'
  /** Default 'bilinear'; masks are always 'nearest'. */
  readonly interpolation?: 'nearest' | 'bilinear'
  /** What 'constant' shows. Default 0. */
  readonly fillValue?: number
}

/** Six coefficients of each image's map, `[batch]` or a number: (a0 x + a1 y + a2, b0 x + b1 y + b2). */
export type AffineCoefficients = readonly [
  a0: Tensor | number,
  a1: Tensor | number,
  a2: Tensor | number,
  b0: Tensor | number,
  b1: Tensor | number,
  b2: Tensor | number,
]

type Transformation = { readonly [parameter: string]: Tensor }

/** A layer that moves pixels by an affine map. */
export abstract class AffineLayer<T extends Transformation> extends RandomImageLayer<T> {
  private readonly reading: { readonly fillMode: image.FillMode; readonly interpolation: 'nearest' | 'bilinear'; readonly fillValue: number }

  constructor(options: AffineLayerOptions, className: string, own: readonly string[]) {
    super(options, className, [...own, 'fillMode', 'interpolation', 'fillValue'])
    this.reading = {
      fillMode: oneOf(this.name, 'fillMode', options.fillMode ?? 'reflect', ['reflect', 'wrap', 'constant', 'nearest']),
      interpolation: oneOf(this.name, 'interpolation', options.interpolation ?? 'bilinear', ['nearest', 'bilinear']),
      fillValue: numberWithin(this.name, 'fillValue', options.fillValue ?? 0),
    }
  }

  /** The map of each image, from pixels of the result to places in an image of a size. */
  protected abstract coefficients(transformation: T, size: PixelSize): AffineCoefficients

  transform(batch: Tensor, transformation: T): Tensor {
    return image.affineTransform(batch, this.maps(transformation, sizeOf(batch)), this.reading)
  }

  override transformMasks(masks: Tensor, transformation: T): Tensor {
    return image.affineTransform(masks, this.maps(transformation, sizeOf(masks)), { ...this.reading, interpolation: 'nearest' })
  }

  /** The smallest upright boxes around the moved ones. */
  override transformBoxes(boxes: Tensor, transformation: T, size: PixelSize): Tensor {
    const maps = this.maps(transformation, size)
    const rows: Dim = maps.dims[0] ?? 1
    const at = (i: number): Tensor => slice(maps, [0, i], [rows, 1]).reshape([rows, 1, 1])
    const [a0, a1, a2, b0, b1, b2] = [at(0), at(1), at(2), at(3), at(4), at(5)]
    const determinant = a0.multiply(b1).subtract(a1.multiply(b0))
    // From places in the image back to pixels of the result.
    const moved = (x: Tensor, y: Tensor): readonly [Tensor, Tensor] => {
      const [dx, dy] = [x.subtract(a2), y.subtract(b2)]
      return [b1.multiply(dx).subtract(a1.multiply(dy)).divide(determinant), a0.multiply(dy).subtract(b0.multiply(dx)).divide(determinant)]
    }
    return boxesAround(boxes, moved)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), ...this.reading }
  }

  private maps(transformation: T, size: PixelSize): Tensor {
    const coefficients = this.coefficients(transformation, size)
    const drawn = coefficients.find((c) => typeof c !== 'number')
    const rows: Dim = (typeof drawn === 'object' || typeof drawn === 'function' ? drawn.dims[0] : undefined) ?? 1
    const filled = coefficients.map((c) => (typeof c === 'number' ? ones([rows]).multiply(c) : c))
    return stack([...filled, zeros([rows]), zeros([rows])], 1)
  }
}

/** The smallest upright boxes around boxes whose corners are moved by a map of x and y, `[batch, boxes, 1]` each. */
export function boxesAround(boxes: Tensor, moved: (x: Tensor, y: Tensor) => readonly [Tensor, Tensor]): Tensor {
  const [x1, y1, x2, y2] = columns(boxes)
  const corners = [moved(x1, y1), moved(x2, y1), moved(x2, y2), moved(x1, y2)]
  const xs = concat(corners.map(([x]) => x), -1) // biome-ignore format: in one line with its like
  const ys = concat(corners.map(([, y]) => y), -1) // biome-ignore format: in one line with its like
  const ends = (values: Tensor, pick: typeof min): Tensor => pick(values, -1, { keepDims: true })
  return concat([ends(xs, min), ends(ys, min), ends(xs, max), ends(ys, max)], -1)
}
