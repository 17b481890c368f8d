// Images seen through a projective map: affine transforms (zoom, shift, turn, shear) and the perspective that four points define.

import { cast, concat, contract, type Dim, iota, isFloat, ones, reshape, ShapeError, slice, squeeze, stack, type Tensor } from '../../core/index.ts'
import { type DataFormatOption } from '../data-format.ts'
import { onBatches, oneOf } from './layout.ts'
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

/** Reads `[batch, height, width, channels]` where the maps `[batch or 1, 8]` send each pixel. */
function throughMaps(images: Tensor, maps: Tensor, options: ReadingOptions & { readonly order: 0 | 1 }): Tensor {
  const [, height, width] = batchSizes('affineTransform', images)
  const dtype = isFloat(maps.dtype) ? maps.dtype : 'f32'
  const rows: Dim = maps.dims[0] ?? 1
  const matrices = reshape(concat([cast(maps, dtype), ones([rows, 1], { dtype })], 1), [rows, 3, 3])
  const pixels = [iota([height, width], 1, dtype), iota([height, width], 0, dtype), ones([height, width], { dtype })]
  // A product, so that what the maps are computed from is computed once for each image and not for each pixel.
  const places = contract(matrices, reshape(stack(pixels), [3, height * width]), { contract: [[2, 0]] })
  const part = (i: number): Tensor => reshape(slice(places, [0, i, 0], [rows, 1, height * width]), [rows, height, width])
  return readImages(images, part(1).divide(part(2)), part(0).divide(part(2)), options)
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
  const there = fromUnitSquare(starts)
  const back = adjugate(fromUnitSquare(ends))
  const product = (i: 0 | 1 | 2, j: 0 | 1 | 2): Tensor =>
    there[i][0].multiply(back[0][j]).add(there[i][1].multiply(back[1][j])).add(there[i][2].multiply(back[2][j]))
  const scale = product(2, 2)
  const indices = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [2, 0], [2, 1]] as const // biome-ignore format: in one line
  return stack(
    indices.map(([i, j]) => product(i, j).divide(scale)),
    1,
  )
}

type Row = readonly [Tensor, Tensor, Tensor]

/** Nine numbers for each image, `[batch]` each: kept apart, so that none is computed to be left out again. */
type Matrix = readonly [Row, Row, Row]

/** The projective map from the unit square's corners (0, 0), (1, 0), (0, 1), (1, 1) to four points (Heckbert 1989, §2.2.3). */
function fromUnitSquare(points: Tensor): Matrix {
  const rows: Dim = points.dims[0] ?? 1
  const at = (i: number, axis: number): Tensor => squeeze(slice(points, [0, i, axis], [rows, 1, 1]), [1, 2])
  const [x0, x1, x3, x2] = [at(0, 0), at(1, 0), at(2, 0), at(3, 0)]
  const [y0, y1, y3, y2] = [at(0, 1), at(1, 1), at(2, 1), at(3, 1)]
  const [dx1, dx2, sx] = [x1.subtract(x2), x3.subtract(x2), x0.subtract(x1).add(x2).subtract(x3)]
  const [dy1, dy2, sy] = [y1.subtract(y2), y3.subtract(y2), y0.subtract(y1).add(y2).subtract(y3)]
  const area = dx1.multiply(dy2).subtract(dx2.multiply(dy1))
  const g = sx.multiply(dy2).subtract(dx2.multiply(sy)).divide(area)
  const h = dx1.multiply(sy).subtract(sx.multiply(dy1)).divide(area)
  return [
    [x1.subtract(x0).add(g.multiply(x1)), x3.subtract(x0).add(h.multiply(x3)), x0],
    [y1.subtract(y0).add(g.multiply(y1)), y3.subtract(y0).add(h.multiply(y3)), y0],
    [g, h, ones([rows], { dtype: points.dtype })],
  ]
}

/** The transposed cofactors: the inverse but for a factor, which a projective map does not mind. */
function adjugate([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix {
  const cross = (p: Tensor, q: Tensor, r: Tensor, s: Tensor): Tensor => p.multiply(s).subtract(q.multiply(r))
  return [
    [cross(e, f, h, i), cross(c, b, i, h), cross(b, c, e, f)],
    [cross(f, d, i, g), cross(a, c, g, i), cross(c, a, f, d)],
    [cross(d, e, g, h), cross(b, a, h, g), cross(a, b, d, e)],
  ]
}
