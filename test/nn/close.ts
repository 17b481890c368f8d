// Comparing numbers in tests of nn: the worst element is named.

import assert from 'node:assert/strict'
import { numbersOf, Tensor } from '../../src/index.ts'

/** Fails with the worst element where numbers differ by more than `tolerance`, absolute or relative. */
export function assertClose(received: Tensor | readonly number[], expected: readonly number[], tolerance = 1e-6): void {
  const numbers = received instanceof Tensor ? Array.from(numbersOf(received.storageSync())) : received
  assert.equal(numbers.length, expected.length)
  let worst = { index: 0, error: 0 }
  expected.forEach((value, index) => {
    const error = Math.abs((numbers[index] ?? Number.NaN) - value) / Math.max(1, Math.abs(value))
    if (!(error <= worst.error)) worst = { index, error }
  })
  const { index, error } = worst
  assert.ok(error <= tolerance, `element ${index}: expected ${expected[index]}, got ${numbers[index]} (error ${error}, allowed ${tolerance})`)
}
