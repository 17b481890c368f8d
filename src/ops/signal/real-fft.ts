// Fourier transforms of real numbers: those of an even length by a complex transform of half that length.

import { cast, concat, ConfigError, flip, isFloat, reshape, ShapeError, stack, staticDim, tensor, type Tensor } from '../../core/index.ts'
import { checkPair } from './fft.ts'
import { type ComplexPair, eachPart, multiplied, transformed, unitNumbers } from './fourier.ts'
import { fitted, span } from './last-axis.ts'

export interface FftLengthOption {
  /** How many real numbers are (or were) transformed; the last axis is cut or filled with zeros to fit. */
  readonly fftLength?: number
}

/**
 * The first ⌊n / 2⌋ + 1 terms `[…, n / 2 + 1]` of the Fourier transform of real numbers along the last axis, the others being their conjugates.
 * `fftLength` is n; default the size of that axis.
 *
 * @throws ShapeError for a scalar, ConfigError for an fftLength below 1
 */
export function rfft(x: Tensor, { fftLength }: FftLengthOption = {}): [real: Tensor, imaginary: Tensor] {
  const last = x.dims.at(-1)
  if (last === undefined) throw new ShapeError('rfft: expected at least one axis, got []. Reshape it to [1].')
  const size = staticDim(last, 'rfft')
  const n = checkedLength('rfft', fftLength ?? size)
  return [...halfSpectrum(fitted(isFloat(x.dtype) ? x : cast(x, 'f32'), n, size), n)]
}

/**
 * The real numbers `[…, n]` of which {@link rfft} gives x `[…, n / 2 + 1]`; `fftLength` is n, by default 2 (bins − 1). The imaginary parts of the
 * first term, and of the last for an even n, are not read.
 *
 * @throws ShapeError where the parts differ in shape, DTypeError where they are no floats, ConfigError for an fftLength below 1
 */
export function irfft(x: ComplexPair, { fftLength }: FftLengthOption = {}): Tensor {
  checkPair('irfft', x, 1)
  const size = staticDim(x[0].dims.at(-1) ?? 0, 'irfft')
  const n = checkedLength('irfft', fftLength ?? 2 * (size - 1))
  const half = eachPart(x, (part) => fitted(part, Math.floor(n / 2) + 1, size))
  return n % 2 === 0 ? fromEvenSpectrum(half, n) : fromOddSpectrum(half, n)
}

function checkedLength(operation: string, length: number): number {
  if (!Number.isInteger(length) || length < 1) {
    throw new ConfigError(`${operation}: expected a whole fftLength of at least 1, got ${length}. Pass { fftLength }.`)
  }
  return length
}

/** x and y next to each other, element by element, on the last axis. */
const interleaved = (x: Tensor, y: Tensor): Tensor => reshape(stack([x, y], -1), [...x.dims.slice(0, -1), -1])

const conjugated = ([real, imaginary]: ComplexPair): ComplexPair => [real, imaginary.negate()]
const reversed = (x: ComplexPair): ComplexPair => eachPart(x, (part) => flip(part, -1))
const sumOf = (x: ComplexPair, y: ComplexPair): ComplexPair => [x[0].add(y[0]), x[1].add(y[1])]
const differenceOf = (x: ComplexPair, y: ComplexPair): ComplexPair => [x[0].subtract(y[0]), x[1].subtract(y[1])]

function halfSpectrum(x: Tensor, n: number): ComplexPair {
  const bins = Math.floor(n / 2) + 1
  if (n % 2 === 1) {
    const whole = transformed([x, x.multiply(0)], -1)
    return eachPart(whole, (part) => span(part, 0, bins))
  }
  // Even places as real parts and odd ones as imaginary parts: z = e + i o, of which both spectra are read.
  const half = n / 2
  const z = transformed([span(x, 0, half, 2), span(x, 1, half, 2)], -1)
  const around = eachPart(z, (part) => concat([part, span(part, 0, 1)], -1))
  const mirrored = conjugated(reversed(around))
  const even = sumOf(around, mirrored)
  const [real, imaginary] = differenceOf(around, mirrored)
  const odd = multiplied(
    [imaginary, real.negate()],
    unitNumbers([bins], x.dtype, (k) => -k / n),
  )
  return eachPart(sumOf(even, odd), (part) => part.multiply(0.5))
}

function fromEvenSpectrum(x: ComplexPair, n: number): Tensor {
  const half = n / 2
  const ends = tensor(
    Float64Array.from({ length: half + 1 }, (_, k) => (k === 0 || k === half ? 0 : 1)),
    [half + 1],
    { dtype: x[0].dtype },
  )
  const real: ComplexPair = [x[0], x[1].multiply(ends)]
  const mirrored = conjugated(reversed(real))
  const even = sumOf(real, mirrored)
  const odd = multiplied(
    differenceOf(real, mirrored),
    unitNumbers([half + 1], x[0].dtype, (k) => k / n),
  )
  const z: ComplexPair = [even[0].subtract(odd[1]), even[1].add(odd[0])]
  const [evens, odds] = transformed(
    eachPart(z, (part) => span(part, 0, half)),
    1,
  )
  return interleaved(evens, odds).multiply(1 / n)
}

function fromOddSpectrum(x: ComplexPair, n: number): Tensor {
  const rest = Math.floor(n / 2)
  if (rest === 0) return x[0]
  const others = conjugated(reversed(eachPart(x, (part) => span(part, 1, rest))))
  const first: ComplexPair = [span(x[0], 0, 1), span(x[1], 0, 1).multiply(0)]
  const middle = eachPart(x, (part) => span(part, 1, rest))
  const join = (part: 0 | 1): Tensor => concat([first[part], middle[part], others[part]], -1)
  return transformed([join(0), join(1)], 1)[0].multiply(1 / n)
}
