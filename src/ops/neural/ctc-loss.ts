// Connectionist temporal classification: the loss of an unaligned label sequence (Graves et al. 2006).

import {
  binary,
  cast,
  compare,
  concat,
  ConfigError,
  type Dims,
  exp,
  full,
  iota,
  log,
  logicalAnd,
  logSoftmax,
  maximum,
  negate,
  pad,
  permute,
  promote,
  reshape,
  type Shape,
  ShapeError,
  showDims,
  staticDim,
  stopGradient,
  takeAlongAxis,
  type Tensor,
  where,
} from '../../core/index.ts'
import { sliceAt } from '../indexing/positions.ts'
import { scan } from '../control/loops.ts'

/** Stands for the logarithm of 0: finite, so that differences of two are no NaN, and e to it is 0. */
const impossible = -1e30

/**
 * −log P(target | output) of each example, `[batch]`: the sum over all ways of spreading the target over time with blanks (`maskIndex`) between.
 * The forward recursion runs in logarithms along time; a target that cannot be reached gives ∞.
 *
 * @param target classes `[batch, length]`, of which the first `targetLength` `[batch]` count
 * @param output logits `[batch, time, classes]`, of which the first `outputLength` `[batch]` steps count
 * @throws ShapeError where the batch sizes or ranks do not fit.
 */
export function ctcLoss(
  target: Tensor,
  output: Tensor,
  targetLength: Tensor,
  outputLength: Tensor,
  { maskIndex = 0 }: { readonly maskIndex?: number } = {},
): Tensor {
  const [batch, time, classes] = output.dims
  const [labelBatch, length] = target.dims
  if (output.rank !== 3 || target.rank !== 2 || String(labelBatch) !== String(batch) || targetLength.rank !== 1 || outputLength.rank !== 1) {
    throw new ShapeError(
      `ctcLoss: expected a target [batch, length], an output [batch, time, classes] and lengths [batch], got ${[target, output, targetLength, outputLength].map((t) => showDims(t.dims)).join(', ')}. Check the axes.`,
    )
  }
  if (!Number.isInteger(maskIndex) || maskIndex < 0 || maskIndex >= staticDim(classes ?? 1, 'ctcLoss')) {
    throw new ConfigError(`ctcLoss: expected maskIndex to be one of ${String(classes)} classes, got ${maskIndex}. 0 is Keras's.`)
  }
  const labels = staticDim(length ?? 0, 'ctcLoss')
  const states: Dims = [batch ?? 1, 2 * labels + 1]
  const logs = logSoftmax(cast(output, promote(output.dtype, 'f32')), -1)

  // Blank, label, blank, label, …, blank: state s is label (s − 1) / 2 where s is odd.
  const blanks = full([batch ?? 1, labels, 1], maskIndex, { dtype: 'i32' })
  const classOf: Tensor = reshape<Shape, Dims>(concat<Tensor[], 2>([blanks, reshape<Shape, Dims>(cast(target, 'i32'), [batch ?? 1, labels, 1])], 2), [
    batch ?? 1,
    2 * labels,
  ])
  const sequence: Tensor = concat<Tensor[], 1>([classOf, full([batch ?? 1, 1], maskIndex, { dtype: 'i32' })], 1)
  const each: Dims = [batch ?? 1, time ?? 1, 2 * labels + 1]
  const everywhere: Tensor = reshape<Shape, Dims>(sequence, [batch ?? 1, 1, 2 * labels + 1]).broadcastTo<Shape, Dims>(each)
  const emitted = permute<Shape, Shape>(takeAlongAxis(logs, everywhere, 2), [1, 0, 2])

  // A label may follow another without a blank between where they differ.
  const skips = logicalAnd<Tensor, Tensor>(compare('notEqual', sequence, maskIndex), compare('notEqual', sequence, moved(sequence, 2, -1)))
  const firstStep: Tensor = reshape<Shape, Dims>(sliceAt(emitted, 0, 0, 1), states)
  const start = where(compare('less', iota(states, 1), 2), firstStep, impossible)
  const steps = sliceAt(emitted, 0, 1, staticDim(time ?? 1, 'ctcLoss') - 1)
  const place = iota([staticDim(time ?? 1, 'ctcLoss') - 1]).add(1)
  const ends: Tensor = reshape<Shape, Dims>(cast(outputLength, 'i32'), [batch ?? 1, 1])
  const [last] = scan(
    (alpha: Tensor, [logit, t]: readonly [Tensor, Tensor]) => {
      const ways = [alpha, moved(alpha, 1, impossible), where(skips, moved(alpha, 2, impossible), impossible)]
      return [where(compare('less', t, ends), binary('add', logSum(ways), logit), alpha), []]
    },
    start,
    [steps, place],
  )

  // The end is the last label or the blank behind it.
  const final: Tensor = reshape<Shape, Dims>(binary('multiply', cast(targetLength, 'i32'), 2), [batch ?? 1, 1])
  const blankEnd = takeAlongAxis(last, final, 1)
  const labelEnd = where(compare('greater', final, 0), takeAlongAxis(last, maximum<Tensor, number>(binary('subtract', final, 1), 0), 1), impossible)
  const loss: Tensor = reshape<Shape, Dims>(negate(logSum([blankEnd, labelEnd])), [batch ?? 1])
  return where(compare('greater', loss, -impossible / 2), Infinity, loss)
}

/** States moved `places` to the right, `value` for what comes in. */
function moved(x: Tensor, places: number, value: number): Tensor {
  return pad(
    x,
    [
      [0, 0],
      [places, -places],
    ],
    { value },
  )
}

/** log Σ eˣ of several tensors, element by element. */
function logSum(parts: readonly Tensor[]): Tensor {
  const highest = stopGradient<Shape>(parts.reduce((a, b) => binary('maximum', a, b)))
  const total = parts.map((x) => exp(binary('subtract', x, highest))).reduce((a, b) => binary('add', a, b))
  return binary('add', log(total), highest)
}
