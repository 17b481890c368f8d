// Images seen through a projective map: affine transforms (zoom, shift, turn, shear) and the perspective that four points define.

import { cast, concat, type Dim, isFloat, iota, matmul, reshape, ShapeError, slice, squeeze, stack, type Tensor } from '../../core/index.ts'
import { type DataFormatOption, onBatches, oneOf } from './layout.ts'
import { batchSizes, type FillMode, fillModes, readImages, type ReadingOptions } from './map-coordinates.ts'

export interface AffineTransformOptions extends DataFormatOption, ReadingOptions {
  /** Default 'bilinear'. */
  readonly interpolation?: 'nearest' | 'bilinear'
}

export interface PerspectiveTransformOptions extends DataFormatOption {
  /** Default 'bilinear'. */
  readonly interpolation?: 'nearest' | 'bilinear'
  /** What lies outside the images. Default 0. */
  readonly fillValue?: number
}

/** The order of interpolation that a name stands for. */
export function orderOf(where: string, interpolation: string | undefined): 0 | 1 {
  return oneOf(where, 'interpolation', interpolation ?? 'bilinear', ['nearest', 'bilinear']) === 'nearest' ? 0 : 1
}

/** A fill mode, 'constant' where none is named. */
export const fillModeOf = (where: string, mode: string | undefined): FillMode => oneOf(where, 'fillMode', mode ?? 'constant', fillModes)

/** Column i of `[rows, columns]` as `[rows, 1, 1]`. */
function coefficient(transform: Tensor, i: number): Tensor {
  const rows: Dim = transform.dims[0] ?? 1
  return reshape(slice(transform, [0, i], [rows, 1]), [rows, 1, 1])
}

/** Reads `[batch, height, width, channels]` where the maps `[batch or 1, 8]` send each pixel. */
function throughMaps(images: Tensor, maps: Tensor, options: ReadingOptions & { readonly order: 0 | 1 }): Tensor {
  const [, height, width] = batchSizes('affineTransform', images)
  const dtype = isFloat(maps.dtype) ? maps.dtype : 'f32'
  const map = cast(maps, dtype)
  const [x, y] = [iota([1, 1, width], 2, dtype), iota([1, height, 1], 1, dtype)]
  const line = (first: number): Tensor =>
    coefficient(map, first)
      .multiply(x)
      .add(coefficient(map, first + 1).multiply(y))
  const scale = line(6).add(1)
  const sourceX = line(0).add(coefficient(map, 2)).divide(scale)
  const sourceY = line(3).add(coefficient(map, 5)).divide(scale)
  return readImages(images, sourceY, sourceX, options)
}

/**
 * Images seen through `transform` `[8]` or `[batch, 8]`: with a row `[a0, a1, a2, b0, b1, b2, c0, c1]`, output pixel (x, y) shows the input at
 * ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) for k = c0 x + c1 y + 1.
 *
 * Differentiable in images and transform.
 */
export function affineTransform(images: Tensor, transform: Tensor, options: AffineTransformOptions = {}): Tensor {
  const order = orderOf('affineTransform', options.interpolation)
  const fillMode = fillModeOf('affineTransform', options.fillMode)
  if ((transform.rank !== 1 && transform.rank !== 2) || transform.dims.at(-1) !== 8) {
    throw new ShapeError(`affineTransform: expected transform to be [8] or [batch, 8], got ${transform.toString()}. Give eight numbers per image.`)
  }
  const maps = transform.rank === 1 ? reshape(transform, [1, 8]) : transform
  return onBatches('affineTransform', images, options.dataFormat, (batch) =>
    throughMaps(batch, maps, { order, fillMode, fillValue: options.fillValue ?? 0 }),
  )
}

/**
 * Images moved so that `startPoints` come to lie at `endPoints`: both `[4, 2]` or `[batch, 4, 2]`, four (x, y) in pixels, no three on a line.
 *
 * Differentiable in images and points.
 */
export function perspectiveTransform(images: Tensor, startPoints: Tensor, endPoints: Tensor, options: PerspectiveTransformOptions = {}): Tensor {
  const order = orderOf('perspectiveTransform', options.interpolation)
  const maps = homography(startPoints, endPoints)
  return onBatches('perspectiveTransform', images, options.dataFormat, (batch) =>
    throughMaps(batch, maps, { order, fillMode: 'constant', fillValue: options.fillValue ?? 0 }),
  )
}

function fourPoints(name: string, points: Tensor): Tensor {
  if ((points.rank !== 2 && points.rank !== 3) || points.dims.at(-2) !== 4 || points.dims.at(-1) !== 2) {
    throw new ShapeError(`perspectiveTransform: expected ${name} to be [4, 2] or [batch, 4, 2], got ${points.toString()}. Give four (x, y).`)
  }
  const floats = isFloat(points.dtype) ? points : cast(points, 'f32')
  return points.rank === 2 ? reshape(floats, [1, 4, 2]) : floats
}

/**
 * The projective map that takes four points to four others, both `[4, 2]` or `[batch, 4, 2]`: `[batch, 8]`, for {@link affineTransform}.
 *
 * From `ends` to the unit square and on to `starts`.
 */
export function homography(startPoints: Tensor, endPoints: Tensor): Tensor {
  const starts = fourPoints('startPoints', startPoints)
  const ends = fourPoints('endPoints', endPoints)
  const product = matmul(fromUnitSquare(starts), adjugate(fromUnitSquare(ends)))
  const rows: Dim = product.dims[0] ?? 1
  const flat = reshape(product, [rows, 9])
  return slice(flat, [0, 0], [rows, 8]).divide(slice(flat, [0, 8], [rows, 1]))
}

/** The projective map from the unit square's corners (0, 0), (1, 0), (0, 1), (1, 1) to four points, `[batch, 3, 3]` (Heckbert 1989, §2.2.3). */
function fromUnitSquare(points: Tensor): Tensor {
  const rows: Dim = points.dims[0] ?? 1
  const at = (i: number, axis: number): Tensor => squeeze(slice(points, [0, i, axis], [rows, 1, 1]), [1, 2])
  const [x0, x1, x3, x2] = [at(0, 0), at(1, 0), at(2, 0), at(3, 0)]
  const [y0, y1, y3, y2] = [at(0, 1), at(1, 1), at(2, 1), at(3, 1)]
  const [dx1, dx2, sx] = [x1.subtract(x2), x3.subtract(x2), x0.subtract(x1).add(x2).subtract(x3)]
  const [dy1, dy2, sy] = [y1.subtract(y2), y3.subtract(y2), y0.subtract(y1).add(y2).subtract(y3)]
  const area = dx1.multiply(dy2).subtract(dx2.multiply(dy1))
  const g = sx.multiply(dy2).subtract(dx2.multiply(sy)).divide(area)
  const h = dx1.multiply(sy).subtract(sx.multiply(dy1)).divide(area)
  const entries = [
    x1.subtract(x0).add(g.multiply(x1)),
    x3.subtract(x0).add(h.multiply(x3)),
    x0,
    y1.subtract(y0).add(g.multiply(y1)),
    y3.subtract(y0).add(h.multiply(y3)),
    y0,
    g,
    h,
    g.multiply(0).add(1),
  ]
  return reshape(stack(entries, 1), [rows, 3, 3])
}

/** The transposed cofactors of `[batch, 3, 3]`: the inverse but for a factor, which a projective map does not mind. */
function adjugate(matrix: Tensor): Tensor {
  const rows: Dim = matrix.dims[0] ?? 1
  const at = (i: number, j: number): Tensor => slice(reshape(matrix, [rows, 9]), [0, 3 * (i % 3) + (j % 3)], [rows, 1])
  const cofactor = (i: number, j: number): Tensor =>
    at(i + 1, j + 1)
      .multiply(at(i + 2, j + 2))
      .subtract(at(i + 1, j + 2).multiply(at(i + 2, j + 1)))
  const entries = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => cofactor(j, i)))
  return reshape(concat(entries, 1), [rows, 3, 3])
}
