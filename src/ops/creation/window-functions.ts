// Windows of signal processing: rows of weights, computed when they are made.

import { ConfigError, fromStorage, storageOf, type Tensor } from '../../core/index.ts'

/** `count` weights, `weight(p)` of the position p from 0 to 1; a window of one weight is 1. */
function windowOf(name: string, count: number, weight: (position: number) => number): Tensor {
  if (!Number.isInteger(count) || count < 0) {
    throw new ConfigError(`${name}: expected a number of weights that is whole and at least 0, got ${count}. Choose another length.`)
  }
  const weights = Array.from({ length: count }, (_, i) => (count === 1 ? 1 : weight(i / (count - 1))))
  return fromStorage(storageOf(weights, 'f32'), [count])
}

const turn = 2 * Math.PI

/** A triangle: 1 − |2p − 1| at p = i / (count − 1), `[count]`. */
export const bartlett = (count: number): Tensor => windowOf('bartlett', count, (p) => 1 - Math.abs(2 * p - 1))
/** 0.42 − 0.5 cos 2πp + 0.08 cos 4πp at p = i / (count − 1), `[count]`. */
export const blackman = (count: number): Tensor => windowOf('blackman', count, (p) => 0.42 - 0.5 * Math.cos(turn * p) + 0.08 * Math.cos(2 * turn * p))
/** 0.54 − 0.46 cos 2πp at p = i / (count − 1), `[count]`. */
export const hamming = (count: number): Tensor => windowOf('hamming', count, (p) => 0.54 - 0.46 * Math.cos(turn * p))
/** 0.5 − 0.5 cos 2πp at p = i / (count − 1), `[count]`. */
export const hanning = (count: number): Tensor => windowOf('hanning', count, (p) => 0.5 - 0.5 * Math.cos(turn * p))

/** I₀(β √(1 − (2p − 1)²)) / I₀(β) at p = i / (count − 1), `[count]` (Kaiser 1974). */
export function kaiser(count: number, beta: number): Tensor {
  if (!Number.isFinite(beta)) throw new ConfigError(`kaiser: expected a finite beta, got ${beta}. Choose a number such as 14.`)
  const peak = bessel(beta)
  return windowOf('kaiser', count, (p) => bessel(beta * Math.sqrt(1 - (2 * p - 1) ** 2)) / peak)
}

/** I₀(x) = Σ (x² / 4)ᵏ / k!², whose terms are all positive. */
function bessel(x: number): number {
  let sum = 1
  for (let k = 1, term = 1; term > 1e-17 * sum; k++) {
    term *= x ** 2 / 4 / k ** 2
    sum += term
  }
  return sum
}
