// The gradient rule of every primitive against central differences in double precision, to the second order.

import './on-reference.ts'
import { test } from 'node:test'
import { isFloat } from '../../src/core/dtype.ts'
import { Tensor, vjp } from '../../src/core/index.ts'
import { assertClose, differences, inner, read, weightsLike } from './finite-differences.ts'
import { allCases, type PrimitiveCase } from './primitive-cases.ts'

/** The floating-point results of a case as a function of its differentiable inputs. */
function smoothPart(c: PrimitiveCase) {
  const smooth = c.smooth ?? c.inputs.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []))
  const args = smooth.flatMap((i) => c.inputs[i] ?? [])
  const fn = (...xs: readonly Tensor[]): Tensor[] => {
    const nodes = c.inputs.map((x, i) => (smooth.includes(i) ? (xs[smooth.indexOf(i)] ?? x) : x).node)
    return c.run(...nodes).flatMap((node) => (isFloat(node.dtype) ? [new Tensor(node)] : []))
  }
  return { args, fn }
}

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
