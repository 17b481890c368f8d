// Overlapping pieces of a signal, and their sum.

import { ConfigError, gather, iota, scatterAdd, ShapeError, staticDim, type Tensor } from '../../core/index.ts'

export interface ExtractSequencesOptions {
  /** Elements of each piece. */
  readonly sequenceLength: number
  /** From the start of a piece to the start of the next. */
  readonly sequenceStride: number
}

/**
 * The overlapping pieces of the last axis that are complete: `[…, samples]` to `[…, pieces, sequenceLength]`, one every `sequenceStride`.
 *
 * @throws ConfigError for lengths that are not whole and positive, ShapeError where x is a scalar or shorter than a piece
 */
export function extractSequences(x: Tensor, { sequenceLength, sequenceStride }: ExtractSequencesOptions): Tensor {
  return sequencesOf('extractSequences', x, sequenceLength, sequenceStride)
}

/** {@link extractSequences} in the name of an operation. */
export function sequencesOf(operation: string, x: Tensor, length: number, stride: number): Tensor {
  checkPositive(operation, 'sequenceLength', length)
  checkPositive(operation, 'sequenceStride', stride)
  const samples = x.rank === 0 ? 0 : staticDim(x.dims.at(-1) ?? 0, operation)
  if (samples < length) {
    throw new ShapeError(
      `${operation}: expected at least ${length} samples on the last axis, got ${samples}. Pad the signal, or take shorter pieces.`,
    )
  }
  const pieces = 1 + Math.floor((samples - length) / stride)
  return gather(x, places(pieces, length, stride), -1)
}

/** Pieces `[…, pieces, length]` added up at every `stride`-th place: `[…, (pieces − 1) stride + length]`. */
export function overlapped(operation: string, pieces: Tensor, stride: number): Tensor {
  const [count, length] = pieces.dims.slice(-2).map((d) => staticDim(d, operation))
  if (count === undefined || length === undefined) {
    throw new ShapeError(`${operation}: expected pieces […, pieces, length], got one axis. Add an axis.`)
  }
  return scatterAdd(places(count, length, stride), pieces, (count - 1) * stride + length, pieces.rank - 2)
}

/** Where the elements of each piece come from, i32 `[pieces, length]`. */
const places = (pieces: number, length: number, stride: number): Tensor =>
  iota([pieces, length], 0)
    .multiply(stride)
    .add(iota([pieces, length], 1))

/** A ConfigError where an option is not a whole number of at least 1. */
export function checkPositive(operation: string, option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new ConfigError(`${operation}: expected ${option} to be a whole number of at least 1, got ${value}. Give it in samples.`)
  }
}
