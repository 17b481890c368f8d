// Loops that take the same steps run once, and gradients of loops have one product for all steps.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optimize } from '../../../src/compiler/passes/optimize.ts'
import { topologicalOrder } from '../../../src/core/graph.ts'
import { flattenTree, grad, jit, numbersOf, ones, scan, tensor, type Tensor, type Tree, zeros } from '../../../src/index.ts'
import { assertClose } from '../../nn/close.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

/** h = tanh(h · w + x), step by step; the sum of the last state. */
const looped = (w: Tensor, x: Tensor): Tensor => {
  const step = (h: Tensor, own: Tree): readonly [Tensor, Tensor[]] => {
    const product: Tensor = h.matmul(w)
    return [product.add(flattenTree(own).leaves[0] ?? 0).tanh(), []]
  }
  const [last] = scan(step, zeros([2, 3]), x)
  return last.sum()
}

test('optimize: a gradient needs one loop forward, one backward, and one product for what every step reads', () => {
  const graph = optimize(jit((w: Tensor, x: Tensor) => [looped(w, x), grad(looped)(w, x)]).trace(zeros([3, 3]), zeros([4, 2, 3])))
  const order = topologicalOrder(graph.results)
  assert.equal(order.filter(({ op }) => op.name === 'scan').length, 2)
  assert.equal(order.filter(({ op }) => op.name === 'dot').length, 1)
  const products = order.map(({ op }) => (op.name === 'scan' ? topologicalOrder(op.body.results).filter((node) => node.op.name === 'dot').length : 0))
  assert.equal(
    products.reduce((a, b) => a + b, 0),
    2,
    'products are not computed again for the gradient',
  )
})

test('grad: a loop whose steps share a weight in products, sums and other ways', () => {
  const x: Tensor = ones([3, 2, 2]).multiply(0.3)
  const step = (w: Tensor, h: Tensor, own: Tensor): Tensor => {
    const product: Tensor = h.matmul(w)
    return product
      .add(own.multiply(w.sum([0])))
      .add(w.transpose().multiply(w))
      .tanh()
  }
  const inLoop = (w: Tensor): Tensor => {
    const [last] = scan((h: Tensor, own): readonly [Tensor, Tensor[]] => [step(w, h, flattenTree(own).leaves[0] ?? h), []], ones([2, 2]), x)
    return last.square().sum()
  }
  const writtenOut = (w: Tensor): Tensor => {
    let h: Tensor = ones([2, 2])
    for (let t = 0; t < 3; t++) h = step(w, h, x.slice([t, 0, 0], [1, 2, 2]).reshape([2, 2]))
    return h.square().sum()
  }
  const w: Tensor = tensor([
    [0.2, -0.4],
    [0.5, 0.1],
  ])
  assertClose(grad(inLoop)(w), Array.from(numbersOf(grad(writtenOut)(w).storageSync())))
})
