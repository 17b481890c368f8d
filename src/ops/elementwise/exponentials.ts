// Exponentials, logarithms and roots beside the primitive ones.

import {
  abs,
  add,
  asTensor,
  binary,
  type BinaryOperation,
  cast,
  divide,
  equal,
  exp,
  floor,
  isFloat,
  log,
  log1p,
  maximum,
  multiply,
  negate,
  type Operand,
  power,
  type Shape,
  sigmoid,
  sign,
  square,
  subtract,
  type Tensor,
  where,
} from '../../core/index.ts'
import { withSlope, withSlopes } from './with-slopes.ts'

const floating = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : cast(x, 'f32'))

/** 2ˣ. */
export const exp2 = <S extends Shape>(x: Tensor<S>): Tensor<S> => binary<S>('power', 2, isFloat(x.dtype) ? x : cast(x, 'f32'))
/** The logarithm to base 2. */
export const log2 = <S extends Shape>(x: Tensor<S>): Tensor<S> => binary<S>('divide', log(x), Math.LN2)
/** The logarithm to base 10. */
export const log10 = <S extends Shape>(x: Tensor<S>): Tensor<S> => binary<S>('divide', log(x), Math.LN10)

/** The cube root, of negative numbers too. Its slope at 0 is infinite. */
export const cbrt = <S extends Shape>(x: Tensor<S>): Tensor<S> =>
  withSlope(
    x,
    (v) => multiply(sign(v), power(abs(v), 1 / 3)),
    (_, y) => divide(1 / 3, square(y)),
  )

/** log(eᵃ + eᵇ) without overflow. */
export const logaddexp: BinaryOperation<'logaddexp'> = (a, b) => logSum('logaddexp', a, b, 1)
/** log₂(2ᵃ + 2ᵇ) without overflow. */
export const logaddexp2: BinaryOperation<'logaddexp2'> = (a, b) => logSum('logaddexp2', a, b, Math.LN2)

function logSum<R extends Shape>(where: string, a: Operand, b: Operand, logOfBase: number): Tensor<R> {
  const formula = (x: Tensor, y: Tensor): Tensor => {
    const correction = log1p(exp(multiply(negate(abs(difference(x, y))), logOfBase)))
    return add(maximum(x, y), divide(correction, logOfBase))
  }
  return withSlopes(where, a, b, formula, (x, y) => {
    const distance = multiply(difference(x, y), logOfBase)
    return [sigmoid(distance), sigmoid(negate(distance))]
  })
}

/** x − y, 0 where both are the same infinity. */
const difference = (x: Tensor, y: Tensor): Tensor => where(equal(x, y), 0, subtract(x, y))

/** x · 2ⁿ, the power in two halves, so that it overflows only where the result does. */
export const ldexp: BinaryOperation<'ldexp'> = (x, n) => scaledByPower(x, n)

function scaledByPower<R extends Shape>(x: Operand, n: Operand): Tensor<R> {
  const number = typeof x === 'number' ? x : floating(x)
  const exponent = cast(asTensor(n), typeof number === 'number' ? 'f32' : number.dtype)
  const half = floor(multiply(exponent, 0.5))
  return binary<R>('multiply', binary('multiply', number, power(2, half)), power(2, subtract(exponent, half)))
}
