// Stretches of a long row of tokens as samples: each position's target is the token after it.

import { ConfigError, fromStorage, type Tensor, TrainingError } from '../core/index.ts'

/** Inputs and targets, i32 `[windows, length]`; targets are one token further. */
export interface TokenWindows {
  readonly inputs: Tensor
  readonly targets: Tensor
}

/** The first and the rest of tokens: `share` of them to train with, the last ones to validate with. */
export function splitTokens(tokens: Int32Array, share = 0.9): { readonly train: Int32Array; readonly validation: Int32Array } {
  if (!(share > 0 && share < 1)) throw new ConfigError(`splitTokens: expected a share between 0 and 1, got ${share}. Use 0.9.`)
  const at = Math.floor(tokens.length * share)
  return { train: tokens.subarray(0, at), validation: tokens.subarray(at) }
}

/** Windows at random places, with repetition; the same seed gives the same places. */
export function randomWindows(tokens: Int32Array, length: number, count: number, seed = 0): TokenWindows {
  const places = lastPlace(tokens, length) + 1
  let state = seed >>> 0
  return windowsAt(tokens, length, count, () => {
    // A Weyl sequence, mixed as SplitMix does (Steele et al. 2014).
    state = (state + 0x9e3779b9) >>> 0
    const a = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    const b = Math.imul(a ^ (a >>> 15), 0x735a2d97)
    return Math.floor((((b ^ (b >>> 15)) >>> 0) / 2 ** 32) * places)
  })
}

/** Windows one after the other, as many as there are. */
export function consecutiveWindows(tokens: Int32Array, length: number): TokenWindows {
  const count = Math.floor(lastPlace(tokens, length) / length) + 1
  return windowsAt(tokens, length, count, (i) => i * length)
}

function lastPlace(tokens: Int32Array, length: number): number {
  if (!Number.isInteger(length) || length < 1)
    throw new ConfigError(`windows: expected a length that is a positive whole number, got ${length}. Change it.`)
  const last = tokens.length - length - 1
  if (last < 0)
    throw new TrainingError(`windows: expected more than ${length} tokens for one window, got ${tokens.length}. Use more text or a shorter window.`)
  return last
}

function windowsAt(tokens: Int32Array, length: number, count: number, place: (i: number) => number): TokenWindows {
  const inputs = new Int32Array(count * length)
  const targets = new Int32Array(count * length)
  for (let i = 0; i < count; i++) {
    const at = place(i)
    inputs.set(tokens.subarray(at, at + length), i * length)
    targets.set(tokens.subarray(at + 1, at + length + 1), i * length)
  }
  const tensorOf = (values: Int32Array<ArrayBuffer>): Tensor =>
    fromStorage({ dtype: 'i32', bytes: values.buffer, length: values.length }, [count, length])
  return { inputs: tensorOf(inputs), targets: tensorOf(targets) }
}
