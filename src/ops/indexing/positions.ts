// Positions along an axis and reading by them: what sorting, quantiles and scatters are made of.

import {
  binary,
  compare,
  type Dim,
  type Dims,
  gather,
  iota,
  normalizeAxis,
  reshape,
  type Shape,
  staticDim,
  type Tensor,
  where,
} from '../../core/index.ts'

/** 0, 1, … (i32) along one axis of a tensor of `rank` axes, the others of size 1. */
export function along(rank: number, axis: number, size: Dim): Tensor {
  return iota(
    Array.from({ length: rank }, (_, i) => (i === axis ? size : 1)),
    axis,
  )
}

/** Indices (i32) counted from the end where they are negative. */
export function wrapped(indices: Tensor, size: Dim, where_: string): Tensor {
  const whole = indices.cast('i32')
  return where(compare('less', whole, 0), binary('add', whole, staticDim(size, where_)), whole)
}

/** All elements in one axis. */
export const flattened = (x: Tensor): Tensor => (x.rank === 1 ? x : reshape<Shape, Dims>(x, [-1]))

/** x with its reduced axes merged into the last: `[...kept, count]`. */
export function mergeLast(x: Tensor, axes: readonly number[]): Tensor {
  const kept = x.dims.flatMap((_, i) => (axes.includes(i) ? [] : [i]))
  const moved = x.permute<Shape, Shape>([...kept, ...axes])
  if (axes.length === 1) return moved
  return reshape<Shape, Dims>(moved, [...moved.dims.slice(0, kept.length), countOf(x, axes)])
}

/** Number of elements on some axes. */
export function countOf(x: Tensor, axes: readonly number[], where_ = 'ops'): number {
  return axes.reduce((product, axis) => product * staticDim(x.dims[axis] ?? 1, where_), 1)
}

/** The elements of one index along an axis, which stays with size 1. */
export function sliceAt(x: Tensor, axis: number, start: number, size: Dim): Tensor {
  const at = normalizeAxis('slice', axis, x.dims)
  return x.slice<Shape, Shape, Dims>(
    x.dims.map((_, i) => (i === at ? start : 0)),
    x.dims.map((d, i) => (i === at ? size : d)),
  )
}

/** Rows of x by index along an axis; negative indices count from the end. */
export function rowsAt(x: Tensor, indices: Tensor, axis: number, where_: string): Tensor {
  const at = normalizeAxis(where_, axis, x.dims)
  return gather(x, wrapped(indices, x.dims[at] ?? 0, where_), at)
}
