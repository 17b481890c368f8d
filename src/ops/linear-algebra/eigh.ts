// Eigenvalues and eigenvectors of symmetric matrices.

import { customGradient, expandDims, matmul, type Tensor, transpose, tril, where } from '../../core/index.ts'
import { leafSize, tridiagonalEigen } from './divide-and-conquer.ts'
import { type Eigen, jacobiEigen } from './jacobi-eigen.ts'
import { asWide, diagonalMatrix, inDTypeOf, inPanels, orderOf, panelSize, rowsFrom } from './matrix-parts.ts'
import { reflectedBack } from './reflectors.ts'
import { tridiagonalized } from './tridiagonal.ts'

/**
 * `[values, vectors]` of a symmetric matrix x `[…, n, n]`: eigenvalues in ascending order `[…, n]`, and the eigenvectors as columns `[…, n, n]`,
 * x = v diag(w) vᵀ. The lower triangle of x is read. The sign of a vector is not fixed. Gradients are right for what does not depend on
 * that sign, nor on the choice of vectors where eigenvalues are equal.
 *
 * @throws ShapeError where x is not square
 */
export function eigh(x: Tensor): [values: Tensor, vectors: Tensor] {
  orderOf('eigh', x)
  const { values, vectors } = decomposed(asWide(x))
  return [inDTypeOf(values, x), inDTypeOf(vectors, x)]
}

const decomposed = customGradient(
  (x: Tensor): Eigen => eigenOf(x),
  ({ values: ofValues, vectors: ofVectors }, { values, vectors }) => {
    const n = orderOf('eigh', vectors)
    const gaps = expandDims(values, -2).subtract(expandDims(values, -1))
    const equal = gaps.equal(0)
    const turned = where(equal, 0, matmul(transpose(vectors), ofVectors).divide(where(equal, 1, gaps)))
    return [matmul(matmul(vectors, turned.add(diagonalMatrix(ofValues, n))), transpose(vectors))]
  },
)

/** Small matrices by Jacobi's method; larger ones are made tridiagonal first. */
function eigenOf(x: Tensor): Eigen {
  const n = orderOf('eigh', x)
  if (n <= leafSize) return jacobiEigen(x)
  const whole = tril(x).add(transpose(tril(x, -1)))
  const { panels, ...tridiagonal } = tridiagonalized(whole, n)
  const { values, rows } = tridiagonalEigen(tridiagonal, n)
  return { values, vectors: rowsFrom(reflectedBack(panels, inPanels(transpose(rows), [-2], panelSize)), 0, n) }
}
