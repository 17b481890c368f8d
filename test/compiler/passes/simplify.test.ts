// Simplification: fewer nodes, the same bits.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GraphFunction } from '../../../src/compiler/device.ts'
import { graphLines } from '../../../src/compiler/explain.ts'
import { optimize } from '../../../src/compiler/passes/optimize.ts'
import { simplify } from '../../../src/compiler/passes/simplify.ts'
import { checkpoint, grad, jit, type Tensor, type Tree, tensor, zeros } from '../../../src/index.ts'

/** The operations of a traced function after simplification, sources left out. */
function operations(fn: (...args: Tensor[]) => Tree, args: readonly Tensor[], stage: (graph: GraphFunction) => GraphFunction = simplify): string[] {
  return graphLines(stage(jit(fn).trace(...args)))
    .filter((line) => line.startsWith('%') && !/= (argument|constant|fill)/.test(line))
    .map((line) => (/= ([a-zA-Z]+)/.exec(line)?.[1] ?? line).trim())
}

const x = zeros([4, 6])

test('simplify: equal values are computed once', () => {
  assert.deepEqual(
    operations((a) => a.exp().add(a.exp()), [x]),
    ['exp', 'add'],
  )
})

test('simplify: what changes nothing disappears', () => {
  const nothing = (a: Tensor): Tensor => a.multiply(1).divide(1).subtract(0).negate().negate().stopGradient().cast('f32').reshape([4, 6])
  assert.deepEqual(operations(nothing, [x]), [])
})

test('simplify: adding zero stays, because −0 + 0 is 0', () => {
  assert.deepEqual(
    operations((a) => a.add(0), [x]),
    ['add'],
  )
  assert.ok(Object.is(tensor([-0]).add(0).dataSync()[0], 0))
  assert.ok(Object.is(tensor([-0]).subtract(0).dataSync()[0], -0))
})

test('simplify: movements of movements become one, or none', () => {
  assert.deepEqual(
    operations((a) => a.reshape([24]).reshape([2, 12]), [x]),
    ['reshape'],
  )
  assert.deepEqual(
    operations((a) => a.transpose().transpose(), [x]),
    [],
  )
  assert.deepEqual(
    operations(() => zeros([2, 3]).add(2).transpose().reshape([6]), []),
    [],
  )
})

test('simplify: constants of −0 and 0, NaN and ±∞ are kept apart', () => {
  const fn = (a: Tensor): Tensor[] => [a.multiply(0), a.multiply(-0), a.maximum(Number.NaN), a.maximum(Infinity), a.maximum(-Infinity)]
  assert.equal(operations(fn, [x]).length, 5)
})

test('simplify: a checkpoint is computed a second time for its gradient', () => {
  const layer = (a: Tensor): Tensor => a.exp().tanh()
  const count = (fn: (a: Tensor) => Tensor): number => operations(grad(fn), [x]).filter((op) => op === 'exp').length
  assert.equal(
    count((a) => layer(a).square().sum()),
    1,
  )
  assert.equal(
    count((a) => checkpoint(layer)(a).square().sum()),
    2,
  )
})

test('optimize: the mask of a rectifier comes from its output', () => {
  const lines = graphLines(optimize(jit((a: Tensor): Tensor[] => [a.add(1).relu(), grad((b: Tensor): Tensor => b.add(1).relu().sum())(a)]).trace(x)))
  const name = /^(%\d+) = where\((%\d+), /m
  const rectifier = lines.find((line) => name.test(line))
  assert.ok(rectifier !== undefined)
  const output = name.exec(rectifier)?.[1]
  assert.ok(
    lines.some((line) => line.includes(`= lessEqual(${output}, `)),
    lines.join('\n'),
  )
})

test('optimize: a gradient that is read transposed is computed in that orientation', () => {
  const weights = zeros([5, 6])
  const fn = (w: Tensor, a: Tensor): Tensor => grad((v: Tensor): Tensor => a.matmul(v.transpose()).square().sum())(w)
  const transposedProducts = (stage: (graph: GraphFunction) => GraphFunction): number => {
    const lines = graphLines(stage(jit(fn).trace(weights, x)))
    const products = lines.flatMap((line) => (line.includes('= dot') ? [line.split(' ')[0]] : []))
    return lines.filter((line) => products.some((name) => / = permute .*/.test(line) && line.includes(`(${name})`))).length
  }
  assert.equal(transposedProducts(simplify), 1)
  assert.equal(transposedProducts(optimize), 0)
})
