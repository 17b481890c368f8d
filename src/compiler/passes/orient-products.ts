// Orientation of matrix products: a product that is only read transposed is computed with its operands exchanged, so that it is stored (and what
// follows is fused) in the order in which it is read.

import { makeNode, type Node, topologicalOrder } from '../../core/graph.ts'
import type { GraphFunction } from '../device.ts'

/** The same function without transposed products. */
export function orientProducts(graph: GraphFunction): GraphFunction {
  const order = topologicalOrder(graph.results)
  const users = new Map<Node, number>()
  for (const node of order) for (const input of node.inputs) users.set(input, (users.get(input) ?? 0) + 1)
  for (const node of graph.results) users.set(node, (users.get(node) ?? 0) + 1)
  const done = new Map<Node, Node>()
  for (const node of order) {
    const exchanged = users.get(node.inputs[0] ?? node) === 1 ? exchange(node) : undefined
    const source = exchanged ?? node
    const inputs = source.inputs.map((x) => done.get(x) ?? x)
    done.set(node, inputs.every((x, i) => x === source.inputs[i]) ? source : makeNode(source.op, inputs))
  }
  return { ...graph, results: graph.results.map((x) => done.get(x) ?? x) }
}

/** For a permutation that exchanges the free axes of a product's two sides: that product with exchanged operands. */
function exchange(node: Node): Node | undefined {
  const [product] = node.inputs
  if (node.op.name !== 'permute' || product?.op.name !== 'dot') return undefined
  const { op } = product
  const [lhs, rhs] = product.inputs
  if (lhs === undefined || rhs === undefined) return undefined
  const batch = op.lhsBatch.length
  const left = lhs.shape.length - batch - op.lhsContract.length
  const rank = product.shape.length
  const wanted = [...Array(rank).keys()].map((i) => (i < batch ? i : i < rank - left ? i + left : i - (rank - left) + batch))
  if (!node.op.axes.every((a, i) => a === wanted[i])) return undefined
  return makeNode({ name: 'dot', lhsBatch: op.rhsBatch, rhsBatch: op.lhsBatch, lhsContract: op.rhsContract, rhsContract: op.lhsContract }, [rhs, lhs])
}
