// Which part of a graph depends on some of its nodes: what differentiation and batching walk over.

import { isFloat } from './dtype.ts'
import type { Node } from './graph.ts'

/**
 * Nodes on the paths from `sources` to `results`, inputs before users, sources included where a result depends on them. Paths do not
 * go through a source to what it was made from, nor through nodes for which `passes` is false.
 */
export function nodesBetween(sources: ReadonlySet<Node>, results: readonly Node[], passes: (node: Node) => boolean = () => true): readonly Node[] {
  // A node's inputs are older than it, so what is older than every source cannot depend on one, and the order of ids is an order of use.
  let oldest = Infinity
  for (const source of sources) oldest = Math.min(oldest, source.id)
  const reached = new Set<Node>()
  const stack = [...results]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.id < oldest || reached.has(node)) continue
    reached.add(node)
    if (!sources.has(node)) stack.push(...node.inputs)
  }
  const depends = new Set<Node>()
  const order = [...reached].sort((a, b) => a.id - b.id)
  return order.filter((node) => {
    const member = sources.has(node) || (passes(node) && node.inputs.some((x) => depends.has(x)))
    if (member) depends.add(node)
    return member
  })
}

/** Whether a derivative can pass through the node: it has a floating-point value that is not declared constant. */
export function isDifferentiable(node: Node): boolean {
  return node.op.name !== 'stopGradient' && node.types.some((t) => isFloat(t.dtype))
}
