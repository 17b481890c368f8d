// Right singular vectors of small matrices by one-sided Jacobi rotations (Hestenes 1958; accurate also for small singular values: Demmel and
// Veselić 1992).

import { abs, expandDims, matmul, max, maximum, sqrt, square, sum, type Tensor, transpose, where } from '../../core/index.ts'
import { evened, movedOn, rotated, rotationsOf, sweeps } from './jacobi.ts'
import { batchOf, columnNumbers, columnsFrom, diagonalOf, epsilonOf, identities, rowNumbers, rowsFrom, sizesOf } from './matrix-parts.ts'

/** v `[…, columns, columns]` and the product x v `[…, rows, columns]`, whose columns are orthogonal; rows ≥ columns. */
export type RightVectors = { readonly product: Tensor; readonly v: Tensor }

/** Rotates the columns of x in pairs until all are orthogonal. */
export function jacobiRightVectors(x: Tensor): RightVectors {
  const [, columns] = sizesOf('svd', x)
  const n = columns + (columns % 2)
  const epsilon = epsilonOf(x.dtype)
  const scale = sum(square(x), [-1, -2], { keepDims: true })
  // Products below this are rounding of columns that are zero.
  const negligible = where(scale.equal(0), 1, scale).multiply(epsilon * epsilon)
  const { product, v } = sweeps(
    n,
    { product: evened(x, [-1], columns), v: identities(batchOf(x), n, x.dtype) },
    {
      tolerance: 4 * epsilon,
      // The largest cosine between two columns.
      rest: ({ product: now }) => {
        const products = matmul(transpose(now), now)
        const lengths = sqrt(diagonalOf('svd', products))
        const both = expandDims(lengths, -1).multiply(expandDims(lengths, -2))
        const apart = where(rowNumbers(n).equal(columnNumbers(n)), 0, abs(products))
        return max(apart.divide(maximum(both, negligible)))
      },
      round: ({ product: now, v: vectors }) => {
        const first = columnsFrom(now, 0, n / 2)
        const second = columnsFrom(now, n / 2, n / 2)
        const rotations = rotationsOf(sum(square(first), [-2]), sum(square(second), [-2]), sum(first.multiply(second), [-2]))
        const next = (values: Tensor): Tensor => movedOn(rotated(values, -1, rotations, n), -1, n)
        return { product: next(now), v: next(vectors) }
      },
    },
  )
  return { product: columnsFrom(product, 0, columns), v: rowsFrom(columnsFrom(v, 0, columns), 0, columns) }
}
