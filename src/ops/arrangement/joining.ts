// Tensors joined along axes, and split again.

import { concat, type Dim, expandDims, normalizeAxis, reshape, ShapeError, showDims, staticDim, type Tensor } from '../../core/index.ts'
import { part, ravel } from './axes.ts'

/** x2 after x1 along an axis; without one, both flattened. */
export function append(x1: Tensor, x2: Tensor, axis?: number): Tensor {
  return axis === undefined ? concat([ravel(x1), ravel(x2)], 0) : concat([x1, x2], axis)
}

/** x with leading axes of size 1 up to a rank. */
const atLeast = (x: Tensor, rank: number): Tensor => (x.rank >= rank ? x : reshape(x, [...new Array<Dim>(rank - x.rank).fill(1), ...x.dims]))

/** Vectors one after another, others along axis 1. */
export function hstack(xs: readonly Tensor[]): Tensor {
  const parts = xs.map((x) => atLeast(x, 1))
  return concat(parts, parts.every((x) => x.rank === 1) ? 0 : 1)
}

/** Tensors along axis 0, vectors as rows. */
export const vstack = (xs: readonly Tensor[]): Tensor =>
  concat(
    xs.map((x) => atLeast(x, 2)),
    0,
  )

/** Tensors along axis 2; a vector is `[1, n, 1]`, a matrix `[m, n, 1]`. */
export const dstack = (xs: readonly Tensor[]): Tensor =>
  concat(
    xs.map((x) => (x.rank < 3 ? expandDims(atLeast(x, 2), -1) : x)),
    2,
  )

/** Vectors as columns, matrices beside them. */
export const columnStack = (xs: readonly Tensor[]): Tensor =>
  concat(
    xs.map((x) => (x.rank < 2 ? expandDims(atLeast(x, 1), 1) : x)),
    1,
  )

/** A number of parts, or the positions where parts begin (after the first). */
export type SplitPlaces = number | readonly number[]

function splitAt(where: string, x: Tensor, places: SplitPlaces, axis: number, equal: boolean): Tensor[] {
  const at = normalizeAxis(where, axis, x.dims)
  const size = staticDim(x.dims[at] ?? 0, where)
  if (typeof places === 'number' && (!Number.isInteger(places) || places < 1 || (equal && size % places !== 0))) {
    throw new ShapeError(
      `${where}: expected a number of parts that divides axis ${at} of ${showDims(x.dims)}, got ${places}. Give the positions, or use arraySplit.`,
    )
  }
  const starts = typeof places === 'number' ? startsOf(size, places) : [0, ...places.map((p) => Math.min(Math.max(p < 0 ? p + size : p, 0), size))]
  return starts.map((start, i) => part(x, at, start, Math.max((starts[i + 1] ?? size) - start, 0)))
}

/** Starts of parts whose sizes differ by one at most, the larger first. */
function startsOf(size: number, parts: number): number[] {
  const [base, larger] = [Math.floor(size / parts), size % parts]
  return Array.from({ length: parts }, (_, i) => i * base + Math.min(i, larger))
}

/** Parts along an axis: equal ones, or those that begin at the given positions. */
export const split = (x: Tensor, indicesOrSections: SplitPlaces, axis = 0): Tensor[] => splitAt('split', x, indicesOrSections, axis, true)
/** {@link split}, the first parts one longer where the number does not divide the axis. */
export const arraySplit = (x: Tensor, indicesOrSections: SplitPlaces, axis = 0): Tensor[] => splitAt('arraySplit', x, indicesOrSections, axis, false)
/** Parts along axis 1; of a vector along its axis. */
export const hsplit = (x: Tensor, indicesOrSections: SplitPlaces): Tensor[] => splitAt('hsplit', x, indicesOrSections, x.rank === 1 ? 0 : 1, true)
/** Parts along axis 0. */
export const vsplit = (x: Tensor, indicesOrSections: SplitPlaces): Tensor[] => splitAt('vsplit', x, indicesOrSections, 0, true)
/** Parts along axis 2. */
export const dsplit = (x: Tensor, indicesOrSections: SplitPlaces): Tensor[] => splitAt('dsplit', x, indicesOrSections, 2, true)
