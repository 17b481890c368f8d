// Fusion: which kernels a program becomes, and what they keep in memory.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuse } from '../../src/compiler/fuse.ts'
import { type Kernel, outputsOf } from '../../src/compiler/loop-ir/loop-ir.ts'
import { keptValues, planMemory } from '../../src/compiler/memory-plan.ts'
import { optimize } from '../../src/compiler/passes/optimize.ts'
import { verifyOrder, verifyPlan } from '../../src/compiler/verify.ts'
import { attention, grad, jit, logSoftmax, oneHot, softmax, type Tensor, type Tree, zeros } from '../../src/index.ts'

interface Compiled {
  readonly kernels: readonly Kernel[]
  readonly plan: ReturnType<typeof planMemory>
  readonly stored: number
}

function compile(fn: (...args: Tensor[]) => Tree, args: readonly Tensor[], donate: readonly number[] = []): Compiled {
  const graph = optimize(jit(fn, { donate }).trace(...args))
  const donated = new Map(
    [...graph.donated].flatMap(([i, r]) => {
      const [input, result] = [graph.inputs[i], graph.results[r]]
      return input === undefined || result === undefined ? [] : [[input, result] as const]
    }),
  )
  const kernels = fuse(graph.results, donated)
  const plan = planMemory(kernels, graph.inputs, graph.results, graph.donated, [])
  verifyOrder(kernels, graph.results)
  verifyPlan(kernels, graph.results, plan)
  const kept = keptValues(kernels, graph.results)
  return { kernels, plan, stored: kernels.flatMap(outputsOf).filter((n) => kept.has(n)).length }
}

const kinds = ({ kernels }: Compiled): string[] => kernels.map((k) => k.kind)

test('fuse: an elementwise chain is one kernel', () => {
  assert.deepEqual(kinds(compile((x) => x.exp().add(1).multiply(x).tanh(), [zeros([8, 16])])), ['rows'])
})

test('fuse: softmax and layer normalisation are one kernel each', () => {
  assert.deepEqual(kinds(compile((x) => softmax(x), [zeros([8, 16])])), ['rows'])
  const norm = (x: Tensor, g: Tensor): Tensor => {
    const centred: Tensor = x.subtract(x.mean(-1, { keepDims: true }))
    return centred.multiply(centred.square().mean(-1, { keepDims: true }).add(1e-5).rsqrt()).multiply(g)
  }
  assert.deepEqual(kinds(compile(norm, [zeros([8, 16]), zeros([16])])), ['rows'])
})

test('fuse: bias, activation and residual join the matrix product, and only the last is stored', () => {
  const layer = (x: Tensor, w: Tensor, b: Tensor, r: Tensor): Tensor => x.matmul(w).add(b).relu().add(r)
  const compiled = compile(layer, [zeros([32, 64]), zeros([64, 48]), zeros([48]), zeros([32, 48])])
  assert.deepEqual(kinds(compiled), ['matmul'])
  assert.equal(compiled.stored, 1)
  assert.equal(compiled.plan.arenaBytes, 0)
})

test('fuse: transposes and reshapes of stored operands cost no kernel', () => {
  const fn = (x: Tensor, w: Tensor): Tensor =>
    x
      .reshape([2, 16, 4, 8])
      .permute([0, 2, 1, 3])
      .matmul(w.reshape([4, 8, 16]))
  assert.deepEqual(kinds(compile(fn, [zeros([32, 32]), zeros([32, 16])])), ['matmul'])
})

test('fuse: the update of a weight joins the product that is its gradient, in place', () => {
  const step = (w: Tensor, m: Tensor, x: Tensor): Tensor[] => {
    const g: Tensor = grad((v: Tensor): Tensor => x.matmul(v).square().sum())(w)
    const next: Tensor = m.multiply(0.9).add(g)
    return [w.subtract(next.multiply(0.1)), next]
  }
  const compiled = compile(step, [zeros([24, 12]), zeros([24, 12]), zeros([16, 24])], [0, 1])
  assert.deepEqual(kinds(compiled), ['matmul', 'matmul'])
  assert.deepEqual(
    [...compiled.plan.inPlace],
    [
      [0, 0],
      [1, 1],
    ],
  )
})

test('fuse: a weight that is still read is not overwritten before', () => {
  const step = (w: Tensor, x: Tensor): Tensor[] => [w.multiply(0.5), x.matmul(w), w.sum()]
  const { kernels } = compile(step, [zeros([8, 8]), zeros([4, 8])], [0])
  assert.equal(kernels.length, 3)
})

test('fuse: cross-entropy over a vocabulary writes the gradient of the logits over the logits', () => {
  const fn = (x: Tensor, w: Tensor, labels: Tensor): Tree =>
    grad((v: Tensor): Tensor => logSoftmax(x.matmul(v)).multiply(oneHot(labels, 1000)).sum(-1).mean().negate())(w)
  const { kernels, plan } = compile(fn, [zeros([32, 16]), zeros([16, 1000]), zeros([32], { dtype: 'i32' })])
  // The sum of the targets does not read the logits and is swept on its own.
  assert.deepEqual(kernels.map((k) => k.kind).sort(), ['matmul', 'matmul', 'rows', 'rows'])
  assert.ok(plan.arenaBytes < 1.2 * 32 * 1000 * 4, `${plan.arenaBytes} bytes`)
})

test('fuse: attention reads query, key and value out of one projection without copies', () => {
  const fn = (x: Tensor): Tensor => {
    const [q, k, v] = x.split(3, -1).map((part) => part.reshape([2, 8, 4, 4]))
    return q === undefined || k === undefined || v === undefined ? x : attention(q, k, v, { causal: true })
  }
  assert.deepEqual(kinds(compile(fn, [zeros([2, 8, 48])])), ['whole'])
})

test('fuse: memory of intermediate values is shared when they are not needed at the same time', () => {
  const deep = (x: Tensor, w: Tensor): Tensor => Array.from({ length: 10 }).reduce<Tensor>((y) => y.matmul(w).relu(), x)
  const { plan } = compile(deep, [zeros([16, 32]), zeros([32, 32])])
  assert.equal(plan.arenaBytes, 2 * 16 * 32 * 4)
})
