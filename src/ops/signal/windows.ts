// Windows that taper the ends of a piece of signal.

import { ConfigError, type DType, ones, ShapeError, showDims, tensor, Tensor } from '../../core/index.ts'
import { padded } from './last-axis.ts'

/** A window by name, by its values, or none: `null`, all ones. */
export type WindowOption = 'hann' | 'hamming' | Tensor | null

const cosineShares: Readonly<Record<'hann' | 'hamming', number>> = { hann: 0.5, hamming: 0.46 }

/** The window's values for pieces of `length`, centred in `fftLength`. The named ones are periodic: 1 − a − a cos(2πi / length). */
export function windowOf(operation: string, window: WindowOption, length: number, fftLength: number, dtype: DType): Tensor {
  const before = Math.floor((fftLength - length) / 2)
  return padded(valuesOf(operation, window, length, dtype), before, fftLength - length - before)
}

function valuesOf(operation: string, window: WindowOption, length: number, dtype: DType): Tensor {
  if (window === null) return ones([length], { dtype })
  if (window instanceof Tensor) {
    if (window.rank !== 1 || window.dims[0] !== length) {
      throw new ShapeError(
        `${operation}: expected a window [${length}], as long as sequenceLength, got ${showDims(window.dims)}. Change one of them.`,
      )
    }
    return window.cast(dtype)
  }
  const share: number | undefined = cosineShares[window]
  if (share === undefined) {
    throw new ConfigError(`${operation}: expected window 'hann', 'hamming', a tensor or null, got '${String(window)}'. Choose one of them.`)
  }
  const angle = (2 * Math.PI) / length
  return tensor(
    Float64Array.from({ length }, (_, i) => 1 - share - share * Math.cos(angle * i)),
    [length],
    { dtype },
  )
}
