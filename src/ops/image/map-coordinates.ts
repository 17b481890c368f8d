// Reading arrays between their elements: nearest or multilinear interpolation at any coordinates, with Keras's five ways to go beyond an edge.

import {
  abs,
  cast,
  clip,
  compare,
  type Dim,
  type Dims,
  floor,
  gather,
  iota,
  isFloat,
  logicalAnd,
  multiplyDims,
  remainder,
  reshape,
  round,
  ShapeError,
  slice,
  staticDim,
  type Tensor,
  where,
} from '../../core/index.ts'
import { ConfigError } from '../../core/index.ts'
import { oneOf } from './layout.ts'
import { backTo } from './resize.ts'

/**
 * What is read beyond an edge of `a b c d`: 'constant' `k k | a b c d | k k`, 'nearest' `a a | a b c d | d d`, 'wrap' `c d | a b c d | a b`, 'mirror'
 * `c b | a b c d | c b`, 'reflect' `b a | a b c d | d c`.
 */
export type FillMode = 'constant' | 'nearest' | 'wrap' | 'mirror' | 'reflect'

export const fillModes = ['constant', 'nearest', 'wrap', 'mirror', 'reflect'] as const

/** How arrays are read between and beyond their elements. */
export interface ReadingOptions {
  /** Default 'constant'. */
  readonly fillMode?: FillMode
  /** What 'constant' reads. Default 0. */
  readonly fillValue?: number
}

/** |((i + s) mod 2s) − s| for s = size − 1: a triangular wave over whole numbers. */
function mirrored(index: Tensor, size: number): Tensor {
  const half = size - 1
  return half === 0 ? index.multiply(0) : abs(remainder(index.add(half), 2 * half).subtract(half))
}

/** An index brought into an axis of `size`. */
const insideAxis: { readonly [M in FillMode]: (index: Tensor, size: number) => Tensor } = {
  constant: (index, size) => clip(index, 0, size - 1),
  nearest: (index, size) => clip(index, 0, size - 1),
  wrap: (index, size) => remainder(index, size),
  mirror: mirrored,
  reflect: (index, size) =>
    cast(
      floor(
        mirrored(index.multiply(2).add(1), 2 * size + 1)
          .subtract(1)
          .multiply(0.5),
      ),
      'i32',
    ),
}

/** An element that has a part in what is read along one axis. */
interface Neighbour {
  readonly index: Tensor
  /** Whether it lies inside; left out where every index is brought inside. */
  readonly valid: Tensor | undefined
  /** Left out where it is 1. */
  readonly weight: Tensor | undefined
}

function neighbours(coordinate: Tensor, size: number, order: 0 | 1, mode: FillMode): Neighbour[] {
  const at = (index: Tensor, weight: Tensor | undefined): Neighbour => ({
    index: insideAxis[mode](index, size),
    valid: mode === 'constant' ? logicalAnd(compare('greaterEqual', index, 0), compare('less', index, size)) : undefined,
    weight,
  })
  if (!isFloat(coordinate.dtype)) return order === 0 ? [at(cast(coordinate, 'i32'), undefined)] : neighbours(cast(coordinate, 'f32'), size, 1, mode)
  if (order === 0) return [at(cast(round(coordinate), 'i32'), undefined)]
  const lower = floor(coordinate)
  const index = cast(lower, 'i32')
  const upperWeight = coordinate.subtract(lower)
  return [at(index, upperWeight.negate().add(1)), at(index.add(1), upperWeight)]
}

/** Rows `[count, ...rest]` read at grids of coordinates, one per axis of `sizes`; row `start + Σ index · stride` holds a grid's element. */
export interface GridReading extends ReadingOptions {
  readonly rows: Tensor
  readonly sizes: readonly number[]
  /** One per axis, of one shape or shapes that broadcast. */
  readonly coordinates: readonly Tensor[]
  /** Of the coordinates' shape (or broadcasting with it): where each element's grid starts in `rows`. */
  readonly start?: Tensor
  /** 0: the nearest element; 1: linear between neighbours. */
  readonly order: 0 | 1
}

/** The values at the coordinates, as floats (or as the rows are, for the nearest): `[...coordinates, ...rest]`. */
export function readGrid({ rows, sizes, coordinates, start, order, fillMode = 'constant', fillValue = 0 }: GridReading): Tensor {
  const strides = sizes.map((_, i) => sizes.slice(i + 1).reduce((a, b) => a * b, 1))
  const axes = coordinates.map((coordinate, i) => neighbours(coordinate, sizes[i] ?? 1, order, fillMode))
  const rest = rows.dims.slice(1)
  const spread = (x: Tensor): Tensor => reshape(x, [...x.dims, ...rest.map((): Dim => 1)])
  const corners = axes.reduce<readonly (readonly Neighbour[])[]>((all, axis) => all.flatMap((corner) => axis.map((n) => [...corner, n])), [[]])
  const parts = corners.map((corner) => {
    const position = combine([start, ...corner.map(({ index }, i) => ((strides[i] ?? 1) === 1 ? index : index.multiply(strides[i] ?? 1)))], (a, b) =>
      a.add(b),
    )
    const valid = combine(corner.map((n) => n.valid), (a, b) => logicalAnd(a, b)) // biome-ignore format: in one line with its like
    const weight = combine(corner.map((n) => n.weight), (a, b) => a.multiply(b)) // biome-ignore format: in one line with its like
    if (position === undefined) throw new ShapeError('readGrid: expected coordinates of at least one axis, got none. Give one per axis.')
    const read = gather(rows, position, 0)
    const filled = valid === undefined ? read : where(spread(valid), read, fillValue)
    return weight === undefined ? filled : filled.multiply(spread(weight))
  })
  const [first, ...others] = parts
  if (first === undefined) throw new ShapeError('readGrid: expected coordinates of at least one axis, got none. Give one per axis.')
  return others.reduce((a, b) => a.add(b), first)
}

function combine(tensors: readonly (Tensor | undefined)[], join: (a: Tensor, b: Tensor) => Tensor): Tensor | undefined {
  return tensors.reduce((a, b) => (a === undefined ? b : b === undefined ? a : join(a, b)), undefined)
}

/** Where each image of a batch starts in its rows `[batch · height · width, channels]`: `[batch, 1, 1]`. */
export const imageStarts = (batch: Dim, pixels: number): Tensor => iota([batch, 1, 1], 0).multiply(pixels)

/** A batch `[batch, height, width, channels]` read at `y` and `x`, each `[batch or 1, height′, width′]`: `[batch, height′, width′, channels]`. */
export function readImages(images: Tensor, y: Tensor, x: Tensor, options: ReadingOptions & { readonly order: 0 | 1 }): Tensor {
  const [batch, height, width, channels] = batchSizes('readImages', images)
  const rows = reshape(images, [multiplyDims(batch, height * width), channels])
  const read = readGrid({ ...options, rows, sizes: [height, width], coordinates: [y, x], start: imageStarts(batch, height * width) })
  return backTo(read, images.dtype)
}

/** Sizes of a batch; all but the first are known. */
export function batchSizes(name: string, images: Tensor): readonly [batch: Dim, height: number, width: number, channels: number] {
  const [batch, height, width, channels] = images.dims
  return [batch ?? 1, staticDim(height ?? 1, name), staticDim(width ?? 1, name), staticDim(channels ?? 1, name)]
}

export interface MapCoordinatesOptions extends ReadingOptions {}

/**
 * `inputs` (of n axes) read at `coordinates` `[n, ...places]` (or n tensors `[...places]`): `[...places]`.
 *
 * `order` is 0 (the nearest element, halves to even) or 1 (linear between the 2ⁿ neighbours; differentiable in both arguments). Whole numbers are
 * rounded to the nearest.
 */
export function mapCoordinates(inputs: Tensor, coordinates: Tensor | readonly Tensor[], order: 0 | 1, options: MapCoordinatesOptions = {}): Tensor {
  if (order !== 0 && order !== 1) throw new ConfigError(`mapCoordinates: expected order to be 0 or 1, got ${String(order)}. Choose one of them.`)
  const fillMode = oneOf('mapCoordinates', 'fillMode', options.fillMode ?? 'constant', fillModes)
  const parts = isTensorList(coordinates) ? coordinates : rowsOf(coordinates)
  if (parts.length !== inputs.rank || inputs.rank === 0) {
    throw new ShapeError(
      `mapCoordinates: expected one row of coordinates per axis of ${inputs.toString()}, got ${parts.length}. Give coordinates of shape [${inputs.rank}, …].`,
    )
  }
  const sizes = inputs.dims.map((d) => staticDim(d, 'mapCoordinates'))
  const read = readGrid({ ...options, fillMode, rows: reshape(inputs, [-1]), sizes, coordinates: parts, order })
  return backTo(read, inputs.dtype)
}

const isTensorList = (x: Tensor | readonly Tensor[]): x is readonly Tensor[] => Array.isArray(x)

/** The slices of the first axis. */
function rowsOf(x: Tensor): Tensor[] {
  if (x.rank < 2) throw new ShapeError(`mapCoordinates: expected coordinates of at least rank 2, got ${x.toString()}. Add an axis.`)
  const rest: Dims = x.dims.slice(1)
  return Array.from({ length: staticDim(x.dims[0] ?? 0, 'mapCoordinates') }, (_, i) => reshape(slice(x, [i], [1, ...rest]), rest))
}
