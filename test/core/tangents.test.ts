// The tangent rule of every primitive against central differences in double precision, and against its gradient rule.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jvp, type Tensor, vjp } from '../../src/core/index.ts'
import { assertClose, inner, read, weightsLike } from './finite-differences.ts'
import { allCases, smoothPart } from './primitive-cases.ts'
import { computeOnChosenDevice } from '../chosen-device.ts'

computeOnChosenDevice()

const step = 1e-5

/** (fn(x + step·v) − fn(x − step·v)) / 2 step, element by element of every result. */
function directionalDifference(fn: (...xs: readonly Tensor[]) => Tensor[], args: readonly Tensor[], direction: readonly Tensor[]): number[][] {
  const moved = (size: number) => read(fn(...args.map((x, i) => x.add(direction[i]?.multiply(size) ?? 0))))
  const [above, below] = [moved(step), moved(-step)]
  return above.map((values, i) => values.map((value, j) => (value - (below[i]?.[j] ?? NaN)) / (2 * step)))
}

for (const c of allCases()) {
  const { args, fn } = smoothPart(c)
  if (args.length === 0 || fn(...args).length === 0) continue

  test(`tangent of ${c.primitive}: ${c.label}`, () => {
    const direction = args.map(weightsLike)
    const [, tangents] = jvp((...xs: readonly Tensor[]) => fn(...xs), args, direction)
    const expected = directionalDifference(fn, args, direction)
    read(tangents).forEach((values, i) => {
      assertClose(values, expected[i] ?? [], `result ${i}`)
    })
    if (c.forwardOnly === true) return
    // ⟨u, J v⟩ = ⟨Jᵀ u, v⟩
    const weights = tangents.map(weightsLike)
    const [, pullback] = vjp((...xs: readonly Tensor[]) => fn(...xs), ...args)
    const [left, right] = [inner(weights, tangents), inner(pullback(weights), direction)]
    assert.ok(Math.abs(left - right) <= 1e-9 * Math.max(1, Math.abs(left)), `${left} and ${right} differ`)
  })

  if (c.forwardOnly === true) continue
  test(`tangent of the gradient of ${c.primitive}: ${c.label}`, () => {
    const weights = fn(...args).map(weightsLike)
    const gradient = (...xs: readonly Tensor[]): Tensor[] => {
      const [, pullback] = vjp((...ys: readonly Tensor[]) => fn(...ys), ...xs)
      return [...pullback(weights)]
    }
    const direction = args.map(weightsLike)
    const [, tangents] = jvp((...xs: readonly Tensor[]) => gradient(...xs), args, direction)
    const expected = directionalDifference(gradient, args, direction)
    read(tangents).forEach((values, i) => {
      assertClose(values, expected[i] ?? [], `gradient ${i}`, 1e-5)
    })
  })
}
