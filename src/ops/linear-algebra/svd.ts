// The singular value decomposition: of small matrices by Jacobi's method, of larger ones from their bidiagonal form.

import {
  argsort,
  concat,
  customGradient,
  expandDims,
  flip,
  matmul,
  maximum,
  pad,
  sqrt,
  square,
  squeeze,
  stack,
  sum,
  takeAlongAxis,
  type Tensor,
  transpose,
  where,
  zeros,
} from '../../core/index.ts'
import { type Bidiagonalized, bidiagonalized } from './bidiagonal.ts'
import { leafSize, type Tridiagonal, tridiagonalEigen } from './divide-and-conquer.ts'
import { jacobiRightVectors, type RightVectors } from './jacobi-svd.ts'
import {
  asWide,
  batchOf,
  block,
  columnsFrom,
  columnsInOrder,
  diagonalMatrix,
  diagonalOf,
  inDTypeOf,
  inPanels,
  panelSize,
  rowsFrom,
  sizesOf,
} from './matrix-parts.ts'
import { reflected } from './qr.ts'
import { reflectedBack } from './reflectors.ts'

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
  if (!computeUv) return inDTypeOf(onlyValues(asWide(x)), x)
  const { u, s, vh } = decomposed(fullMatrices)(asWide(x))
  return [inDTypeOf(u, x), inDTypeOf(s, x), inDTypeOf(vh, x)]
}

/** The singular values of x `[…, rows, columns]`, largest first. */
export const singularValues = (x: Tensor): Tensor => svd(x, { computeUv: false })

type Singular = { readonly u: Tensor; readonly s: Tensor; readonly vh: Tensor }

const decomposed = (full: boolean) =>
  customGradient(
    (x: Tensor): Singular => factorsOf(x, full),
    (cotangent, factors) => [gradientOf(cotangent, factors)],
  )

const onlyValues = customGradient(
  (x: Tensor): Tensor => valuesOf(x),
  (cotangent, _values, x) => {
    const { u, vh } = decomposed(false)(x)
    return [matmul(u.multiply(expandDims(cotangent, -2)), vh)]
  },
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

function factorsOf(x: Tensor, full: boolean): Singular {
  const [rows, columns] = sizesOf('svd', x)
  if (rows < columns) {
    const { u, s, vh } = factorsOf(transpose(x), full)
    return { u: transpose(vh), s, vh: transpose(u) }
  }
  const { product, v } = columns <= leafSize ? jacobiRightVectors(x) : rightVectors(x)
  return fromOrthogonal(product, v, full)
}

/** The eigenproblem of the bidiagonal form b of x: the symmetric [[0, bᵀ], [b, 0]], tridiagonal when its rows are taken in turns. */
function symmetricOf({ diagonal, above }: Bidiagonalized, n: number): Tridiagonal {
  const inTurns: Tensor = stack([diagonal, padAtEnd(above)], -1)
  const flat: Tensor = inTurns.reshape([...diagonal.dims.slice(0, -1), 2 * n])
  return { diagonal: zeros(flat.dims, { dtype: flat.dtype }), beside: block(flat, -1, 0, 2 * n - 1) }
}

const padAtEnd = (x: Tensor): Tensor =>
  pad(
    x,
    x.dims.map((_, i) => [0, i === x.rank - 1 ? 1 : 0] as const),
  )

function rightVectors(x: Tensor): RightVectors {
  const [, n] = sizesOf('svd', x)
  const form = bidiagonalized(x)
  // Of the eigenvalues ±s the positive ones, the largest first.
  const { rows } = tridiagonalEigen(symmetricOf(form, n), 2 * n)
  const positive = flip(rowsFrom(rows, n, n), [-2])
  const halves = positive.reshape([...batchOf(x), n, n, 2])
  const ofForm = transpose(squeeze(block(halves, -1, 0, 1), [-1]))
  const v = rowsFrom(reflectedBack(form.panels, inPanels(ofForm, [-2], panelSize)), 0, n)
  // The halves of vectors whose singular values are nearly 0 are orthogonal only together.
  const { q } = reflected(v, n)
  return { product: matmul(x, q), v: q }
}

/** The singular values of a matrix, without its vectors. */
function valuesOf(x: Tensor): Tensor {
  const [rows, columns] = sizesOf('svd', x)
  if (rows < columns) return valuesOf(transpose(x))
  if (columns <= leafSize) return factorsOf(x, false).s
  const { values } = tridiagonalEigen(symmetricOf(bidiagonalized(x), columns), 2 * columns, { valuesOnly: true })
  return maximum(flip(block(values, -1, columns, columns), [-1]), 0)
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
