// Random numbers from explicit keys: the same key gives the same numbers, whatever the device's threads. A key is a u32 [2] tensor; draw
// from each key once, and make further keys with `split` or `foldIn`.

import type { Dims } from './dimension.ts'
import { asTensor, type Operand } from './ops/broadcast.ts'
import { fromStorage, randomBits, tensor } from './ops/creation.ts'
import { binary, cast, clip, compare, cos, log, log1p, negate, sqrt } from './ops/elementwise.ts'
import { argsort } from './ops/indexing.ts'
import { reshape, slice, stack } from './ops/movement.ts'
import { argmax } from './ops/reductions.ts'
import type { Tensor } from './tensor.ts'

/** The key of a seed. */
export function key(seed: number): Tensor {
  const low = new Uint32Array([Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0])
  return fromStorage({ dtype: 'u32', bytes: low.buffer, length: 2 }, [2])
}

/** `count` independent keys. */
export function split(from: Tensor, count = 2): Tensor[] {
  const bits = randomBits(from, [count, 2])
  return Array.from({ length: count }, (_, i) => reshape(slice(bits, [i, 0], [1, 2]), [2]))
}

/** A key that also depends on a number (a step, a layer's index); the number may be a tensor. */
export function foldIn(from: Tensor, data: Operand): Tensor {
  const number = typeof data === 'number' ? tensor(new Uint32Array([data >>> 0]), []) : cast(data, 'u32')
  const mask = stack([reshape(number, []), tensor(new Uint32Array([0x9e3779b9]), [])])
  return randomBits(binary('xor', from, mask), [2])
}

/** Multiples of 2^-24 in [0, 1). */
function unit(bits: Tensor): Tensor {
  const shift = tensor(new Uint32Array([8]), [])
  return binary('multiply', cast(binary('shiftRight', bits, shift), 'f32'), 2 ** -24)
}

/** Uniform in [min, max). */
export function uniform(from: Tensor, shape: Dims, { min = 0, max = 1 }: { readonly min?: number; readonly max?: number } = {}): Tensor {
  const u = unit(randomBits(from, shape))
  return min === 0 && max === 1 ? u : binary('add', binary('multiply', u, max - min), min)
}

/** Normal by Box and Muller (1958). */
export function normal(from: Tensor, shape: Dims, { mean = 0, std = 1 }: { readonly mean?: number; readonly std?: number } = {}): Tensor {
  const bits = unit(randomBits(from, [2, ...shape]))
  const rest = shape.map(() => 0)
  const [u, v] = [0, 1].map((i) => reshape(slice(bits, [i, ...rest], [1, ...shape]), shape))
  if (u === undefined || v === undefined) return bits
  const radius = sqrt(binary('multiply', log(binary('add', u, 2 ** -25)), -2))
  const z = binary('multiply', radius, cos(binary('multiply', v, 2 * Math.PI)))
  return binary('add', binary('multiply', z, std), mean)
}

/** Normal cut at two standard deviations; `rescale` divides by 0.87962566, so that what is left has deviation `std`. */
export function truncatedNormal(
  from: Tensor,
  shape: Dims,
  { mean = 0, std = 1, rescale = false }: { readonly mean?: number; readonly std?: number; readonly rescale?: boolean } = {},
): Tensor {
  const edge = 0.954499736 // erf(2 / √2)
  const p = uniform(from, shape, { min: -edge, max: edge })
  const z = clip(binary('multiply', inverseErf(p), Math.SQRT2), -2, 2)
  return binary('add', binary('multiply', z, rescale ? std / 0.87962566 : std), mean)
}

/** Inverse of erf for |x| < 0.9966 (the central branch of Giles 2012, single precision). */
function inverseErf(x: Tensor): Tensor {
  const w = binary('subtract', negate(log1p(negate(binary('multiply', x, x)))), 2.5)
  const coefficients = [2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727]
  const polynomial = coefficients.reduce<Tensor>((p, c) => binary('add', binary('multiply', p, w), c), asTensor(0))
  return binary('multiply', binary('add', binary('multiply', polynomial, w), 1.50140941), x)
}

/** True with probability `p`. */
export function bernoulli(from: Tensor, p: Operand, shape: Dims): Tensor {
  return compare('less', uniform(from, shape), p)
}

/** Indices (i32) drawn with probabilities softmax(logits), by the Gumbel-max trick. */
export function categorical(from: Tensor, logits: Tensor, axis = -1): Tensor {
  const u = binary('add', uniform(from, logits.dims), 2 ** -25)
  return argmax(binary('subtract', logits, log(negate(log(u)))), axis)
}

/** 0 to count − 1 in random order, i32. */
export function permutation(from: Tensor, count: number): Tensor {
  return argsort(randomBits(from, [count]))
}
