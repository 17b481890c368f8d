// Determinants and their logarithms, from the LU factors.

import { abs, customGradient, equal, iota, log, max, multiply, prod, sign, expandDims, sum, type Tensor, where } from '../../core/index.ts'
import { luFactors, type LuFactors } from './lu.ts'
import { asWide, batchOf, columnNumbers, diagonalOf, epsilonOf, identities, inDTypeOf, orderOf, rowNumbers } from './matrix-parts.ts'
import { solveFactored } from './solve.ts'

/**
 * The determinant of x `[…, n, n]`, `[…]`. Its gradient, the matrix of cofactors, is finite for singular matrices, too.
 *
 * @throws ShapeError where x is not square
 */
export function det(x: Tensor): Tensor {
  orderOf('det', x)
  return inDTypeOf(determinant(asWide(x)), x)
}

/**
 * `[sign, logarithm of the magnitude]` of the determinant of x `[…, n, n]`, each `[…]`: 0 and −∞ for a singular matrix. No overflow where the
 * determinant itself would.
 *
 * @throws ShapeError where x is not square
 */
export function slogdet(x: Tensor): [sign: Tensor, logabsdet: Tensor] {
  orderOf('slogdet', x)
  const { sign: signs, magnitude } = signAndLogarithm(asWide(x))
  return [inDTypeOf(signs, x), inDTypeOf(magnitude, x)]
}

/**
 * The logarithm of the determinant of x `[…, n, n]`, `[…]`: NaN where that is negative, −∞ where it is zero.
 *
 * @throws ShapeError where x is not square
 */
export function logdet(x: Tensor): Tensor {
  orderOf('logdet', x)
  const { sign: signs, magnitude } = signAndLogarithm(asWide(x))
  return inDTypeOf(where(signs.less(0), Number.NaN, magnitude), x)
}

/** −1 for an odd number of exchanges, else 1. */
function exchangeSign({ pivots, compact }: LuFactors): Tensor {
  const n = orderOf('det', compact)
  return prod(where(equal(pivots, iota([n])), 1, -1).cast(compact.dtype), [-1])
}

const determinant = customGradient(
  (x: Tensor) => {
    const factors = luFactors(x)
    return multiply(prod(diagonalOf('det', factors.compact), [-1]), exchangeSign(factors))
  },
  (cotangent, _result, x) => {
    // det(x) x⁻ᵀ is a polynomial of x, so that a pivot of zero may be replaced by a small one.
    const n = orderOf('det', x)
    const factors = luFactors(x)
    const pivots = diagonalOf('det', factors.compact)
    const largest = max(abs(pivots), [-1], { keepDims: true })
    const least = where(largest.equal(0), 1, largest).multiply(epsilonOf(x.dtype))
    const safe = where(pivots.equal(0), least, pivots)
    const onDiagonal = rowNumbers(n).equal(columnNumbers(n))
    const compact = where(onDiagonal, expandDims(safe, -1), factors.compact)
    const inverse = solveFactored({ ...factors, compact }, identities(batchOf(x), n, x.dtype), { transposed: true })
    const scale = multiply(prod(safe, [-1]), exchangeSign(factors)).multiply(cotangent)
    return [inverse.multiply(scale.reshape([...scale.dims, 1, 1]))]
  },
)

const signAndLogarithm = customGradient(
  (x: Tensor) => {
    const factors = luFactors(x)
    const pivots = diagonalOf('slogdet', factors.compact)
    return { sign: multiply(prod(sign(pivots), [-1]), exchangeSign(factors)), magnitude: sum(log(abs(pivots)), [-1]) }
  },
  ({ magnitude: cotangent }, _result, x) => {
    const n = orderOf('slogdet', x)
    const inverse = solveFactored(luFactors(x), identities(batchOf(x), n, x.dtype), { transposed: true })
    return [inverse.multiply(cotangent.reshape([...cotangent.dims, 1, 1]))]
  },
)
