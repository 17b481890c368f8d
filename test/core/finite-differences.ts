// Central differences in double precision, and comparisons that say which element is worst.

import assert from 'node:assert/strict'
import { evaluate, fromStorage, numbersOf, type Tensor } from '../../src/core/index.ts'
import { numbers } from './primitive-cases.ts'

/** The elements of tensors that are computed together. */
export function read(tensors: readonly Tensor[]): number[][] {
  evaluate(tensors)
  return tensors.map((t) => Array.from(numbersOf(t.storageSync())))
}

/** Σ uᵢ·tᵢ over all elements of pairs of tensors. */
export function inner(a: readonly Tensor[], b: readonly Tensor[]): number {
  const [xs, ys] = [read(a), read(b)]
  return xs.reduce((total, x, i) => total + x.reduce((sum, v, j) => sum + v * (ys[i]?.[j] ?? 0), 0), 0)
}

/** A fixed tensor of the same shape in double precision. */
export const weightsLike = (t: Tensor): Tensor => numbers(t.shape, -1, 1)

/** ∂ scalar(inputs) / ∂ inputs[which], element by element. */
export function differences(scalar: (inputs: readonly Tensor[]) => number, inputs: readonly Tensor[], which: number, step = 1e-5): number[] {
  const source = inputs[which]
  if (source === undefined) throw new RangeError(`no input ${which}`)
  const values = Float64Array.from(numbersOf(source.storageSync()))
  const at = (index: number, delta: number): number => {
    const moved = values.slice()
    moved[index] = (moved[index] ?? 0) + delta
    const tensor = fromStorage({ dtype: 'f64', bytes: moved.buffer, length: moved.length }, source.shape)
    return scalar(inputs.map((x, i) => (i === which ? tensor : x)))
  }
  return Array.from(values, (_, i) => (at(i, step) - at(i, -step)) / (2 * step))
}

/** Fails with the worst element where the numbers differ by more than `tolerance`, relative to their size where that is above 1. */
export function assertClose(actual: readonly number[], expected: readonly number[], what: string, tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length, `${what}: number of elements`)
  let worst = -1
  let error = 0
  actual.forEach((a, i) => {
    const e = expected[i] ?? NaN
    const off = Object.is(a, e) || a === e ? 0 : Math.abs(a - e) / Math.max(1, Math.abs(e))
    if (!(off <= Math.max(error, tolerance))) {
      worst = i
      error = Number.isNaN(off) ? Infinity : off
    }
  })
  if (worst >= 0) assert.fail(`${what}: element ${worst} is ${actual[worst]}, expected ${expected[worst]}`)
}
