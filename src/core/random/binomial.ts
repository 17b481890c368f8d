// Draws from the binomial distribution, inside loops of the program: the number of successes of independent trials.

import type { Dims } from '../dimension.ts'
import type { DType } from '../dtype.ts'
import { ConfigError } from '../errors.ts'
import { asTensor, type Operand } from '../ops/broadcast.ts'
import { whileLoop } from '../ops/control.ts'
import { zeros } from '../ops/creation.ts'
import { abs, cast, ceil, floor, log, log1p, sqrt, where } from '../ops/elementwise.ts'
import { broadcastTo } from '../ops/movement.ts'
import { any } from '../ops/reductions.ts'
import type { Tensor } from '../tensor.ts'
import { foldIn, type KeySource, split } from './keys.ts'
import { uniform } from './uniform.ts'

/** Means below this are counted success by success, others drawn by rejection. */
const smallMean = 10
/** Successes of a mean below 10, or rounds of rejection, beyond which no draw is still open. */
const roundLimit = 100

/**
 * The number of successes in `counts` trials that succeed with `probabilities` (numbers, or tensors that broadcast to `shape`); f32 unless another
 * dtype is named. No gradient goes to them. Where a probability is not in [0, 1] or a count negative the draw is NaN. Means below 10 by gaps
 * between successes (Devroye 1986, X.4), others by transformed rejection (Hörmann 1993, BTRS).
 *
 * @throws ConfigError for a number that is out of range
 */
export function binomial(
  from: KeySource,
  shape: Dims,
  counts: Operand,
  probabilities: Operand,
  { dtype = 'f32' }: { readonly dtype?: DType } = {},
): Tensor {
  if (typeof counts === 'number' && !(counts >= 0)) throw new ConfigError(`binomial: expected counts of at least 0, got ${counts}. Count trials.`)
  if (typeof probabilities === 'number' && !(probabilities >= 0 && probabilities <= 1)) {
    throw new ConfigError(`binomial: expected probabilities from 0 to 1, got ${probabilities}. Divide by the total.`)
  }
  const over = (value: Operand): Tensor => broadcastTo(cast(asTensor(value), 'f32'), shape).stopGradient()
  const [n, p] = [over(counts), over(probabilities)]
  const valid = n.greaterEqual(0).logicalAnd(p.greaterEqual(0)).logicalAnd(p.lessEqual(1))
  const mirrored = p.greater(0.5)
  const least = where(valid, where(mirrored, p.negate().add(1), p), 0)
  const trials = where(valid, n, 0)
  const large = trials.multiply(least).greaterEqual(smallMean)
  const [first, second] = split(from)
  if (first === undefined || second === undefined) throw new ConfigError('binomial: expected two keys.')
  const few = byGaps(first, shape, trials, where(large, 0, least))
  // Where the mean is small the other method draws from a distribution that it can draw from.
  const many = byRejection(second, shape, { n: where(large, trials, 40), p: where(large, least, 0.5), open: large })
  const successes = where(large, many, few)
  return cast(where(valid, where(mirrored, trials.subtract(successes), successes), Number.NaN), dtype)
}

/** Adds up the gaps between successes, which are geometric, until the trials are used up. */
function byGaps(key: Tensor, shape: Dims, n: Tensor, p: Tensor): Tensor {
  const logFailure = log1p(p.negate())
  const start = { round: zeros([], { dtype: 'i32' }), used: zeros(shape), successes: zeros(shape) }
  const { successes } = whileLoop<{ readonly round: Tensor; readonly used: Tensor; readonly successes: Tensor }>(
    ({ round, used }) => round.less(roundLimit).logicalAnd(any(used.lessEqual(n))),
    ({ round, used, successes: before }) => {
      const u = uniform(foldIn(key, round), shape).add(2 ** -25)
      const gap = ceil(log(u).divide(logFailure)).maximum(1)
      const now = used.add(where(p.equal(0), Infinity, gap))
      return { round: round.add(1), used: now, successes: before.add(cast(now.lessEqual(n), 'f32')) }
    },
    start,
  )
  return successes
}

interface Trials {
  readonly n: Tensor
  readonly p: Tensor
  /** Which elements are to be drawn. */
  readonly open: Tensor
}

function byRejection(key: Tensor, shape: Dims, { n, p, open: wanted }: Trials): Tensor {
  const q = p.negate().add(1)
  const deviation = sqrt(n.multiply(p).multiply(q))
  const b = deviation.multiply(2.53).add(1.15)
  const a = b.multiply(0.0248).add(p.multiply(0.01)).subtract(0.0873)
  const centre = n.multiply(p).add(0.5)
  const sure = b.reciprocal().multiply(-4.2).add(0.92)
  const alpha = b.reciprocal().multiply(5.1).add(2.83).multiply(deviation)
  const mode = floor(n.add(1).multiply(p))
  const fromMode = n.subtract(mode).add(1)
  const slope = log(p.divide(q).multiply(fromMode).divide(mode.add(1)))
  const modeTails = stirlingTail(mode).add(stirlingTail(n.subtract(mode)))

  /** The logarithm of how likely k is against the mode; differences, not ratios, so that f32 suffices for large n. */
  const likelihood = (k: Tensor): Tensor => {
    const [back, rest] = [mode.subtract(k), n.subtract(k)]
    const shared = log1p(back.divide(fromMode)).add(log1p(back.divide(k.add(1))))
    const trials = n.add(1).multiply(log1p(back.negate().divide(rest.add(1))))
    return k
      .add(0.5)
      .multiply(shared)
      .subtract(back.multiply(slope))
      .add(trials)
      .add(modeTails)
      .subtract(stirlingTail(k))
      .subtract(stirlingTail(rest))
  }
  const start = { round: zeros([], { dtype: 'i32' }), successes: zeros(shape), open: wanted }
  const { successes } = whileLoop<{ readonly round: Tensor; readonly successes: Tensor; readonly open: Tensor }>(
    ({ round, open }) => round.less(roundLimit).logicalAnd(any(open)),
    ({ round, successes: before, open }) => {
      const [first, second] = split(foldIn(key, round)).map((each) => uniform(each, shape))
      if (first === undefined || second === undefined) throw new ConfigError('binomial: expected two keys.')
      const u = first.subtract(0.5)
      const edge = abs(u).negate().add(0.5)
      const k = floor(a.multiply(2).divide(edge).add(b).multiply(u).add(centre))
      const inside = k.greaterEqual(0).logicalAnd(k.lessEqual(n))
      const kept = where(inside, k, mode)
      const height = log(second.multiply(alpha).divide(a.divide(edge.multiply(edge)).add(b)))
      const quick = edge.greaterEqual(0.07).logicalAnd(second.lessEqual(sure))
      const accepted = inside.logicalAnd(quick.logicalOr(height.lessEqual(likelihood(kept))))
      return {
        round: round.add(1),
        successes: where(open.logicalAnd(accepted), kept, before),
        open: open.logicalAnd(accepted.logicalNot()),
      }
    },
    start,
  )
  return successes
}

/** What Stirling's formula leaves of log k!. */
function stirlingTail(k: Tensor): Tensor {
  const inverse = k.add(1).reciprocal()
  const square = inverse.multiply(inverse)
  return square
    .multiply(1 / 1260)
    .subtract(1 / 360)
    .multiply(square)
    .add(1 / 12)
    .multiply(inverse)
}
