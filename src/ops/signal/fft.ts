// Fourier transforms of complex numbers. There is no complex dtype: complex tensors are pairs `[real, imaginary]`.

import { DTypeError, isFloat, sameDims, ShapeError, showDims, staticDim, type Tensor, transpose } from '../../core/index.ts'
import { type ComplexPair, type Direction, eachPart, transformed } from './fourier.ts'

/**
 * The discrete Fourier transform along the last axis, any length: X[k] = Σ x[j] e^(−2πi jk / n).
 *
 * @throws ShapeError where the parts differ in shape or are scalars, DTypeError where they are no floats
 */
export function fft(x: ComplexPair): [real: Tensor, imaginary: Tensor] {
  checkPair('fft', x, 1)
  return [...transformed(x, -1)]
}

/**
 * {@link fft} along the last two axes.
 *
 * @throws ShapeError where the parts differ in shape or have less than two axes, DTypeError where they are no floats
 */
export function fft2(x: ComplexPair): [real: Tensor, imaginary: Tensor] {
  checkPair('fft2', x, 2)
  return [...alongTwo(x, -1)]
}

/**
 * The inverse of {@link fft2}.
 *
 * @throws ShapeError where the parts differ in shape or have less than two axes, DTypeError where they are no floats
 */
export function ifft2(x: ComplexPair): [real: Tensor, imaginary: Tensor] {
  checkPair('ifft2', x, 2)
  const [rows, columns] = x[0].dims.slice(-2).map((d) => staticDim(d, 'ifft2'))
  const scale = 1 / ((rows ?? 1) * (columns ?? 1))
  return [...eachPart(alongTwo(x, 1), (part) => part.multiply(scale))]
}

function alongTwo(x: ComplexPair, direction: Direction): ComplexPair {
  const rows = eachPart(transformed(x, direction), transpose)
  return eachPart(transformed(rows, direction), transpose)
}

/** A ShapeError or DTypeError where x is no pair of floats of one shape with `axes` axes. */
export function checkPair(operation: string, [real, imaginary]: ComplexPair, axes: number): void {
  if (!sameDims(real.dims, imaginary.dims) || real.rank < axes) {
    throw new ShapeError(
      `${operation}: expected [real, imaginary] of one shape with at least ${axes} axes, got ${showDims(real.dims)} and ${showDims(imaginary.dims)}. ` +
        'Pass zeros as the imaginary part of real numbers.',
    )
  }
  if (!isFloat(real.dtype) || real.dtype !== imaginary.dtype) {
    throw new DTypeError(`${operation}: expected two parts of one float dtype, got ${real.dtype} and ${imaginary.dtype}. Cast them.`)
  }
}
