// The singular value decomposition by one-sided Jacobi rotations (Hestenes 1958; accurate also for small singular values: Demmel and Veselić 1992).

import {
  abs,
  argsort,
  concat,
  customGradient,
  expandDims,
  matmul,
  max,
  maximum,
  sqrt,
  square,
  sum,
  takeAlongAxis,
  type Tensor,
  transpose,
  where,
} from '../../core/index.ts'
import { evened, movedOn, rotated, rotationsOf, sweeps } from './jacobi.ts'
import {
  asWide,
  batchOf,
  columnNumbers,
  columnsFrom,
  columnsInOrder,
  diagonalMatrix,
  diagonalOf,
  epsilonOf,
  identities,
  inDTypeOf,
  rowNumbers,
  rowsFrom,
  sizesOf,
} from './matrix-parts.ts'
import { reflected } from './qr.ts'

export interface SvdOptions {
  /** u and vh are square; else they have as many columns, and rows, as there are singular values. Default true. */
  readonly fullMatrices?: boolean
  /** Default true. */
  readonly computeUv?: boolean
}

/**
 * `[u, s, vh]` of x `[…, rows, columns]` = u diag(s) vh: the columns of u and the rows of vh are orthonormal, the singular values `[…, min(rows,
 * columns)]` not negative and in descending order; only s, a tensor, where `computeUv` is false. The signs of a pair of vectors are not fixed;
 * gradients are right for what does not depend on them. The extra columns of u and rows of vh in `fullMatrices` have none.
 *
 * @throws ShapeError where x has no matrices
 */
export function svd(x: Tensor, options: SvdOptions & { readonly computeUv: false }): Tensor
export function svd(x: Tensor, options?: SvdOptions & { readonly computeUv?: true }): [u: Tensor, s: Tensor, vh: Tensor]
export function svd(x: Tensor, options?: SvdOptions): Tensor | [u: Tensor, s: Tensor, vh: Tensor]
export function svd(x: Tensor, { fullMatrices = true, computeUv = true }: SvdOptions = {}): Tensor | [u: Tensor, s: Tensor, vh: Tensor] {
  sizesOf('svd', x)
  const { u, s, vh } = decomposed(fullMatrices && computeUv)(asWide(x))
  if (!computeUv) return inDTypeOf(s, x)
  return [inDTypeOf(u, x), inDTypeOf(s, x), inDTypeOf(vh, x)]
}

/** The singular values of x `[…, rows, columns]`, largest first. */
export const singularValues = (x: Tensor): Tensor => svd(x, { computeUv: false })

type Singular = { readonly u: Tensor; readonly s: Tensor; readonly vh: Tensor }

const decomposed = (full: boolean) =>
  customGradient(
    (x: Tensor): Singular => jacobi(x, full),
    (cotangent, factors) => [gradientOf(cotangent, factors)],
  )

/** The cotangent of x (Townsend 2016), over the vectors that have a singular value. */
function gradientOf(cotangent: Singular, { u: allU, s, vh: allVh }: Singular): Tensor {
  const [rows] = sizesOf('svd', allU)
  const [, columns] = sizesOf('svd', allVh)
  const k = Math.min(rows, columns)
  const u = columnsFrom(allU, 0, k)
  const v = transpose(rowsFrom(allVh, 0, k))
  const ofU = columnsFrom(cotangent.u, 0, k)
  const ofV = transpose(rowsFrom(cotangent.vh, 0, k))
  const [row, column] = [expandDims(s, -2), expandDims(s, -1)]

  // s_j² − s_i², and nothing between vectors of equal singular values.
  const gaps = row.subtract(column).multiply(row.add(column))
  const equal = gaps.equal(0)
  const turns = (vectors: Tensor, of: Tensor): Tensor => {
    const products = matmul(transpose(vectors), of)
    return where(equal, 0, products.subtract(transpose(products)).divide(where(equal, 1, gaps)))
  }
  const inside = turns(u, ofU).multiply(row).add(turns(v, ofV).multiply(column)).add(diagonalMatrix(cotangent.s, k))
  const none = s.equal(0)
  const inverse = expandDims(where(none, 0, where(none, 1, s).reciprocal()), -2)
  const outside = (vectors: Tensor, of: Tensor): Tensor => of.subtract(matmul(vectors, matmul(transpose(vectors), of))).multiply(inverse)
  const within: Tensor = matmul(matmul(u, inside), transpose(v))
  const left = rows > k ? within.add(matmul(outside(u, ofU), transpose(v))) : within
  return columns > k ? left.add(matmul(u, transpose(outside(v, ofV)))) : left
}

function jacobi(x: Tensor, full: boolean): Singular {
  const [rows, columns] = sizesOf('svd', x)
  if (rows < columns) {
    const { u, s, vh } = jacobi(transpose(x), full)
    return { u: transpose(vh), s, vh: transpose(u) }
  }
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
  return fromOrthogonal(columnsFrom(product, 0, columns), rowsFrom(columnsFrom(v, 0, columns), 0, columns), full)
}

/** The factors from x v = `product`, whose columns are orthogonal. Its QR factorisation gives u, also where singular values are zero. */
function fromOrthogonal(product: Tensor, v: Tensor, full: boolean): Singular {
  const [rows, columns] = sizesOf('svd', product)
  const lengths = sqrt(sum(square(product), [-2]))
  const order = argsort(lengths, -1, { descending: true })
  const { q, r } = reflected(columnsInOrder(product, order), full ? rows : columns)
  const signs = where(diagonalOf('svd', r).less(0), -1, 1)
  const first = columnsFrom(q, 0, columns).multiply(expandDims(signs, -2))
  const u = full && rows > columns ? concat([first, columnsFrom(q, columns, rows - columns)], -1) : first
  return { u, s: takeAlongAxis(lengths, order, -1), vh: transpose(columnsInOrder(v, order)) }
}
