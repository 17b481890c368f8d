// Householder reflections I − τ v vᵀ, and products of a panel of them as matrix products (Schreiber and Van Loan 1989).

import { broadcastTo, eye, matmul, pad, scan, sqrt, square, sum, Tensor, transpose, triu, type Tree, where } from '../../core/index.ts'
import { columnNumbers, rowAt, rowNumbers } from './matrix-parts.ts'
import { substitute } from './triangular.ts'

/** Columns that are reduced before the rest of the matrix is brought up to date in one product. */
export const panelSize = 32

/** A reflection: v `[…, n, 1]`, zeros above its head, and τ `[…, 1, 1]`; `beta` `[…, 1, 1]` stands at the head afterwards. */
export interface Reflection {
  readonly v: Tensor
  readonly tau: Tensor
  readonly beta: Tensor
}

/** The reflection that makes the rows of a column `[…, n, 1]` below row `head` zero. */
export function reflectionOf(column: Tensor, head: Tensor): Reflection {
  const row = rowNumbers(Number(column.dims.at(-2)))
  const below = where(row.greater(head), column, 0)
  const first = sum(where(row.equal(head), column, 0), [-2], { keepDims: true })
  const squares = sum(square(below), [-2], { keepDims: true })
  const nothingBelow = squares.equal(0)
  const length = sqrt(where(nothingBelow, 1, squares.add(square(first))))
  const beta = where(first.less(0), length, length.negate())
  const v = where(row.equal(head), 1, below.divide(first.subtract(beta)))
  return {
    v: where(nothingBelow, 0, v),
    tau: where(nothingBelow, 0, beta.subtract(first).divide(beta)),
    beta: where(nothingBelow, first, beta),
  }
}

/** `target` `[…, n, width]` with column k (a scalar i32) replaced by `[…, n, 1]`. */
export function withColumn(target: Tensor, k: Tensor, column: Tensor): Tensor {
  return where(columnNumbers(Number(target.dims.at(-1))).equal(k), column, target)
}

/** x `[…, n, columns]` with zeros behind its rows, or columns, up to a multiple of the panel's size. */
export function inPanels(x: Tensor, axes: readonly (-1 | -2)[]): Tensor {
  const wanted = axes.map((axis) => x.rank + axis)
  return pad(
    x,
    x.dims.map((d, i) => [0, wanted.includes(i) ? (panelSize - (Number(d) % panelSize)) % panelSize : 0] as const),
  )
}

/** Panels of reflections: v `[panels, …, n, width]`, τ `[panels, …, 1, width]`. */
export type Panels = { readonly v: Tensor; readonly tau: Tensor }

/** The product of all reflections, the first leftmost, times x `[…, n, columns]`. */
export function reflectedBack({ v, tau }: Panels, x: Tensor): Tensor {
  const width = Number(v.dims.at(-1))
  const onDiagonal = rowNumbers(width).equal(columnNumbers(width))
  // H₁ … H_k = I − V S⁻¹ Vᵀ with S = the strict upper triangle of VᵀV and 1/τ on the diagonal.
  const inner = where(onDiagonal, where(tau.equal(0), 1, tau).reciprocal(), triu(matmul(transpose(v), v), 1))
  const identity: Tensor = broadcastTo(eye(width, width, { dtype: x.dtype }), inner.dims)
  const inverse = substitute(inner, identity, { lower: false })
  const [product] = scan<Tensor, Tree>(
    (now, panel) => {
      const [left, middle] = Array.isArray(panel) ? panel : []
      if (!(left instanceof Tensor && middle instanceof Tensor)) return [now, []]
      return [now.subtract(matmul(left, matmul(middle, matmul(transpose(left), now)))), []]
    },
    x,
    [v, inverse],
    { reverse: true },
  )
  return product
}

/** The rows `[…, 1, width]` of a panel at row i, as a column `[…, width, 1]`. */
export const rowAsColumn = (x: Tensor, i: Tensor): Tensor => transpose(rowAt(x, i))
