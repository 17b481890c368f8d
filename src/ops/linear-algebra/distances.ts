// Distances between the rows of two matrices.

import { expandDims, ShapeError, showDims, sqrt, square, sum, type Tensor, where } from '../../core/index.ts'

/**
 * The Euclidean distances of the rows of x `[…, p, size]` to the rows of y `[…, q, size]`: `[…, p, q]`. Leading axes broadcast. Between equal rows
 * the gradient is 0.
 *
 * @throws ShapeError where x or y has less than two axes, or their last sizes differ
 */
export function cdist(x: Tensor, y: Tensor): Tensor {
  if (x.rank < 2 || y.rank < 2 || x.dims.at(-1) !== y.dims.at(-1)) {
    throw new ShapeError(
      `cdist: expected rows of one size, […, p, size] and […, q, size], got ${showDims(x.dims)} and ${showDims(y.dims)}. Reshape one of them.`,
    )
  }
  // Differences, not products: |x|² − 2 x·y + |y|² cancels between near rows.
  const squares = sum(square(expandDims(x, -2).subtract(expandDims(y, -3))), [-1])
  const zero = squares.equal(0)
  return where(zero, 0, sqrt(where(zero, 1, squares)))
}
