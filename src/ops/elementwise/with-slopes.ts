// Functions whose derivative is better known than derived: a formula with branches for accuracy, and the slope as a formula of its own, so
// that no branch that is not taken spoils a gradient (0 · ∞).

import {
  asTensor,
  binary,
  broadcastDims,
  broadcastTo,
  cast,
  customGradient,
  type DType,
  isFloat,
  multiply,
  type Operand,
  promote,
  type Shape,
  Tensor,
} from '../../core/index.ts'

/** The dtype that a function of reals computes with: single precision for integers and 16-bit floats. */
const wideDType = (dtype: DType): DType => (dtype === 'f64' ? 'f64' : 'f32')

/** The dtype of a function of reals of `dtype`. */
const realDType = (dtype: DType): DType => (isFloat(dtype) ? dtype : 'f32')

/** `formula(x)`, differentiated as `cotangent · slope(x, y)`. Integers become f32, 16-bit floats are computed in f32. */
export function withSlope<S extends Shape>(x: Tensor<S>, formula: (x: Tensor) => Tensor, slope: (x: Tensor, y: Tensor) => Tensor): Tensor<S> {
  const fn = customGradient(formula, (cotangent, y, argument: Tensor) => [multiply(cotangent, slope(argument, y))])
  const wide = new Tensor(cast(x, wideDType(x.dtype)).node)
  return new Tensor<S>(cast(fn(wide), realDType(x.dtype)).node)
}

/** The slopes in a and b; `undefined` where there is none. */
export type Slopes = readonly [Tensor | undefined, Tensor | undefined]

/** {@link withSlope} of two operands that broadcast. */
export function withSlopes<R extends Shape>(
  where: string,
  a: Operand,
  b: Operand,
  formula: (a: Tensor, b: Tensor) => Tensor,
  slopes: (a: Tensor, b: Tensor, y: Tensor) => Slopes,
): Tensor<R> {
  const fn = customGradient(formula, (cotangent, y, left: Tensor, right: Tensor) => {
    const [first, second] = slopes(left, right, y)
    const times = (slope: Tensor | undefined) => (slope === undefined ? undefined : multiply(cotangent, slope))
    return [times(first), times(second)] as const
  })
  const [left, right] = together(where, a, b)
  const dtype = wideDType(left.dtype)
  return new Tensor<R>(cast(fn(cast(left, dtype), cast(right, dtype)), realDType(left.dtype)).node)
}

/** Two operands broadcast to one shape and promoted to one dtype; a number takes the dtype of what it meets. */
export function together(where: string, a: Operand, b: Operand): readonly [Tensor, Tensor] {
  const [left, right] = pairOf(a, b)
  const dtype = promote(left.dtype, right.dtype)
  const dims = broadcastDims(where, left.dims, right.dims)
  return [broadcastTo(cast(left, dtype), dims), broadcastTo(cast(right, dtype), dims)]
}

function pairOf(a: Operand, b: Operand): readonly [Tensor, Tensor] {
  const weak = (value: number, other: Tensor): DType => (isFloat(other.dtype) || Number.isInteger(value) ? other.dtype : 'f32')
  if (typeof a === 'number') return typeof b === 'number' ? [asTensor(a), asTensor(b)] : [asTensor(a, weak(a, b)), b]
  return [a, typeof b === 'number' ? asTensor(b, weak(b, a)) : b]
}

/** c₀ + c₁ t + c₂ t² + …, by Horner's rule; the single-precision coefficients unless t is f64. */
export function polynomial(fit: { readonly single: readonly number[]; readonly double: readonly number[] }, t: Tensor): Tensor {
  const [last = 0, ...rest] = (t.dtype === 'f64' ? fit.double : fit.single).toReversed()
  return asTensor(
    rest.reduce<Operand>((sum, coefficient) => binary('add', binary('multiply', sum, t), coefficient), last),
    t.dtype,
  )
}
