// The batching rule of every primitive against a loop over the examples, for every choice of which inputs differ.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stack, Tensor, vmap } from '../../src/core/index.ts'
import { assertClose, read } from './finite-differences.ts'
import { allCases, integers, numbers, type PrimitiveCase } from './primitive-cases.ts'
import { computeOnChosenDevice } from '../chosen-device.ts'

computeOnChosenDevice()

const size = 3

/** Another example for an input: floats anew, integers in another order of values that stay legal. */
function variant(x: Tensor, example: number): Tensor {
  if (example === 0) return x
  if (x.dtype === 'f64') return numbers(x.shape, 0.3, 1.7)
  const values = Array.from(x.dataSync(), Number)
  return integers(
    values.map((v) => (x.dtype === 'bool' ? (v + example) % 2 : Math.max(0, v - example))),
    x.shape,
    x.dtype,
  )
}

function check(c: PrimitiveCase, batched: readonly boolean[]): void {
  const examples = c.inputs.map((x, i) => Array.from({ length: size }, (_, e) => (batched[i] === true ? variant(x, e) : x)))
  const run = (...xs: readonly Tensor[]): Tensor[] => c.run(...xs.map((x) => x.node)).map((node) => new Tensor(node))
  const args = examples.map((list, i) => (batched[i] === true ? stack(list) : (list[0] ?? stack(list))))
  const all = vmap(run, { inAxes: batched.map((b) => (b ? 0 : null)) })(...args)
  const expected = Array.from({ length: size }, (_, e) => read(run(...examples.map((list) => list[e] ?? list[0] ?? stack(list)))))
  const given = read(all)
  all.forEach((y, r) => {
    assert.equal(y.shape[0], size)
    assertClose(
      given[r] ?? [],
      expected.flatMap((results) => results[r] ?? []),
      `result ${r} with ${batched.join()}`,
      1e-9,
    )
  })
}

for (const c of allCases()) {
  test(`batch of ${c.primitive}: ${c.label}`, () => {
    const count = c.inputs.length
    const masks = count <= 4 ? 2 ** count : count + 2
    for (let mask = 1; mask < masks; mask++) {
      // With many inputs: all, then each alone.
      const chosen = count <= 4 ? mask : mask === 1 ? 2 ** count - 1 : 2 ** (mask - 2)
      check(
        c,
        c.inputs.map((_, i) => ((chosen >> i) & 1) === 1),
      )
    }
  })
}
