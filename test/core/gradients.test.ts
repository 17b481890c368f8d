// The gradient rule of every primitive against central differences in double precision, to the second order.

import { test } from 'node:test'
import { type Tensor, vjp } from '../../src/core/index.ts'
import { assertClose, differences, inner, read, weightsLike } from './finite-differences.ts'
import { allCases, smoothPart } from './primitive-cases.ts'
import { computeOnChosenDevice } from '../chosen-device.ts'

computeOnChosenDevice()

for (const c of allCases()) {
  const { args, fn } = smoothPart(c)
  if (c.forwardOnly === true || args.length === 0 || fn(...args).length === 0) continue

  test(`gradient of ${c.primitive}: ${c.label}`, () => {
    const weights = fn(...args).map(weightsLike)
    const [, pullback] = vjp((...xs: readonly Tensor[]) => fn(...xs), ...args)
    const gradients = read(pullback(weights))
    args.forEach((_, i) => {
      const expected = differences((xs) => inner(fn(...xs), weights), args, i)
      assertClose(gradients[i] ?? [], expected, `input ${i}`)
    })
  })

  test(`second derivative of ${c.primitive}: ${c.label}`, () => {
    const weights = fn(...args).map(weightsLike)
    const first = (...xs: readonly Tensor[]): Tensor[] => {
      const [, pullback] = vjp((...ys: readonly Tensor[]) => fn(...ys), ...xs.slice(0, args.length))
      return [...pullback(xs.slice(args.length))]
    }
    const all = [...args, ...weights]
    const outer = first(...all).map(weightsLike)
    const [, pullback] = vjp((...xs: readonly Tensor[]) => first(...xs), ...all)
    const gradients = read(pullback(outer))
    all.forEach((_, i) => {
      const expected = differences((xs) => inner(first(...xs), outer), all, i)
      assertClose(gradients[i] ?? [], expected, `input ${i}`, 1e-5)
    })
  })
}
