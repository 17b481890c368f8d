// The complement and the inverse of the error function, the modified Bessel function, the incomplete gamma function.

import {
  abs,
  add,
  any,
  type BinaryOperation,
  cast,
  divide,
  equal,
  erf,
  exp,
  full,
  greater,
  less,
  lessEqual,
  log,
  logicalAnd,
  maximum,
  minimum,
  multiply,
  negate,
  type Operand,
  round,
  type Shape,
  sign,
  sqrt,
  square,
  subtract,
  type Tensor,
  where,
  whileLoop,
} from '../../core/index.ts'
import { besselLarge, besselSmall, firstBesselLarge, firstBesselSmall, scaledErfc } from './special-polynomials.ts'
import { polynomial, withSlope, withSlopes } from './with-slopes.ts'

/** 1 − erf(x), with all its digits where it is small. */
export const erfc = <S extends Shape>(x: Tensor<S>): Tensor<S> => withSlope(x, erfcFormula, (v) => multiply(-2 / Math.sqrt(Math.PI), gaussian(v)))

function erfcFormula(x: Tensor): Tensor {
  // Beyond 30 it is 0 in every dtype.
  const far = minimum(maximum(x, 0), 30)
  const ratio = polynomial(scaledErfc, divide(subtract(far, 3.75), add(far, 3.75)))
  const tail = divide(multiply(gaussian(far), ratio), add(multiply(far, 2), 1))
  return where(less(x, 0.5), subtract(1, erf(x)), where(equal(x, x), tail, x))
}

/** e^(−x²): of the square of x rounded to sixteenths, which is exact, and of the small rest. */
function gaussian(x: Tensor): Tensor {
  const bounded = maximum(minimum(x, 64), -64)
  const coarse = divide(round(multiply(bounded, 16)), 16)
  const rest = multiply(subtract(bounded, coarse), add(bounded, coarse))
  return multiply(exp(negate(square(coarse))), exp(negate(rest)))
}

/** The x whose erf(x) is given: ±∞ at ±1, NaN beyond. */
export const erfinv = <S extends Shape>(x: Tensor<S>): Tensor<S> =>
  withSlope(x, erfinvFormula, (_, y) => multiply(Math.sqrt(Math.PI) / 2, exp(square(y))))

/** Winitzki's closed form (2008), within 2e-3, and two of Halley's steps, each of which triples the digits. */
function erfinvFormula(x: Tensor): Tensor {
  const size = abs(x)
  const inside = less(size, 1)
  const p = where(inside, size, 0)
  const complement = subtract(1, p)
  const a = 0.147
  const l = log(multiply(complement, add(1, p)))
  const half = add(multiply(l, 0.5), 2 / (Math.PI * a))
  const guess = sqrt(maximum(subtract(sqrt(subtract(square(half), divide(l, a))), half), 0))
  const step = (y: Tensor): Tensor => {
    const miss = where(less(p, 0.5), subtract(erf(y), p), subtract(complement, erfcFormula(y)))
    const newton = divide(multiply(miss, Math.sqrt(Math.PI) / 2), gaussian(y))
    return subtract(y, divide(newton, add(1, multiply(y, newton))))
  }
  const y = step(step(guess))
  const signed = where(less(x, 0), negate(y), where(equal(x, 0), x, y))
  return where(inside, signed, where(equal(size, 1), multiply(x, Infinity), Number.NaN))
}

/** The modified Bessel function of the first kind and order 0. */
export const i0 = <S extends Shape>(x: Tensor<S>): Tensor<S> =>
  withSlope(
    x,
    (v) => besselOf(v, besselSmall, besselLarge),
    // I₁, which is odd.
    (v) => multiply(besselOf(v, firstBesselSmall, firstBesselLarge), where(lessEqual(abs(v), 8), v, sign(v))),
  )

/** e^|x| small(|x| / 4 − 1) up to 8, e^|x| / √|x| large(16 / |x| − 1) above; the power in two halves, so that it overflows no earlier than the product. */
function besselOf(x: Tensor, small: typeof besselSmall, large: typeof besselLarge): Tensor {
  const size = abs(x)
  const beyond = maximum(size, 8)
  const near = polynomial(small, subtract(divide(minimum(size, 8), 4), 1))
  const far = divide(polynomial(large, subtract(divide(16, beyond), 1)), sqrt(beyond))
  const half = exp(multiply(size, 0.5))
  return multiply(multiply(where(lessEqual(size, 8), near, far), half), half)
}

/**
 * The regularised lower incomplete gamma function, ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a), for a > 0 and x ≥ 0 (else NaN). Computed in double precision;
 * differentiated in x alone.
 */
export const gammainc: BinaryOperation<'gammainc'> = (a, x) => lowerGamma(a, x)

function lowerGamma<R extends Shape>(a: Operand, x: Operand): Tensor<R> {
  const formula = (shape: Tensor, upper: Tensor): Tensor => cast(lowerGammaFormula(cast(shape, 'f64'), cast(upper, 'f64')), shape.dtype)
  return withSlopes('gammainc', a, x, formula, (shape, upper) => {
    const [s, v] = [cast(shape, 'f64'), cast(upper, 'f64')]
    const density = exp(subtract(multiply(subtract(s, 1), log(v)), add(v, logGamma(s))))
    return [undefined, cast(where(logicalAnd(equal(s, 1), equal(v, 0)), 1, density), shape.dtype)]
  })
}

/** The power series below a + 1, the continued fraction of the complement above (Abramowitz and Stegun 1964, 6.5.29 and 6.5.31). */
function lowerGammaFormula(a: Tensor, x: Tensor): Tensor {
  const valid = logicalAnd(less(0, a), lessEqual(0, x))
  const [shape, upper] = [where(valid, a, 1), where(logicalAnd(valid, less(x, Infinity)), x, 0)]
  const below = less(upper, add(shape, 1))
  const small = where(below, upper, 0)
  const large = where(below, add(shape, 1), upper)
  const factor = (v: Tensor, at: Tensor): Tensor => exp(subtract(multiply(shape, log(v)), add(v, logGamma(at))))

  const series = whileLoop(
    ({ n, term, sum }) => logicalAnd(less(n, 5000), any(greater(term, multiply(sum, 1e-17)))),
    ({ n, term, sum }) => {
      const next = multiply(term, divide(small, add(shape, n)))
      return { n: add(n, 1), term: next, sum: add(sum, next) }
    },
    { n: scalarLike(shape, 1), term: filledLike(shape, 1), sum: filledLike(shape, 1) },
  )
  const lower = multiply(series.sum, where(equal(small, 0), 0, factor(where(equal(small, 0), 1, small), add(shape, 1))))

  // Lentz's method: b steps by 2, aₙ = −n (n − a).
  const start = add(subtract(large, shape), 1)
  const fraction = whileLoop(
    ({ n, change }) => logicalAnd(less(n, 5000), any(greater(abs(subtract(change, 1)), 3e-16))),
    ({ n, b, c, d, h }) => {
      const numerator = multiply(n, subtract(shape, n))
      const nextB = add(b, 2)
      const nextD = divide(1, awayFromZero(add(multiply(numerator, d), nextB)))
      const nextC = awayFromZero(add(nextB, divide(numerator, c)))
      const change = multiply(nextC, nextD)
      return { n: add(n, 1), b: nextB, c: nextC, d: nextD, h: multiply(h, change), change }
    },
    { n: scalarLike(shape, 1), b: start, c: filledLike(shape, 1e300), d: divide(1, start), h: divide(1, start), change: filledLike(shape, 0) },
  )
  const upperPart = multiply(fraction.h, factor(large, shape))
  const result = where(below, lower, subtract(1, upperPart))
  return where(valid, where(equal(x, Infinity), 1, result), Number.NaN)
}

const scalarLike = (x: Tensor, value: number): Tensor => full([], value, { dtype: x.dtype })
const filledLike = (x: Tensor, value: number): Tensor => full(x.dims, value, { dtype: x.dtype })
const awayFromZero = (x: Tensor): Tensor => where(less(abs(x), 1e-300), 1e-300, x)

/** log Γ(x) for x > 0: Stirling's series at x + 8 where x < 8, less the logarithm of x (x + 1) … (x + 7). */
function logGamma(x: Tensor): Tensor {
  const low = less(x, 8)
  const small = where(low, x, 1)
  const product = [1, 2, 3, 4, 5, 6, 7].reduce<Tensor>((p, k) => multiply(p, add(small, k)), small)
  const w = where(low, add(x, 8), x)
  const bernoulli = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400]
  const series = divide(polynomial({ single: bernoulli, double: bernoulli }, divide(1, square(w))), w)
  const stirling = add(subtract(multiply(subtract(w, 0.5), log(w)), w), add(series, 0.5 * Math.log(2 * Math.PI)))
  return subtract(stirling, where(low, log(product), 0))
}
