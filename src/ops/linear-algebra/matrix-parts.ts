// Matrices on the last two axes of a tensor: their checks, their parts, and the loop over their columns. What the factorisations are written with.

import {
  type Dim,
  type Dims,
  broadcastTo,
  cast,
  type DType,
  dynamicSlice,
  dynamicUpdateSlice,
  equal,
  expandDims,
  eye,
  iota,
  isFloat,
  pad,
  scan,
  ShapeError,
  showDims,
  slice,
  staticDim,
  sum,
  takeAlongAxis,
  Tensor,
  transpose,
  type Tree,
  where,
} from '../../core/index.ts'

/** Columns, or rows, that are worked on one by one before the rest of a matrix is brought up to date in one product. */
export const panelSize = 32

/** x in a dtype that factorisations are computed in: f64 stays, all else is f32. */
export const asWide = (x: Tensor): Tensor => (x.dtype === 'f64' ? x : cast(x, 'f32'))

/** `wide` in the dtype of `like` where that is a float: half precision comes back as half precision. */
export const inDTypeOf = (wide: Tensor, like: Tensor): Tensor => (isFloat(like.dtype) ? cast(wide, like.dtype) : wide)

/** The distance from 1 to the next number of a dtype that {@link asWide} gives. */
export const epsilonOf = (dtype: DType): number => (dtype === 'f64' ? 2 ** -52 : 2 ** -23)

/** Rows and columns of the matrices `[…, rows, columns]`; a ShapeError where x has none. */
export function sizesOf(operation: string, x: Tensor): readonly [rows: number, columns: number] {
  if (x.rank < 2) {
    throw new ShapeError(`${operation}: expected a matrix […, rows, columns], got ${showDims(x.dims)}. Give it two axes.`)
  }
  return [staticDim(x.dims.at(-2) ?? 0, operation), staticDim(x.dims.at(-1) ?? 0, operation)]
}

/** The size of the square matrices `[…, n, n]`; a ShapeError where they are not. */
export function orderOf(operation: string, x: Tensor): number {
  const [rows, columns] = sizesOf(operation, x)
  if (rows !== columns) {
    throw new ShapeError(`${operation}: expected a square matrix […, n, n], got ${showDims(x.dims)}. Pass as many rows as columns.`)
  }
  return rows
}

/** The leading axes of matrices. */
export const batchOf = (x: Tensor): Dims => x.dims.slice(0, -2)

/** The identity repeated over leading axes. */
export function identities(batch: Dims, n: number, dtype: DType): Tensor {
  return broadcastTo(eye(n, n, { dtype }), [...batch, n, n])
}

const startsAt = (x: Tensor, axis: number, start: Tensor): (Tensor | number)[] => x.dims.map((_, i) => (i === x.rank + axis ? start : 0))
const sizesWith = (x: Tensor, axis: number, count: Dim): Dims => x.dims.map((d, i) => (i === x.rank + axis ? count : d))

/** Column j, `[…, rows, 1]`. */
export const columnAt = (x: Tensor, j: Tensor): Tensor => dynamicSlice(x, startsAt(x, -1, j), sizesWith(x, -1, 1))

/** Row i, `[…, 1, columns]`. */
export const rowAt = (x: Tensor, i: Tensor): Tensor => dynamicSlice(x, startsAt(x, -2, i), sizesWith(x, -2, 1))

/** `count` columns from column j on, `[…, rows, count]`. */
export const columnsAt = (x: Tensor, j: Tensor, count: number): Tensor => dynamicSlice(x, startsAt(x, -1, j), sizesWith(x, -1, count))

/** `count` rows from row i on, `[…, count, columns]`. */
export const rowsAt = (x: Tensor, i: Tensor, count: number): Tensor => dynamicSlice(x, startsAt(x, -2, i), sizesWith(x, -2, count))

/** x with its rows from row i on replaced by `[…, count, columns]`. */
export const withRows = (x: Tensor, i: Tensor, rows: Tensor): Tensor => dynamicUpdateSlice(x, rows, startsAt(x, -2, i))

/** x with its columns from column j on replaced by `[…, rows, count]`. */
export const withColumns = (x: Tensor, j: Tensor, columns: Tensor): Tensor => dynamicUpdateSlice(x, columns, startsAt(x, -1, j))

/** The numbers of the rows, `[n, 1]`. */
export const rowNumbers = (n: number): Tensor => iota([n, 1], 0)

/** The numbers of the columns, `[1, n]`. */
export const columnNumbers = (n: number): Tensor => iota([1, n], 1)

/** The rows `[…, count, columns]` from `start`. */
export const rowsFrom = (x: Tensor, start: number, count: number): Tensor => block(x, -2, start, count)

/** The columns `[…, rows, count]` from `start`. */
export const columnsFrom = (x: Tensor, start: number, count: number): Tensor => block(x, -1, start, count)

/** `count` places from `start` along the last axis (-1) or the one before (-2). */
export function block(x: Tensor, axis: -1 | -2, start: number, count: number): Tensor {
  const at = x.rank + axis
  return slice(
    x,
    x.dims.map((_, i) => (i === at ? start : 0)),
    sizesWith(x, axis, count),
  )
}

/** x with zeros behind its last row (-2), or column (-1), up to a multiple of `width`. */
export function inPanels(x: Tensor, axes: readonly (-1 | -2)[], width: number): Tensor {
  const wanted = axes.map((axis) => x.rank + axis)
  return pad(
    x,
    x.dims.map((d, i) => [0, wanted.includes(i) ? (width - (Number(d) % width)) % width : 0] as const),
  )
}

/** A square matrix with the identity behind its last row and column, up to a multiple of `width`. */
export function withIdentity(x: Tensor, width: number): Tensor {
  const n = Number(x.dims.at(-1))
  if (n % width === 0) return x
  const whole = inPanels(x, [-1, -2], width)
  const row = rowNumbers(Number(whole.dims.at(-1)))
  return where(row.equal(transpose(row)).logicalAnd(row.greaterEqual(n)), 1, whole)
}

/** The main diagonals, `[…, min(rows, columns)]`. */
export function diagonalOf(operation: string, x: Tensor): Tensor {
  const [rows, columns] = sizesOf(operation, x)
  const n = Math.min(rows, columns)
  const square = rowsFrom(columnsFrom(x, 0, n), 0, n)
  return sum(where(equal(rowNumbers(n), columnNumbers(n)), square, 0), [-1])
}

/** Matrices `[…, n, n]` with `[…, n]` on the diagonal. */
export function diagonalMatrix(values: Tensor, n: number): Tensor {
  return where(equal(rowNumbers(n), columnNumbers(n)), expandDims(values, -1), 0)
}

/** The columns of x in the order `[…, columns]`. */
export function columnsInOrder(x: Tensor, order: Tensor): Tensor {
  return takeAlongAxis(x, broadcastTo(expandDims(order, -2), [...x.dims.slice(0, -1), order.dims.at(-1) ?? 1]), -1)
}

/** The rows of x in the order `[…, rows]`. */
export function rowsInOrder(x: Tensor, order: Tensor): Tensor {
  return takeAlongAxis(x, broadcastTo(expandDims(order, -1), x.dims), -2)
}

/** `step(i, state)` for i = 0 … count − 1 (from the last, `reverse`), as one loop of the program; i is an i32 scalar. */
export function countedLoop<S extends Tree>(
  count: number,
  initial: S,
  step: (i: Tensor, state: S) => S,
  { reverse = false }: { readonly reverse?: boolean } = {},
): S {
  const [last] = scan<S, Tree>((state, i) => [i instanceof Tensor ? step(i, state) : state, []], initial, iota([count]), { reverse })
  return last
}
