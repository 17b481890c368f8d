// Arithmetic of two operands, and rounding, beside what core has.

import {
  abs,
  any,
  binary,
  type BinaryOperation,
  cast,
  ceil,
  ConfigError,
  DTypeError,
  equal,
  floor,
  floorDivide,
  isFloat,
  less,
  maximum,
  minimum,
  multiply,
  negate,
  notEqual,
  type Operand,
  remainder,
  round as roundToInteger,
  type Shape,
  Tensor,
  where,
  whileLoop,
} from '../../core/index.ts'
import { together } from './with-slopes.ts'

/** The remainder of a division that truncates: it has the sign of a. */
export const fmod: BinaryOperation<'fmod'> = (a, b) => truncatedRemainder(a, b)

function truncatedRemainder<R extends Shape>(a: Operand, b: Operand): Tensor<R> {
  const [x, y] = together('fmod', a, b)
  const negative = less(x, 0)
  const rest = remainder(where(negative, negate(x), x), abs(y))
  return new Tensor<R>(where(negative, negate(rest), rest).node)
}

/** a / b, 0 where b is 0. */
export const divideNoNan: BinaryOperation<'divideNoNan'> = (a, b) => quotientOrZero(a, b)

function quotientOrZero<R extends Shape>(a: Operand, b: Operand): Tensor<R> {
  const [x, y] = together('divideNoNan', a, b)
  const zero = equal(y, 0)
  return new Tensor<R>(where(zero, 0, binary('divide', x, where(zero, 1, y))).node)
}

/** The larger of two numbers; where one is NaN, the other. */
export const fmax: BinaryOperation<'fmax'> = (a, b) => ignoringNan('fmax', a, b, maximum)
/** The smaller of two numbers; where one is NaN, the other. */
export const fmin: BinaryOperation<'fmin'> = (a, b) => ignoringNan('fmin', a, b, minimum)

function ignoringNan<R extends Shape>(name: string, a: Operand, b: Operand, extremum: (x: Tensor, y: Tensor) => Tensor): Tensor<R> {
  const [x, y] = together(name, a, b)
  const [xMissing, yMissing] = [notEqual(x, x), notEqual(y, y)]
  return new Tensor<R>(where(xMissing, y, where(yMissing, x, extremum(x, y))).node)
}

/** 0 for negative x, 1 for positive x, `atZero` at 0. */
export const heaviside: BinaryOperation<'heaviside'> = (x, atZero) => stepAt(x, atZero)

function stepAt<R extends Shape>(x: Operand, atZero: Operand): Tensor<R> {
  const [at, middle] = together('heaviside', x, atZero)
  const [v, value] = isFloat(at.dtype) ? [at, middle] : [cast(at, 'f32'), cast(middle, 'f32')]
  return new Tensor<R>(where(less(v, 0), 0, where(less(0, v), 1, where(equal(v, 0), value, v))).node)
}

/** |x|, as a float. */
export const fabs = <S extends Shape>(x: Tensor<S>): Tensor<S> => abs(isFloat(x.dtype) ? x : cast(x, 'f32'))

/** x kept within [xMin, xMax], numbers or tensors. At a bound the gradient is 0, or shared with it where it is a tensor (as PyTorch). */
export function clip<S extends Shape>(x: Tensor<S>, xMin: Operand, xMax: Operand): Tensor<S> {
  if (typeof xMin === 'number' && typeof xMax === 'number' && xMin > xMax) {
    throw new ConfigError(`clip: expected xMin at most xMax, got ${xMin} and ${xMax}. Exchange them.`)
  }
  return binary<S>('minimum', binary('maximum', x, xMin), xMax)
}

/** Towards 0. */
export function trunc<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return isFloat(x.dtype) ? new Tensor<S>(where(less(new Tensor(x.node), 0), ceil(x), floor(x)).node) : x
}

export interface RoundOptions {
  /** Digits after the point that are kept; negative ones round to tens, hundreds, … Default 0. */
  readonly decimals?: number
}

/** To the nearest number of `decimals` digits after the point, halves to even. */
export function round<S extends Shape>(x: Tensor<S>, { decimals = 0 }: RoundOptions = {}): Tensor<S> {
  if (!Number.isInteger(decimals)) throw new ConfigError(`round: expected decimals that are a whole number, got ${decimals}. Round it.`)
  if (decimals === 0) return roundToInteger(x)
  const power = 10 ** Math.abs(decimals)
  const real = isFloat(x.dtype) ? x : cast(x, 'f32')
  const [there, back] = decimals > 0 ? (['multiply', 'divide'] as const) : (['divide', 'multiply'] as const)
  return cast(binary<S>(back, roundToInteger(binary<S>(there, real, power)), power), x.dtype)
}

/** The greatest common divisor of integers, at least 0 (Euclid). */
export const gcd: BinaryOperation<'gcd'> = (a, b) => commonDivisor('gcd', a, b)

function commonDivisor<R extends Shape>(name: string, a: Operand, b: Operand): Tensor<R> {
  const [x, y] = together(name, a, b)
  if (isFloat(x.dtype) || x.dtype === 'bool') {
    throw new DTypeError(`${name}: expected integers, got ${x.dtype}. Cast the operands to i32.`)
  }
  const { divisor } = whileLoop(
    ({ rest }) => any(notEqual(rest, 0)),
    ({ divisor: from, rest }) => {
      const done = equal(rest, 0)
      // A remainder by 0 is 0.
      return { divisor: where(done, from, rest), rest: remainder(from, rest) }
    },
    { divisor: abs(x), rest: abs(y) },
  )
  return new Tensor<R>(divisor.node)
}

/** The least common multiple of integers, at least 0; 0 where one is 0. */
export const lcm: BinaryOperation<'lcm'> = (a, b) => commonMultiple(a, b)

function commonMultiple<R extends Shape>(a: Operand, b: Operand): Tensor<R> {
  const [x, y] = together('lcm', a, b)
  const divisor = commonDivisor('lcm', x, y)
  return new Tensor<R>(abs(multiply(floorDivide(x, divisor), y)).node)
}
