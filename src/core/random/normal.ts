// Draws from the normal distribution.

import type { Dims } from '../dimension.ts'
import type { DType } from '../dtype.ts'
import { asTensor } from '../ops/broadcast.ts'
import { randomBits } from '../ops/creation.ts'
import { binary, cast, clip, cos, log, log1p, negate, sqrt } from '../ops/elementwise.ts'
import { reshape, slice } from '../ops/movement.ts'
import type { Tensor } from '../tensor.ts'
import { keyFrom, type KeySource } from './keys.ts'
import { uniform, unit } from './uniform.ts'

export interface NormalOptions {
  /** Default 0. */
  readonly mean?: number
  /** The standard deviation. Default 1. */
  readonly stddev?: number
  /** Default f32. */
  readonly dtype?: DType
}

/** Normal by Box and Muller (1958). */
export function normal(from: KeySource, shape: Dims, { mean = 0, stddev = 1, dtype = 'f32' }: NormalOptions = {}): Tensor {
  const bits = unit(randomBits(keyFrom(from), [2, ...shape]))
  const rest = shape.map(() => 0)
  const [u, v] = [0, 1].map((i) => reshape(slice(bits, [i, ...rest], [1, ...shape]), shape))
  if (u === undefined || v === undefined) return bits
  const radius = sqrt(binary('multiply', log(binary('add', u, 2 ** -25)), -2))
  const z = binary('multiply', radius, cos(binary('multiply', v, 2 * Math.PI)))
  return cast(binary('add', binary('multiply', z, stddev), mean), dtype)
}

export interface TruncatedNormalOptions extends NormalOptions {
  /** Divides by 0.87962566, so that what is left has the deviation `stddev`. Default false. */
  readonly rescale?: boolean
}

/** Normal cut at two standard deviations. */
export function truncatedNormal(
  from: KeySource,
  shape: Dims,
  { mean = 0, stddev = 1, dtype = 'f32', rescale = false }: TruncatedNormalOptions = {},
): Tensor {
  const edge = 0.954499736 // erf(2 / √2)
  const p = uniform(from, shape, { minval: -edge, maxval: edge })
  const z = clip(binary('multiply', inverseErf(p), Math.SQRT2), -2, 2)
  return cast(binary('add', binary('multiply', z, rescale ? stddev / 0.87962566 : stddev), mean), dtype)
}

/** Inverse of erf for |x| < 0.9966 (the central branch of Giles 2012, single precision). */
function inverseErf(x: Tensor): Tensor {
  const w = binary('subtract', negate(log1p(negate(binary('multiply', x, x)))), 2.5)
  const coefficients = [2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727]
  const polynomial = coefficients.reduce<Tensor>((p, c) => binary('add', binary('multiply', p, w), c), asTensor(0))
  return binary('multiply', binary('add', binary('multiply', polynomial, w), 1.50140941), x)
}
