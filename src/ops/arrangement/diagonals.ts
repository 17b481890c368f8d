// Diagonals read and written.

import {
  broadcastTo,
  ConfigError,
  compare,
  iota,
  normalizeAxis,
  pad,
  reshape,
  ShapeError,
  showDims,
  slice,
  staticDim,
  type Tensor,
  where,
} from '../../core/index.ts'
import { moveaxis } from './axes.ts'

export interface DiagonalPlace {
  /** Which diagonal: above the main one where it is positive. Default 0. */
  readonly offset?: number
  /** Rows and columns of the matrices. Default 0 and 1. */
  readonly axis1?: number
  readonly axis2?: number
}

function whole(where: string, offset: number): void {
  if (!Number.isInteger(offset)) throw new ConfigError(`${where}: expected a whole number for the diagonal, got ${offset}. Use 0 for the main one.`)
}

/** A diagonal of the matrices in two axes, along a new last axis. */
export function diagonal(x: Tensor, { offset = 0, axis1 = 0, axis2 = 1 }: DiagonalPlace = {}): Tensor {
  whole('diagonal', offset)
  const [a, b] = [normalizeAxis('diagonal', axis1, x.dims), normalizeAxis('diagonal', axis2, x.dims)]
  if (a === b) throw new ConfigError(`diagonal: expected two different axes, got ${axis1} and ${axis2}. Name rows and columns.`)
  const matrices = moveaxis(x, [a, b], [x.rank - 2, x.rank - 1])
  const leading = matrices.dims.slice(0, -2)
  const rows = staticDim(matrices.dims.at(-2) ?? 0, 'diagonal')
  const columns = staticDim(matrices.dims.at(-1) ?? 0, 'diagonal')
  const [firstRow, firstColumn] = [Math.max(-offset, 0), Math.max(offset, 0)]
  const count = Math.max(Math.min(rows - firstRow, columns - firstColumn), 0)
  // In row-major order a diagonal is every (columns + 1)-th element.
  const flat = reshape(matrices, [...leading, rows * columns])
  const starts = [...leading.map(() => 0), count === 0 ? 0 : firstRow * columns + firstColumn]
  return slice(flat, starts, [...leading, count], [...leading.map(() => 1), columns + 1])
}

/** A vector `[n]` on a diagonal of a matrix `[n + |k|, n + |k|]` of zeros; of a matrix, its diagonal. */
export function diag(x: Tensor, k = 0): Tensor {
  whole('diag', k)
  if (x.rank === 2) return diagonal(x, { offset: k })
  if (x.rank !== 1) throw new ShapeError(`diag: expected a vector or a matrix, got ${showDims(x.dims)}. Use diagonal, or reshape it.`)
  const size = staticDim(x.dims[0] ?? 0, 'diag') + Math.abs(k)
  const padded = pad(x, [[0, Math.abs(k)]])
  const spread = broadcastTo(reshape(padded, k >= 0 ? [size, 1] : [1, size]), [size, size])
  return where(compare('equal', iota([size, size], 1), iota([size, size], 0).add(k)), spread, 0)
}

/** The flattened elements on a diagonal of a matrix of zeros. */
export const diagflat = (x: Tensor, k = 0): Tensor => diag(reshape(x, [-1]), k)
