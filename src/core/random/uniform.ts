// Draws that are equally likely everywhere: real numbers of an interval, whole ones, and coins.

import type { Dims } from '../dimension.ts'
import type { DType } from '../dtype.ts'
import { ConfigError } from '../errors.ts'
import type { Operand } from '../ops/broadcast.ts'
import { randomBits, tensor } from '../ops/creation.ts'
import { binary, cast, compare } from '../ops/elementwise.ts'
import type { Tensor } from '../tensor.ts'
import { keyFrom, type KeySource, split } from './keys.ts'

/** Multiples of 2^-24 in [0, 1). */
export function unit(bits: Tensor): Tensor {
  const shift = tensor(new Uint32Array([8]), [])
  return binary('multiply', cast(binary('shiftRight', bits, shift), 'f32'), 2 ** -24)
}

export interface UniformOptions {
  /** The least number. Default 0. */
  readonly minval?: number
  /** What all numbers are below. Default 1. */
  readonly maxval?: number
  /** Default f32. */
  readonly dtype?: DType
}

/** Uniform in [minval, maxval). */
export function uniform(from: KeySource, shape: Dims, { minval = 0, maxval = 1, dtype = 'f32' }: UniformOptions = {}): Tensor {
  const u = unit(randomBits(keyFrom(from), shape))
  return cast(minval === 0 && maxval === 1 ? u : binary('add', binary('multiply', u, maxval - minval), minval), dtype)
}

/** True with probability `p`. */
export function bernoulli(from: KeySource, p: Operand, shape: Dims): Tensor {
  return compare('less', uniform(from, shape), p)
}

/**
 * Whole numbers from `minval` up to, but without, `maxval`; i32 unless another dtype is named.
 *
 * @throws ConfigError where the bounds are not whole, or there is no number, or more than 2^31, between them
 */
export function randint(from: KeySource, shape: Dims, minval: number, maxval: number, { dtype = 'i32' }: { readonly dtype?: DType } = {}): Tensor {
  const span = maxval - minval
  if (!Number.isInteger(minval) || !Number.isInteger(maxval) || span < 1 || span > 2 ** 31) {
    throw new ConfigError(`randint: expected whole numbers minval < maxval, at most 2^31 apart, got ${minval} and ${maxval}. Change the bounds.`)
  }
  // 64 bits modulo the span, from two draws of 32: no number is noticeably likelier than another.
  const [high, low] = split(from).map((key) => binary('remainder', randomBits(key, shape), unsigned(span)))
  if (high === undefined || low === undefined) throw new ConfigError('randint: expected two keys.')
  const half = 2 ** 16 % span
  const wrap = Number((BigInt(half) * BigInt(half)) % BigInt(span))
  const offset = binary('remainder', binary('add', binary('multiply', high, unsigned(wrap)), low), unsigned(span))
  return cast(binary('add', cast(offset, dtype === 'i64' ? 'i64' : 'i32'), minval), dtype)
}

const unsigned = (value: number): Tensor => tensor(new Uint32Array([value]), [])
