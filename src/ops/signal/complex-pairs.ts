// Parts, magnitude and direction of complex numbers. There is no complex dtype: where Keras takes or gives a complex tensor, these have a pair
// `[real, imaginary]`; a single tensor is real.

import { equal, multiply, negate, ones, reshape, ShapeError, showDims, sin, cos, stack, Tensor, where, zeros } from '../../core/index.ts'
import { arctan2 } from '../elementwise/trigonometry.ts'
import type { ComplexPair } from './fourier.ts'
import { span } from './last-axis.ts'

/** The real part. */
export const real = (x: Tensor | ComplexPair): Tensor => (x instanceof Tensor ? x : x[0])

/** The imaginary part; zeros of a real tensor. */
export const imag = (x: Tensor | ComplexPair): Tensor => (x instanceof Tensor ? zeros(x.dims, { dtype: x.dtype }) : x[1])

/** The complex conjugate: the imaginary part with the other sign. A real tensor is its own. */
export function conjugate(x: Tensor): Tensor
export function conjugate(x: ComplexPair): [real: Tensor, imaginary: Tensor]
export function conjugate(x: Tensor | ComplexPair): Tensor | [real: Tensor, imaginary: Tensor] {
  return x instanceof Tensor ? x : [x[0], negate(x[1])]
}

export { conjugate as conj }

/** Whether the imaginary part is zero, bool. */
export function isreal(x: Tensor | ComplexPair): Tensor {
  return x instanceof Tensor ? ones(x.dims, { dtype: 'bool' }) : equal<Tensor, 0>(x[1], 0)
}

/** The angle in radians, −π to π, counted from the real axis: 0 or π for a real tensor. */
export function angle(x: Tensor | ComplexPair): Tensor {
  if (!(x instanceof Tensor)) return arctan2(x[1], x[0])
  return where(x.less(0), Math.PI, multiply<Tensor, 0>(x, 0))
}

/** `[real, imaginary]` of the complex numbers with these magnitudes and angles (radians). */
export function polar(abs: Tensor, angles: Tensor): [real: Tensor, imaginary: Tensor] {
  return [multiply<Tensor, Tensor>(abs, cos(angles)), multiply<Tensor, Tensor>(abs, sin(angles))]
}

/**
 * `[real, imaginary]` of x `[…, 2]`, whose last axis has both.
 *
 * @throws ShapeError where that axis has another size
 */
export function viewAsComplex(x: Tensor): [real: Tensor, imaginary: Tensor] {
  if (x.dims.at(-1) !== 2) {
    throw new ShapeError(
      `viewAsComplex: expected a last axis of size 2, real and imaginary, got ${showDims(x.dims)}. Stack the parts on the last axis.`,
    )
  }
  const part = (i: number): Tensor => reshape(span(x, i, 1), x.dims.slice(0, -1))
  return [part(0), part(1)]
}

/** `[…, 2]` with the real and the imaginary part on the last axis; a real tensor has zeros as the latter. */
export function viewAsReal(x: Tensor | ComplexPair): Tensor {
  return stack([real(x), imag(x)], -1)
}
