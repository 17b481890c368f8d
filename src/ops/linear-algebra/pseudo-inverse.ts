// What follows from singular values: the pseudo-inverse, least squares and the rank.

import {
  cast,
  ConfigError,
  customGradient,
  expandDims,
  matmul,
  negate,
  ShapeError,
  showDims,
  squeeze,
  sum,
  type Tensor,
  transpose,
  where,
} from '../../core/index.ts'
import { asWide, epsilonOf, inDTypeOf, sizesOf } from './matrix-parts.ts'
import { singularValues, svd } from './svd.ts'

export interface RcondOption {
  /** Singular values up to this part of the largest count as zero. Default max(rows, columns) times the dtype's epsilon. */
  readonly rcond?: number
}

/**
 * The Moore–Penrose inverse `[…, columns, rows]` of x `[…, rows, columns]`. The gradient (Golub and Pereyra 1973) is that at constant rank.
 *
 * @throws ShapeError where x has no matrices; ConfigError for a negative rcond
 */
export function pinv(x: Tensor, { rcond }: RcondOption = {}): Tensor {
  const [rows, columns] = sizesOf('pinv', x)
  checkNotNegative('pinv', 'rcond', rcond)
  const wide = asWide(x)
  return inDTypeOf(pseudoInverse(rcond ?? Math.max(rows, columns) * epsilonOf(wide.dtype))(wide), x)
}

/**
 * The x of least norm among those that bring a x nearest to b: a `[…, rows, columns]`, b `[…, rows, k]`, or `[…, rows]` where it has one axis less
 * than a; x `[…, columns, k]` or `[…, columns]`.
 *
 * @throws ShapeError where the rows differ; ConfigError for a negative rcond
 */
export function lstsq(a: Tensor, b: Tensor, options: RcondOption = {}): Tensor {
  const [rows] = sizesOf('lstsq', a)
  const single = b.rank === a.rank - 1
  const columns: Tensor = single ? expandDims(b, -1) : b
  if (columns.dims.at(-2) !== rows) {
    throw new ShapeError(`lstsq: expected b of ${rows} rows for a of ${showDims(a.dims)}, got ${showDims(b.dims)}. Transpose one of them.`)
  }
  const solution = inDTypeOf(matmul(pinv(asWide(a), options), asWide(columns)), b)
  return single ? squeeze(solution, [-1]) : solution
}

/**
 * The number of singular values of x `[…, rows, columns]` above `tol`, i32 `[…]`; without it, above max(rows, columns) · epsilon times the largest.
 *
 * @throws ShapeError where x has no matrices; ConfigError for a negative tol
 */
export function matrixRank(x: Tensor, { tol }: { readonly tol?: number } = {}): Tensor {
  const [rows, columns] = sizesOf('matrixRank', x)
  checkNotNegative('matrixRank', 'tol', tol)
  const wide = asWide(x).stopGradient()
  const s = singularValues(wide)
  const least = tol ?? largestOf(s).multiply(Math.max(rows, columns) * epsilonOf(wide.dtype))
  return sum(cast(s.greater(least), 'i32'), [-1])
}

function checkNotNegative(operation: string, option: string, value: number | undefined): void {
  if (value !== undefined && !(value >= 0))
    throw new ConfigError(`${operation}: expected ${option} of at least 0, got ${value}. Leave it out for the default.`)
}

/** The first of `[…, k]`, in descending order, with its axis. */
const largestOf = (s: Tensor): Tensor => s.max([-1], { keepDims: true })

const pseudoInverse = (rcond: number) =>
  customGradient(
    (x: Tensor): Tensor => {
      const [u, s, vh] = svd(x, { fullMatrices: false })
      const kept = s.greater(largestOf(s).multiply(rcond))
      const inverse = where(kept, where(kept, s, 1).reciprocal(), 0)
      return matmul(transpose(vh), transpose(u.multiply(expandDims(inverse, -2))))
    },
    (cotangent, p, x) => {
      const [pt, gt] = [transpose(p), transpose(cotangent)]
      const within = negate(matmul(matmul(pt, cotangent), pt))
      // (I − x p) gᵀ p pᵀ and pᵀ p gᵀ (I − p x), products from the narrow side.
      const leftHalf = gt.subtract(matmul(x, matmul(p, gt)))
      const rightHalf = gt.subtract(matmul(matmul(gt, p), x))
      return [within.add(matmul(matmul(leftHalf, p), pt)).add(matmul(pt, matmul(p, rightHalf)))]
    },
  )
