// Systems with a square matrix, its inverse and its powers.

import { argsort, ConfigError, customGradient, eye, matmul, negate, type Tensor, transpose, broadcastTo } from '../../core/index.ts'
import { luFactors, type LuFactors } from './lu.ts'
import { asWide, batchOf, identities, inDTypeOf, orderOf, rowsInOrder } from './matrix-parts.ts'
import { substitute, withColumns } from './triangular.ts'

/**
 * x of a x = b for a `[…, n, n]` and b `[…, n, k]`, or `[…, n]` where b has one axis less than a, by {@link luFactor}. Leading axes broadcast. A
 * singular matrix gives infinities or NaN. Gradients: aᵀ ∂b = ∂x, ∂a = −∂b xᵀ.
 *
 * @throws ShapeError where a is not square, or b has not as many rows
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  return withColumns('solve', a, b, solution)
}

/**
 * The inverse of x `[…, n, n]`; of a singular matrix, infinities or NaN.
 *
 * @throws ShapeError where x is not square
 */
export function inv(x: Tensor): Tensor {
  const n = orderOf('inv', x)
  const wide = asWide(x)
  return inDTypeOf(inverse(wide, n), x)
}

/**
 * x `[…, n, n]` times itself, `n` factors in all: the identity for 0, powers of the inverse for negative `n`. By repeated squaring.
 *
 * @throws ShapeError where x is not square; ConfigError where n is not whole
 */
export function matrixPower(x: Tensor, n: number): Tensor {
  const order = orderOf('matrixPower', x)
  if (!Number.isInteger(n)) throw new ConfigError(`matrixPower: expected a whole number n, got ${n}. Round it.`)
  if (n === 0) return broadcastTo(eye(order, order, { dtype: x.dtype }), x.dims)
  if (n < 0) return matrixPower(inv(x), -n)
  const half = n > 1 ? matrixPower(x, Math.floor(n / 2)) : undefined
  if (half === undefined) return x
  const even: Tensor = matmul(half, half)
  return n % 2 === 0 ? even : matmul(even, x)
}

/** {@link solve} for matrices and columns whose leading axes are equal. */
function solution(a: Tensor, b: Tensor): Tensor {
  return customGradient(
    (matrix: Tensor, columns: Tensor) => solveFactored(luFactors(matrix), columns),
    (cotangent, x, matrix) => {
      const ofColumns = solveFactored(luFactors(matrix), cotangent, { transposed: true })
      return [negate(matmul(ofColumns, transpose(x))), ofColumns]
    },
  )(a, b)
}

/** x of a x = b (of aᵀ x = b, `transposed`) from the factors of a. */
export function solveFactored({ compact, order }: LuFactors, b: Tensor, { transposed = false } = {}): Tensor {
  const lower = { lower: true, unit: true }
  if (!transposed) return substitute(compact, substitute(compact, rowsInOrder(b, order), lower), { lower: false })
  const turned = transpose(compact)
  const half = substitute(turned, b, { lower: true })
  return rowsInOrder(substitute(turned, half, { lower: false, unit: true }), argsort(order))
}

function inverse(x: Tensor, n: number): Tensor {
  return customGradient(
    (matrix: Tensor) => solveFactored(luFactors(matrix), identities(batchOf(matrix), n, matrix.dtype)),
    (cotangent, y) => [negate(matmul(matmul(transpose(y), cotangent), transpose(y)))],
  )(x)
}
