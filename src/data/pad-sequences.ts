// Sequences of different lengths as one tensor.

import { ConfigError, type DType, type NestedArray, ShapeError, type Tensor, tensor } from '../core/index.ts'

export interface PadSequencesOptions {
  /** The length of all; default: of the longest. */
  readonly maxlen?: number | undefined
  /** Default 'i32': fractions are cut off. */
  readonly dtype?: DType
  /** Whether values are added before or after a shorter sequence. Default 'pre'. */
  readonly padding?: 'pre' | 'post'
  /** Whether a longer sequence loses its beginning or its end. Default 'pre'. */
  readonly truncating?: 'pre' | 'post'
  /** What is added. Default 0. */
  readonly value?: number
}

/** One sequence: numbers, or samples of one shape. */
export type NumberSequence = ArrayLike<number> | readonly NestedArray[]

/**
 * Sequences of numbers (or of samples `[…]`) as `[sequences, maxlen, …]`.
 *
 * ```ts
 * padSequences([[1], [2, 3], [4, 5, 6]]) // [[0, 0, 1], [0, 2, 3], [4, 5, 6]]
 * ```
 * @throws ShapeError where samples have different shapes, ConfigError for an option that is not allowed
 */
export function padSequences(
  sequences: readonly NumberSequence[],
  { maxlen, dtype = 'i32', padding = 'pre', truncating = 'pre', value = 0 }: PadSequencesOptions = {},
): Tensor {
  checkSide('padding', padding)
  checkSide('truncating', truncating)
  const longest = sequences.reduce((length, sequence) => Math.max(length, sequence.length), 0)
  const length = maxlen ?? longest
  if (!Number.isInteger(length) || length < 1) {
    throw new ConfigError(
      `padSequences: expected maxlen to be a whole number of at least 1, got ${length}. Pass maxlen, or sequences that are not empty.`,
    )
  }
  const firstSample: unknown = sequences.find((sequence) => sequence.length > 0)?.[0]
  const sampleShape = shapeOf(firstSample)
  const size = sampleShape.reduce((a, b) => a * b, 1)
  const whole = dtype.startsWith('f') || dtype === 'bf16' ? (x: number): number => x : Math.trunc
  const values = new Float64Array(sequences.length * length * size).fill(whole(value))
  sequences.forEach((sequence, row) => {
    const samples: readonly unknown[] = Array.from<unknown>(sequence)
    const kept = truncating === 'pre' ? samples.slice(-length) : samples.slice(0, length)
    const start = row * length + (padding === 'pre' ? length - kept.length : 0)
    kept.forEach((sample, i) => {
      const shape = shapeOf(sample)
      if (shape.length !== sampleShape.length || shape.some((axis, at) => axis !== sampleShape[at])) {
        throw new ShapeError(
          `padSequences: expected samples of [${sampleShape.join(', ')}], got [${shape.join(', ')}] in sequence ${row}. Give all samples one shape.`,
        )
      }
      values.set(numbersIn(sample).map(whole), (start + i) * size)
    })
  })
  return tensor(values, [sequences.length, length, ...sampleShape], { dtype })
}

function checkSide(what: string, side: string): void {
  if (side !== 'pre' && side !== 'post')
    throw new ConfigError(`padSequences: expected ${what} to be 'pre' or 'post', got '${side}'. Choose one of them.`)
}

/** Sizes of nested lists, by their first elements. */
function shapeOf(sample: unknown): number[] {
  const shape: number[] = []
  for (let part = sample; Array.isArray(part); part = part[0]) shape.push(part.length)
  return shape
}

function numbersIn(sample: unknown): number[] {
  return Array.isArray(sample) ? sample.flatMap(numbersIn) : [Number(sample)]
}
