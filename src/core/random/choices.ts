// Draws of which: classes by their logits, orders, and what dropout keeps.

import type { Dim, Dims } from '../dimension.ts'
import { showDims, staticDim } from '../dimension.ts'
import type { DType } from '../dtype.ts'
import { ConfigError, ShapeError } from '../errors.ts'
import { normalizeAxis } from '../ops/broadcast.ts'
import { randomBits } from '../ops/creation.ts'
import { binary, cast, log, negate, where } from '../ops/elementwise.ts'
import { argsort, gather } from '../ops/indexing.ts'
import { broadcastTo, expandDims } from '../ops/movement.ts'
import { argmax } from '../ops/reductions.ts'
import type { Tensor } from '../tensor.ts'
import { keyFrom, type KeySource } from './keys.ts'
import { bernoulli, uniform } from './uniform.ts'

/**
 * Indices of classes drawn with probabilities softmax(logits), by the Gumbel-max trick: logits `[…, classes]` to `[…, numSamples]`, or to `[…]`
 * where `numSamples` is left out; i32 unless another dtype is named.
 *
 * @throws ConfigError where numSamples is not whole and positive
 */
export function categorical(from: KeySource, logits: Tensor, numSamples?: number, { dtype = 'i32' }: { readonly dtype?: DType } = {}): Tensor {
  if (numSamples !== undefined && (!Number.isInteger(numSamples) || numSamples < 1)) {
    throw new ConfigError(`categorical: expected numSamples to be a whole number of at least 1, got ${numSamples}. Leave it out for one draw.`)
  }
  const rows: Tensor = numSamples === undefined ? logits : expandDims(logits, -2)
  const dims: Dims = numSamples === undefined ? logits.dims : [...logits.dims.slice(0, -1), numSamples, logits.dims.at(-1) ?? 1]
  const u = binary('add', uniform(from, dims), 2 ** -25)
  return cast(argmax(binary('subtract', rows, log(negate(log(u)))), -1), dtype)
}

/** 0 to count − 1 in random order, i32. */
export function permutation(from: KeySource, count: number): Tensor {
  return argsort(randomBits(keyFrom(from), [count]))
}

/** The slices of x along an axis in random order, the same for all. */
export function shuffle(from: KeySource, x: Tensor, axis = 0): Tensor {
  const at = normalizeAxis('shuffle', axis, x.dims)
  return gather(x, permutation(from, staticDim(x.dims[at] ?? 0, 'shuffle')), at)
}

export interface DropoutOptions {
  /** Sizes of the pattern that is drawn and repeated over the inputs; null for an input's own size. Default that of the inputs. */
  readonly noiseShape?: readonly (Dim | null)[]
}

/**
 * Zeros with probability `rate`, else the inputs divided by 1 − rate.
 *
 * @throws ConfigError where the rate is not in [0, 1]; ShapeError where noiseShape does not broadcast to the inputs
 */
export function dropout(from: KeySource, inputs: Tensor, rate: number, { noiseShape }: DropoutOptions = {}): Tensor {
  if (!(rate >= 0 && rate <= 1)) throw new ConfigError(`dropout: expected a rate from 0 to 1, got ${rate}. It is the part that becomes zero.`)
  if (noiseShape !== undefined && noiseShape.length !== inputs.rank) {
    throw new ShapeError(
      `dropout: expected ${inputs.rank} sizes in noiseShape for ${showDims(inputs.dims)}, got ${noiseShape.length}. Name one for each axis.`,
    )
  }
  if (rate === 0) return inputs
  const dims: Dims = inputs.dims.map((d, i) => noiseShape?.[i] ?? d)
  const kept = broadcastTo(bernoulli(from, 1 - rate, dims), inputs.dims)
  return where(kept, rate === 1 ? 0 : binary('multiply', inputs, 1 / (1 - rate)), 0)
}
