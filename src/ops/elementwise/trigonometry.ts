// Trigonometric and hyperbolic functions and their inverses, with digits kept near 0 and gradients that stay finite where the function does.

import {
  abs,
  add,
  asTensor,
  binary,
  type BinaryOperation,
  cos,
  divide,
  equal,
  exp,
  expm1,
  less,
  lessEqual,
  log,
  log1p,
  logicalAnd,
  logicalOr,
  maximum,
  minimum,
  multiply,
  negate,
  type Operand,
  reciprocal,
  rsqrt,
  type Shape,
  sin,
  sqrt,
  square,
  subtract,
  type Tensor,
  where,
} from '../../core/index.ts'
import { signbit } from './sign-bit.ts'
import { arctanRatio } from './special-polynomials.ts'
import { polynomial, withSlope, withSlopes } from './with-slopes.ts'

/** sin x / cos x. */
export const tan = <S extends Shape>(x: Tensor<S>): Tensor<S> => binary<S>('divide', sin(x), cos(x))

const steep = Math.tan((3 * Math.PI) / 8)
const flat = Math.tan(Math.PI / 8)

/**
 * The angle of a slope that is at least 0: atan(s) = π/4 · n + atan(t) with |t| ≤ tan(π/8), where t = −1/s for large s (n = 2) and
 * (s − 1) / (s + 1) between (n = 1).
 */
function angleOf(s: Tensor): Tensor {
  const [middle, large] = [less(flat, s), less(steep, s)]
  const top = where(large, -1, where(middle, subtract(s, 1), s))
  const bottom = where(large, s, where(middle, add(s, 1), 1))
  const t = divide(top, bottom)
  const offset = where(large, Math.PI / 2, where(middle, asTensor(Math.PI / 4, s.dtype), 0))
  return add(offset, multiply(t, polynomial(arctanRatio, square(t))))
}

const arctanFormula = (x: Tensor): Tensor => withSignOf(angleOf(abs(x)), x)

/** y ≥ 0 with the sign of x; 0 keeps its sign. */
const withSignOf = (y: Tensor, x: Tensor): Tensor => where(signbit(x), negate(y), y)

/** The angle whose tangent is x, between −π/2 and π/2. */
export const arctan = <S extends Shape>(x: Tensor<S>): Tensor<S> => withSlope(x, arctanFormula, (v) => reciprocal(add(square(v), 1)))

/** The angle of the point (x, y), y first: between −π and π, in its quadrant. Its gradient at the origin is 0. */
export const arctan2: BinaryOperation<'arctan2'> = (y, x) => angleOfPoint(y, x)

function angleOfPoint<R extends Shape>(y: Operand, x: Operand): Tensor<R> {
  const formula = (top: Tensor, bottom: Tensor): Tensor => {
    const [rise, run] = [abs(top), abs(bottom)]
    // ∞ / ∞ and 0 / 0 have a meaning here: the diagonal, and the axis.
    const ratio = where(logicalAnd(equal(rise, Infinity), equal(run, Infinity)), 1, where(equal(rise, 0), 0, divide(rise, run)))
    const angle = angleOf(ratio)
    const unsigned = where(signbit(bottom), subtract(Math.PI, angle), angle)
    // NaN in either stays NaN.
    return withSignOf(where(equal(run, run), unsigned, run), top)
  }
  const slopes = (top: Tensor, bottom: Tensor) => {
    const scale = largest(top, bottom)
    const [u, v] = [divide(top, scale), divide(bottom, scale)]
    const square2 = maximum(add(square(u), square(v)), 1)
    const shares = multiply(square2, scale)
    return [divide(v, shares), negate(divide(u, shares))] as const
  }
  return withSlopes('arctan2', y, x, formula, slopes)
}

/** The larger magnitude, 1 where both are 0. */
function largest(a: Tensor, b: Tensor): Tensor {
  const size = maximum(abs(a), abs(b))
  return where(equal(size, 0), 1, size)
}

/** The angle whose sine is x, between −π/2 and π/2; NaN outside [−1, 1]. */
export const arcsin = <S extends Shape>(x: Tensor<S>): Tensor<S> =>
  withSlope(
    x,
    (v) => arctanFormula(divide(v, sqrt(oneMinusSquare(v)))),
    (v) => rsqrt(oneMinusSquare(v)),
  )

/** The angle whose cosine is x, between 0 and π; NaN outside [−1, 1]. */
export const arccos = <S extends Shape>(x: Tensor<S>): Tensor<S> =>
  withSlope(
    x,
    (v) => multiply(2, angleOf(sqrt(divide(subtract(1, v), add(1, v))))),
    (v) => negate(rsqrt(oneMinusSquare(v))),
  )

/** 1 − x², with digits near ±1. */
const oneMinusSquare = (x: Tensor): Tensor => multiply(subtract(1, x), add(1, x))

/** (eˣ − e⁻ˣ) / 2, from eˣ − 1. */
export const sinh = <S extends Shape>(x: Tensor<S>): Tensor<S> => withSlope(x, sinhFormula, coshFormula)

/** (eˣ + e⁻ˣ) / 2. */
export const cosh = <S extends Shape>(x: Tensor<S>): Tensor<S> => withSlope(x, coshFormula, sinhFormula)

/** From here e⁻ˣ is no part of the sum, and e^(x/2) twice overflows later than eˣ. */
const farOut = 40

function sinhFormula(x: Tensor): Tensor {
  const size = abs(x)
  const e = expm1(minimum(size, farOut))
  const near = multiply(0.5, add(e, divide(e, add(e, 1))))
  return withSignOf(where(less(size, farOut), near, halfExponential(size)), x)
}

function coshFormula(x: Tensor): Tensor {
  const size = abs(x)
  const e = exp(minimum(size, farOut))
  return where(less(size, farOut), multiply(0.5, add(e, reciprocal(e))), halfExponential(size))
}

/** eˣ / 2. */
function halfExponential(x: Tensor): Tensor {
  const root = exp(multiply(x, 0.5))
  return multiply(multiply(0.5, root), root)
}

/** From here x² may overflow, and √(x² ± 1) is x. */
const large = 1e8

/** log(x + √(x² + 1)), odd and with digits near 0. */
export const arcsinh = <S extends Shape>(x: Tensor<S>): Tensor<S> =>
  withSlope(
    x,
    (v) => {
      const size = abs(v)
      const squared = square(minimum(size, large))
      const near = log1p(add(size, divide(squared, add(1, sqrt(add(squared, 1))))))
      return withSignOf(where(less(size, large), near, add(log(size), Math.LN2)), v)
    },
    (v) => rsqrt(add(square(v), 1)),
  )

/** log(x + √(x² − 1)) for x ≥ 1, with digits near 1; NaN below. */
export const arccosh = <S extends Shape>(x: Tensor<S>): Tensor<S> =>
  withSlope(
    x,
    (v) => {
      const beyond = minimum(subtract(v, 1), large)
      const near = log1p(add(beyond, sqrt(multiply(beyond, add(beyond, 2)))))
      return where(lessEqual(large, v), add(log(v), Math.LN2), near)
    },
    (v) => rsqrt(multiply(subtract(v, 1), add(v, 1))),
  )

/** log((1 + x) / (1 − x)) / 2, odd and with digits near 0; NaN outside [−1, 1]. */
export const arctanh = <S extends Shape>(x: Tensor<S>): Tensor<S> =>
  withSlope(
    x,
    (v) => {
      const size = abs(v)
      return withSignOf(multiply(0.5, log1p(divide(multiply(2, size), subtract(1, size)))), v)
    },
    (v) => reciprocal(oneMinusSquare(v)),
  )

/** sin(πx) / (πx), 1 at 0. */
export const sinc = <S extends Shape>(x: Tensor<S>): Tensor<S> =>
  withSlope(
    x,
    (v) => {
      const angle = multiply(v, Math.PI)
      const zero = equal(angle, 0)
      return where(zero, 1, divide(sin(angle), where(zero, 1, angle)))
    },
    sincSlope,
  )

/** (cos p − sin p / p) / x for p = πx; by its series near 0, where the difference has no digits. */
function sincSlope(x: Tensor): Tensor {
  const p = multiply(x, Math.PI)
  const near = less(abs(p), 1)
  const safe = where(near, 1, p)
  const far = divide(subtract(cos(safe), divide(sin(safe), safe)), safe)
  const s = square(minimum(abs(p), 1))
  // −p/3 + p³/30 − p⁵/840 + …: term n is (−1)ⁿ 2n p²ⁿ⁻¹ / (2n + 1)!
  const terms: number[] = []
  for (let n = 1, factorial = 1; n <= 9; n++) {
    factorial *= 2 * n * (2 * n + 1)
    terms.push(((n % 2 === 0 ? 1 : -1) * 2 * n) / factorial)
  }
  const series = multiply(p, polynomial({ single: terms, double: terms }, s))
  return multiply(Math.PI, where(near, series, far))
}

/** √(a² + b²) without overflow; its gradient at the origin is 0. */
export const hypot: BinaryOperation<'hypot'> = (a, b) => distance(a, b)

function distance<R extends Shape>(a: Operand, b: Operand): Tensor<R> {
  const formula = (x: Tensor, y: Tensor): Tensor => {
    const scale = largest(x, y)
    const smaller = divide(minimum(abs(x), abs(y)), scale)
    const size = multiply(maximum(abs(x), abs(y)), sqrt(add(1, square(smaller))))
    const infinite = logicalOr(equal(abs(x), Infinity), equal(abs(y), Infinity))
    return where(infinite, Infinity, size)
  }
  return withSlopes('hypot', a, b, formula, (x, y, size) => {
    const safe = where(equal(size, 0), 1, size)
    return [divide(x, safe), divide(y, safe)]
  })
}

/** Degrees to radians. */
export const deg2rad = <S extends Shape>(x: Tensor<S>): Tensor<S> => binary<S>('multiply', x, Math.PI / 180)
/** Radians to degrees. */
export const rad2deg = <S extends Shape>(x: Tensor<S>): Tensor<S> => binary<S>('multiply', x, 180 / Math.PI)
