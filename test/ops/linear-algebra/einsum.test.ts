import assert from 'node:assert/strict'
import test from 'node:test'
import { type Node, ones, type Tensor } from '../../../src/index.ts'
import { einsum } from '../../../src/ops/index.ts'

/** The primitives that a tensor is computed with. */
function primitivesOf({ node }: Tensor): Node[] {
  const seen = new Set<Node>()
  const visit = (at: Node): void => {
    if (seen.has(at)) return
    seen.add(at)
    at.inputs.forEach(visit)
  }
  visit(node)
  return [...seen]
}
const count = (x: Tensor, name: string): number => primitivesOf(x).filter((node) => node.op.name === name).length

test('einsum: one dot for each contraction, and no product that is stored to be summed', () => {
  const scores = einsum('bqhd,bkhd->bhqk', ones([2, 5, 3, 4]), ones([2, 6, 3, 4]))
  assert.deepEqual([count(scores, 'dot'), count(scores, 'binary'), count(scores, 'reduce')], [1, 0, 0])
  const chain = einsum('ij,jk,kl->il', ones([2, 3]), ones([3, 4]), ones([4, 5]))
  assert.equal(count(chain, 'dot'), 2)
})

test('einsum: contracts the cheapest pair first', () => {
  // From the right: a vector at the end of a chain of matrices keeps every product a vector.
  const vector = einsum('ij,jk,kl,l->i', ones([50, 50]), ones([50, 50]), ones([50, 50]), ones([50]))
  const largest = Math.max(
    ...primitivesOf(vector)
      .filter((node) => node.op.name === 'dot')
      .map((node) => node.shape.map(Number).reduce((a, b) => a * b, 1)),
  )
  assert.equal(largest, 50)
})

test('einsum: sums axes that one operand has before it multiplies', () => {
  const result = einsum('ijm,jk->ik', ones([2, 3, 7]), ones([3, 4]))
  const [dot] = primitivesOf(result).filter((node) => node.op.name === 'dot')
  assert.deepEqual(dot?.inputs[0]?.shape, [2, 3])
})
