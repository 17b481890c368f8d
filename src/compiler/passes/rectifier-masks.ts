// Masks of rectifiers: y = where(x ≤ 0, 0, x) is positive exactly where x is, so the gradient's mask is taken from y, which is stored anyway, and x
// never has to be.

import { makeNode, type Node, topologicalOrder } from '../../core/graph.ts'
import type { GraphFunction } from '../device.ts'

/** The same function with x ≤ 0 read as y ≤ 0 after y = relu(x) exists. NaN is in neither. */
export function masksFromRectified(graph: GraphFunction): GraphFunction {
  const done = new Map<Node, Node>()
  /** The mask of each rectifier passed so far, from its output. */
  const masks = new Map<Node, Node>()
  for (const node of topologicalOrder(graph.results)) {
    const inputs = node.inputs.map((x) => masks.get(x) ?? done.get(x) ?? x)
    const next = inputs.every((x, i) => x === node.inputs[i]) ? node : makeNode(node.op, inputs)
    done.set(node, next)
    const rectifier = rectifierOf(node)
    if (rectifier !== undefined)
      masks.set(rectifier.mask, makeNode({ name: 'compare', fn: 'lessEqual' }, [next, done.get(rectifier.zero) ?? rectifier.zero]))
  }
  return { ...graph, results: graph.results.map((x) => done.get(x) ?? x) }
}

function rectifierOf(node: Node): { readonly mask: Node; readonly zero: Node } | undefined {
  const [mask, whenTrue, x] = node.inputs
  if (node.op.name !== 'where' || mask?.op.name !== 'compare' || mask.op.fn !== 'lessEqual' || whenTrue?.op.name !== 'fill') return undefined
  const [compared, zero] = mask.inputs
  const isZero = (n: Node | undefined) => n?.op.name === 'fill' && n.op.value === 0
  return compared === x && zero !== undefined && isZero(zero) && isZero(whenTrue) ? { mask, zero } : undefined
}
