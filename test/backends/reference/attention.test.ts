// Attention of the reference device against its decomposition into softmax and products, and its gradient against differences.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '../../../src/core/graph.ts'
import type { Op } from '../../../src/core/primitives.ts'
import { computeTuple, data } from './compute.ts'

const attend = (op: { scale?: number; causal?: boolean }, ...inputs: readonly Node[]) =>
  computeTuple({ name: 'attention', scale: op.scale ?? 1, causal: op.causal ?? false }, ...inputs)

function close(received: readonly number[] | undefined, expected: readonly number[], tolerance = 1e-12): void {
  assert.equal(received?.length, expected.length)
  received?.forEach((x, i) => {
    const y = expected[i] ?? NaN
    assert.ok(Object.is(x, y) || Math.abs(x - y) <= tolerance * (1 + Math.abs(y)), `element ${i}: ${x}, expected ${y}`)
  })
}

test('attention: weighs the values by the softmax of the scores', () => {
  const q = data([1], [1, 1, 1, 1])
  const k = data([0, Math.log(3)], [1, 2, 1, 1])
  const v = data([10, 20], [1, 2, 1, 1])
  const [out, logSumExp] = attend({}, q, k, v)
  close(out, [17.5])
  close(logSumExp, [Math.log(4)])
  const [biased] = attend({}, q, k, v, data([Math.log(3), 0], [1, 1, 1, 2]))
  close(biased, [15])
  const [scaled] = attend({ scale: 0 }, q, k, v)
  close(scaled, [15])
})

test('attention: causal queries see the keys up to their own, aligned at the end', () => {
  const q = data([0, 0], [1, 2, 1, 1])
  const keys = data([0, 0, 0], [1, 3, 1, 1])
  const [out, logSumExp] = attend({ causal: true }, q, keys, data([3, 6, 9], [1, 3, 1, 1]))
  close(out, [4.5, 6])
  close(logSumExp, [Math.log(2), Math.log(3)])
})

test('attention: a query that sees no key gives 0 and a logSumExp of −∞, and no gradient', () => {
  const q = data([1, 1], [1, 2, 1, 1])
  const k = data([1], [1, 1, 1, 1])
  const v = data([5], [1, 1, 1, 1])
  const [out, logSumExp] = attend({ causal: true }, q, k, v)
  assert.deepEqual(out, [0, 5])
  assert.deepEqual(logSumExp, [-Infinity, 1])
  const [dq, dk, dv] = computeTuple(
    { name: 'attentionGradient', scale: 1, causal: true },
    q,
    k,
    v,
    data(out ?? [], [1, 2, 1, 1]),
    data(logSumExp ?? [], [1, 1, 2]),
    data([7, 1], [1, 2, 1, 1]),
  )
  assert.deepEqual([dq, dk, dv], [[0, 0], [0], [1]])
})

test('attention: groups of query heads share a key head', () => {
  const q = data([0, 0, 0, 0], [1, 1, 4, 1])
  const k = data([0, 0], [1, 1, 2, 1])
  const [out] = attend({}, q, k, data([1, 2], [1, 1, 2, 1]))
  assert.deepEqual(out, [1, 1, 2, 2])
})

test('attentionGradient: agrees with central differences, with shared heads, bias and the causal mask', () => {
  const sizes = { q: [2, 3, 2, 2], k: [2, 4, 1, 2], v: [2, 4, 1, 3] } as const
  const wave = (count: number, phase: number) => Array.from({ length: count }, (_, i) => Math.sin(1.3 * i + phase))
  const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
  const values = { q: wave(count(sizes.q), 1), k: wave(count(sizes.k), 2), v: wave(count(sizes.v), 3) }
  const bias = data(wave(24, 4), [1, 2, 3, 4])
  const weights = wave(2 * 3 * 2 * 3, 5)
  const op: Op = { name: 'attention', scale: 0.7, causal: true }
  const nodes = (v: typeof values) => [data(v.q, sizes.q), data(v.k, sizes.k), data(v.v, sizes.v)]
  const loss = (v: typeof values) => (computeTuple(op, ...nodes(v), bias)[0] ?? []).reduce((sum, x, i) => sum + x * (weights[i] ?? 0), 0)
  const [out, logSumExp] = computeTuple(op, ...nodes(values), bias)
  const gradients = computeTuple(
    { name: 'attentionGradient', scale: 0.7, causal: true },
    ...nodes(values),
    data(out ?? [], [2, 3, 2, 3]),
    data(logSumExp ?? [], [2, 2, 3]),
    data(weights, [2, 3, 2, 3]),
    bias,
  )
  const step = 1e-5
  for (const [i, name] of (['q', 'k', 'v'] as const).entries()) {
    const differences = values[name].map((x, j) => {
      const moved = (by: number) => loss({ ...values, [name]: values[name].with(j, x + by) })
      return (moved(step) - moved(-step)) / (2 * step)
    })
    close(gradients[i], differences, 1e-8)
  }
})
