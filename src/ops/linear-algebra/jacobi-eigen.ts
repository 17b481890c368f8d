// Eigenvalues and eigenvectors of small symmetric matrices by Jacobi's method (Golub and Van Loan, §8.5).

import { abs, argsort, concat, expandDims, max, sort, sqrt, square, sum, type Tensor, transpose, tril, where } from '../../core/index.ts'
import { evened, movedOn, rotated, rotationsOf, sweeps } from './jacobi.ts'
import {
  batchOf,
  block,
  columnNumbers,
  columnsFrom,
  columnsInOrder,
  diagonalOf,
  epsilonOf,
  identities,
  orderOf,
  rowNumbers,
  rowsFrom,
} from './matrix-parts.ts'

export type Eigen = { readonly values: Tensor; readonly vectors: Tensor }

/** Eigenvalues in ascending order `[…, n]` and the eigenvectors as columns `[…, n, n]` of a symmetric matrix, whose lower triangle is read. */
export function jacobiEigen(x: Tensor): Eigen {
  const order = orderOf('eigh', x)
  const n = order + (order % 2)
  const half = n / 2
  const lower = tril(x)
  const whole = evened(lower.add(transpose(tril(x, -1))), [-1, -2], order)
  const onDiagonal = rowNumbers(n).equal(columnNumbers(n))
  const onPair = abs(rowNumbers(n).subtract(columnNumbers(n))).equal(half)
  const off = (matrix: Tensor): Tensor => {
    const all = square(matrix)
    const outside = sum(where(onDiagonal, 0, all), [-1, -2])
    const total = sum(all, [-1, -2])
    return max(sqrt(outside.divide(where(total.equal(0), 1, total))))
  }
  const { matrix, vectors } = sweeps(
    n,
    { matrix: whole, vectors: identities(batchOf(x), n, x.dtype) },
    {
      rest: (state) => off(state.matrix),
      tolerance: epsilonOf(x.dtype),
      round: (state) => {
        const diagonal = diagonalOf('eigh', state.matrix)
        const shared = diagonalOf('eigh', rowsFrom(columnsFrom(state.matrix, half, half), 0, half))
        const rotations = rotationsOf(block(diagonal, -1, 0, half), block(diagonal, -1, half, half), shared)
        const turned = rotated(rotated(state.matrix, -2, rotations, n), -1, rotations, n)
        // The pairs' own elements are known better than the rotation computes them: zero, and the diagonal by differences.
        const change = rotations.tangent.multiply(shared)
        const values = diagonal.add(concat([change.negate(), change], -1))
        const cleared = where(onDiagonal, expandDims(values, -1), where(onPair, 0, turned))
        return { matrix: movedOn(movedOn(cleared, -1, n), -2, n), vectors: movedOn(rotated(state.vectors, -1, rotations, n), -1, n) }
      },
    },
  )
  const values = diagonalOf('eigh', rowsFrom(columnsFrom(matrix, 0, order), 0, order))
  const vectorsOfX = rowsFrom(columnsFrom(vectors, 0, order), 0, order)
  return { values: sort(values), vectors: columnsInOrder(vectorsOfX, argsort(values)) }
}
