// Householder reflections I − τ v vᵀ, and products of a panel of them as matrix products (Schreiber and Van Loan 1989).

import { flattenTree, matmul, permute, rebuildTree, scan, sqrt, square, sum, type Tensor, transpose, type Tree, where } from '../../core/index.ts'
import { columnNumbers, rowAt, rowNumbers } from './matrix-parts.ts'

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

/** Panels of reflections, H₁ … H_k = I − V T Vᵀ: v `[panels, …, n, k]`, the upper triangular t `[panels, …, k, k]`. */
export type Panels = { readonly v: Tensor; readonly t: Tensor }

/** T with the reflection k that follows those of V, from `product` = Vᵀ v `[…, width, 1]`. */
export function withReflection(t: Tensor, k: Tensor, product: Tensor, tau: Tensor): Tensor {
  const isOwn = rowNumbers(Number(t.dims.at(-1))).equal(k)
  return withColumn(t, k, where(isOwn, tau, matmul(t, product).multiply(tau).negate()))
}

/** The product of all reflections, the first leftmost, times x `[…, n, columns]`. */
export function reflectedBack({ v, t }: Panels, x: Tensor): Tensor {
  const [product] = scan<Tensor, Tree>(
    (now, panel) => {
      const { v: left, t: middle } = rebuildTree({ v, t }, flattenTree(panel).leaves)
      return [now.subtract(matmul(left, matmul(middle, matmul(transpose(left), now)))), []]
    },
    x,
    { v, t },
    { reverse: true },
  )
  return product
}

/** The rows `[…, 1, width]` of a panel at row i, as a column `[…, width, 1]`. */
export const rowAsColumn = (x: Tensor, i: Tensor): Tensor => transpose(rowAt(x, i))

/** Numbers of panels `[panels, …, 1, width]` one behind the other, `[…, panels · width]`. */
export function inOneRow(x: Tensor): Tensor {
  const last = x.rank - 1
  const batch = x.dims.slice(1, last - 1)
  const order = [...batch.map((_, i) => i + 1), last - 1, 0, last]
  return permute(x, order).reshape([...batch, Number(x.dims[0]) * Number(x.dims.at(-1))])
}
