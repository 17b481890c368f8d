// The Cholesky factor of a symmetric positive definite matrix, panel by panel (the outer-product form: Golub and Van Loan, §4.2.5).

import { customGradient, matmul, multiply, sqrt, type Tensor, transpose, tril, where } from '../../core/index.ts'
import {
  asWide,
  batchOf,
  columnAt,
  columnNumbers,
  columnsAt,
  columnsFrom,
  countedLoop,
  identities,
  inDTypeOf,
  orderOf,
  panelSize,
  rowAt,
  rowNumbers,
  rowsAt,
  rowsFrom,
  withColumns,
  withIdentity,
} from './matrix-parts.ts'
import { substitute } from './triangular.ts'

export interface CholeskyOptions {
  /** The factor is the upper one, u of uᵀ u = x. Default false: l of l lᵀ = x. */
  readonly upper?: boolean
}

/**
 * The triangular factor l of l lᵀ = x, `[…, n, n]`. Only that triangle of x is read; a matrix that is not positive definite gives NaN. The gradient
 * is symmetric (Murray 2016, §3).
 *
 * @throws ShapeError where x is not square
 */
export function cholesky(x: Tensor, { upper = false }: CholeskyOptions = {}): Tensor {
  orderOf('cholesky', x)
  const wide = asWide(x)
  const factor = lowerFactor(upper ? transpose(wide) : wide)
  return inDTypeOf(upper ? transpose(factor) : factor, x)
}

/**
 * The inverse of the matrix whose Cholesky factor is x: (x xᵀ)⁻¹, or (xᵀ x)⁻¹ for `upper`; `[…, n, n]`.
 *
 * @throws ShapeError where x is not square
 */
export function choleskyInverse(x: Tensor, { upper = false }: CholeskyOptions = {}): Tensor {
  const n = orderOf('choleskyInverse', x)
  const factor = asWide(x)
  const inverse = substitute(factor, identities(batchOf(factor), n, factor.dtype), { lower: !upper })
  return inDTypeOf(upper ? matmul(inverse, transpose(inverse)) : matmul(transpose(inverse), inverse), x)
}

const lowerFactor = customGradient(
  (x: Tensor) => factored(x),
  (cotangent, factor) => {
    const products = tril(matmul(transpose(factor), cotangent))
    const n = orderOf('cholesky', factor)
    const halved = where(rowNumbers(n).equal(columnNumbers(n)), products.multiply(0.5), products)
    const upper = { lower: false }
    const left = substitute(transpose(factor), halved, upper)
    const both = transpose(substitute(transpose(factor), transpose(left), upper))
    return [multiply(both.add(transpose(both)), 0.5)]
  },
)

function factored(x: Tensor): Tensor {
  const n = orderOf('cholesky', x)
  const step = Math.min(n, panelSize)
  const whole = withIdentity(x, step)
  const size = orderOf('cholesky', whole)
  const [rows, columns] = [rowNumbers(size), columnNumbers(step)]
  const done = countedLoop(Math.ceil(n / step), whole, (number, matrix) => {
    const first = number.multiply(step)
    const panel = countedLoop(step, columnsAt(matrix, first, step), (k, now) => {
      const j = first.add(k)
      const column = columnAt(now, k)
      const scaled = where(rows.greaterEqual(j), column.divide(sqrt(rowAt(column, j))), 0)
      const rest = now.subtract(scaled.multiply(transpose(rowsAt(scaled, first, step))))
      return where(columns.equal(k), scaled, where(columns.greater(k), rest, now))
    })
    const below = where(rows.greaterEqual(first.add(step)), panel, 0)
    return withColumns(matrix.subtract(matmul(below, transpose(below))), first, panel)
  })
  return tril(rowsFrom(columnsFrom(done, 0, n), 0, n))
}
