// The label sequences that a network's output over time stands for, by the best class of each step or by beam search.

import {
  argsort,
  cast,
  compare,
  ConfigError,
  type Dims,
  argmax,
  iota,
  logicalAnd,
  logicalOr,
  max,
  negate,
  numbersOf,
  pad,
  promote,
  reshape,
  type Shape,
  ShapeError,
  showDims,
  staticDim,
  sum,
  takeAlongAxis,
  type Tensor,
  tensor,
  where,
} from '../../core/index.ts'
import { beamSearch } from './ctc-beam-search.ts'

/** Options of {@link ctcDecode}. */
export interface CtcDecodeOptions {
  /**
   * The best class of each step, or a search for the sequences of highest probability. The search reads the numbers and runs beside the program,
   * so it cannot be part of a `jit`. Default 'greedy'.
   */
  readonly strategy?: 'greedy' | 'beamSearch' | 'beam_search'
  /** Sequences kept after each step of the search. Default 100. */
  readonly beamWidth?: number
  /** Sequences that the search gives. Default 1. */
  readonly topPaths?: number
  /** Equal classes of neighbouring steps are one label (greedy). Default true. */
  readonly mergeRepeated?: boolean
  /** The class of the blank. Default 0. */
  readonly maskIndex?: number
}

/**
 * `[sequences, scores]`: classes (i32) `[topPaths, batch, time]`, −1 behind their ends; the greedy one's score is −Σ of its steps' values
 * `[batch, 1]`, the search's are log-probabilities `[batch, topPaths]`.
 *
 * @param inputs logits `[batch, time, classes]`, of which the first `sequenceLengths` `[batch]` steps count
 * @throws ConfigError where a strategy is unknown or a number too small.
 */
export function ctcDecode(inputs: Tensor, sequenceLengths: Tensor, options: CtcDecodeOptions = {}): [sequences: Tensor, scores: Tensor] {
  const { strategy = 'greedy', beamWidth = 100, topPaths = 1, mergeRepeated = true, maskIndex = 0 } = options
  if (inputs.rank !== 3 || sequenceLengths.rank !== 1) {
    throw new ShapeError(
      `ctcDecode: expected [batch, time, classes] and lengths [batch], got ${showDims(inputs.dims)} and ${showDims(sequenceLengths.dims)}. Reshape them.`,
    )
  }
  for (const [option, value] of Object.entries({ beamWidth, topPaths })) {
    if (!Number.isInteger(value) || value < 1)
      throw new ConfigError(`ctcDecode: expected ${option} to be a whole number of at least 1, got ${value}. Choose another.`)
  }
  const logits = cast(inputs, promote(inputs.dtype, 'f32'))
  switch (strategy) {
    case 'greedy':
      return greedy(logits, cast(sequenceLengths, 'i32'), mergeRepeated, maskIndex)
    case 'beamSearch':
    case 'beam_search':
      return searched(logits, sequenceLengths, beamWidth, topPaths, maskIndex)
    default:
      throw new ConfigError(`ctcDecode: expected strategy to be 'greedy' or 'beamSearch', got '${String(strategy)}'. Choose one.`)
  }
}

function greedy(logits: Tensor, lengths: Tensor, mergeRepeated: boolean, maskIndex: number): [Tensor, Tensor] {
  const [batch, time] = logits.dims.slice(0, 2)
  const shape: Dims = [batch ?? 1, time ?? 1]
  const place = iota(shape, 1)
  const outside = compare('greaterEqual', place, reshape<Shape, Dims>(lengths, [batch ?? 1, 1]))
  const best = where(outside, maskIndex, argmax<Shape, number>(logits, -1))
  const scores = where(outside, 0, max<Shape, number>(logits, -1))
  const before = pad(best, [
    [0, 0],
    [1, -1],
  ])
  const repeated = logicalAnd<Tensor, Tensor>(compare('equal', best, before), compare('greater', place, 0))
  const blank = compare('equal', best, maskIndex)
  const left = mergeRepeated ? logicalOr<Tensor, Tensor>(blank, repeated) : blank
  // Blanks sort behind everything, labels stay in their order.
  const order = argsort(where(left, staticDim(time ?? 1, 'ctcDecode'), place), -1)
  const sequences = takeAlongAxis(where(left, -1, best), order, -1)
  return [reshape<Shape, Dims>(sequences, [1, ...shape]), negate(sum<Shape, number, true>(scores, 1, { keepDims: true }))]
}

function searched(logits: Tensor, lengths: Tensor, beamWidth: number, topPaths: number, maskIndex: number): [Tensor, Tensor] {
  const [batch = 0, time = 0, classes = 0] = logits.shape
  const logs = numbersOf(logits.logSoftmax(-1).storageSync())
  const steps = numbersOf(lengths.storageSync())
  const sequences = new Int32Array(topPaths * batch * time).fill(-1)
  const scores = new Float32Array(batch * topPaths).fill(-Infinity)
  for (let b = 0; b < batch; b++) {
    const found = beamSearch((t, c) => logs[(b * time + t) * classes + c] ?? -Infinity, {
      steps: Math.min(steps[b] ?? 0, time),
      classes,
      blank: maskIndex,
      beamWidth,
    })
    found.slice(0, topPaths).forEach(({ labels, score }, path) => {
      sequences.set(labels, (path * batch + b) * time)
      scores[b * topPaths + path] = score
    })
  }
  return [tensor(sequences, [topPaths, batch, time]), tensor(scores, [batch, topPaths])]
}
