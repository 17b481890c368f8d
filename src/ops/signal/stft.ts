// The short-time Fourier transform and its inverse, by overlapping windowed pieces.

import { concat, ConfigError, flip, ShapeError, square, staticDim, type Tensor, broadcastTo } from '../../core/index.ts'
import { checkPair } from './fft.ts'
import type { ComplexPair } from './fourier.ts'
import { fitted, padded, span } from './last-axis.ts'
import { irfft, rfft } from './real-fft.ts'
import { checkPositive, overlapped, sequencesOf } from './sequences.ts'
import { type WindowOption, windowOf } from './windows.ts'

export interface StftOptions {
  /** Samples of a piece, and of the window. */
  readonly sequenceLength: number
  /** Samples from the start of a piece to the start of the next. */
  readonly sequenceStride: number
  /** Samples that are transformed, at least `sequenceLength`: the piece in the middle of zeros. */
  readonly fftLength: number
  /** `hann`, `hamming`, values `[sequenceLength]`, or null for none. Default `hann`. */
  readonly window?: WindowOption
  /** The signal is mirrored at its ends, by half of `fftLength`, so that piece i is centred at sample i · `sequenceStride`. Default true. */
  readonly center?: boolean
}

export interface IstftOptions extends StftOptions {
  /** Samples of the result. Default as many as the pieces cover, without the mirrored ends where `center` is true. */
  readonly length?: number
}

/**
 * The short-time Fourier transform of `[…, samples]`: `[real, imaginary]`, each `[…, pieces, fftLength / 2 + 1]`.
 *
 * @example
 * const [real, imaginary] = stft(audio, { sequenceLength: 400, sequenceStride: 160, fftLength: 512 })
 * @throws ConfigError for lengths that do not fit each other, ShapeError where the signal is too short
 */
export function stft(x: Tensor, options: StftOptions): [real: Tensor, imaginary: Tensor] {
  const { sequenceStride, fftLength, center = true } = checked('stft', options)
  const signal = center ? mirrored(x, Math.floor(fftLength / 2)) : x
  const window = windowOf('stft', options.window === undefined ? 'hann' : options.window, options.sequenceLength, fftLength, x.dtype)
  return rfft(sequencesOf('stft', signal, fftLength, sequenceStride).multiply(window), { fftLength })
}

/**
 * The signal `[…, samples]` of which {@link stft} with the same options gives x, each part `[…, pieces, fftLength / 2 + 1]`: the pieces transformed
 * back, windowed again and added up, divided by the sum of the squared windows. That sum is the one over the pieces that there are where
 * `sequenceLength` is `fftLength`, a window is used and `center` is true; else the one of an endless row of pieces (as Keras on PyTorch has it).
 *
 * @throws ConfigError for lengths that do not fit each other, ShapeError where the parts of x differ in shape
 */
export function istft(x: ComplexPair, options: IstftOptions): Tensor {
  const { sequenceLength, sequenceStride, fftLength, center = true, length } = checked('istft', options)
  checkPair('istft', x, 2)
  if (length !== undefined) checkPositive('istft', 'length', length)
  if (sequenceStride > fftLength) {
    throw new ConfigError(`istft: expected sequenceStride of at most fftLength, ${fftLength}, got ${sequenceStride}. Pieces have to overlap.`)
  }
  const named = options.window === undefined ? 'hann' : options.window
  const window = windowOf('istft', named, sequenceLength, fftLength, x[0].dtype)
  const pieces = irfft(x, { fftLength })
  const count = staticDim(x[0].dims.at(-2) ?? 0, 'istft')
  const ends = { start: center ? Math.floor(fftLength / 2) : 0, length, whole: (count - 1) * sequenceStride + fftLength, center }
  if (named === null) return cut(overlapped('istft', pieces, sequenceStride), ends)
  if (sequenceLength === fftLength && center) {
    const sums: Tensor = overlapped('istft', broadcastTo(square(window), [count, fftLength]), sequenceStride)
    const covered = cut(sums, ends)
    return cut(overlapped('istft', pieces.multiply(window), sequenceStride), ends).divide(covered.equal(0).where(1, covered))
  }
  return cut(overlapped('istft', pieces.multiply(window.divide(endlessSum(window, fftLength, sequenceStride))), sequenceStride), ends)
}

/** What an endless row of squared windows adds up to at each place of one of them. */
function endlessSum(window: Tensor, length: number, stride: number): Tensor {
  const overlaps = Math.ceil(length / stride)
  const rows = padded(square(window), 0, overlaps * stride - length).reshape([overlaps, stride])
  const sums: Tensor = broadcastTo(rows.sum([0], { keepDims: true }), [overlaps, stride])
  return span(sums.reshape([overlaps * stride]), 0, length)
}

interface Ends {
  readonly start: number
  readonly length: number | undefined
  readonly whole: number
  readonly center: boolean
}

/** The part of the signal that is asked for; zeros behind what the pieces cover. */
function cut(signal: Tensor, { start, length, whole, center }: Ends): Tensor {
  const wanted = length ?? whole - start - (center ? start : 0)
  return fitted(span(signal, start, whole - start), wanted, whole - start)
}

/** x with `count` samples mirrored at each end, without the first and last themselves. */
function mirrored(x: Tensor, count: number): Tensor {
  const samples = staticDim(x.dims.at(-1) ?? 0, 'stft')
  if (samples <= count) {
    throw new ShapeError(`stft: expected more than fftLength / 2 = ${count} samples to mirror, got ${samples}. Pad the signal, or set center: false.`)
  }
  if (count === 0) return x
  return concat([flip(span(x, 1, count), -1), x, flip(span(x, samples - 1 - count, count), -1)], -1)
}

function checked<T extends StftOptions>(operation: string, options: T): T {
  for (const name of ['sequenceLength', 'sequenceStride', 'fftLength'] as const) checkPositive(operation, name, options[name])
  if (options.fftLength < options.sequenceLength) {
    throw new ConfigError(
      `${operation}: expected fftLength of at least sequenceLength, ${options.sequenceLength}, got ${options.fftLength}. Make it as long.`,
    )
  }
  return options
}
