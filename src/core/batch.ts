// Batching: walks a graph for one example from its sources to its results and builds the graph for all examples by the rules of batching.ts.

import { applyBatchRule, type Batch } from './batching.ts'
import { nodesBetween } from './dependence.ts'
import { ShapeError } from './errors.ts'
import type { Node } from './graph.ts'
import { repeatInFront } from './node-algebra.ts'

/** See {@link Batch}. */
export const batch: Batch = (results, sources, values, size) => {
  const given = new Map<Node, readonly Node[]>()
  sources.forEach((source, i) => {
    const value = values[i]
    if (value !== undefined) given.set(source, [value])
  })
  const named = new Set(given.keys())
  for (const node of nodesBetween(named, results)) {
    if (named.has(node)) continue
    const [tuple] = node.inputs
    if (node.op.name === 'element' && tuple !== undefined) {
      const value = given.get(tuple)?.[node.op.index]
      if (value === undefined) throw new ShapeError(`vmap: expected a result ${node.op.index} of ${tuple.op.name}, there is none.`)
      given.set(node, [value])
      continue
    }
    const own = (index: number): Node => {
      const x = node.inputs[index]
      if (x === undefined) throw new ShapeError(`${node.op.name}: expected at least ${index + 1} inputs, got ${node.inputs.length}.`)
      return x
    }
    given.set(
      node,
      applyBatchRule(node.op, {
        node,
        size,
        batched: (index) => given.has(own(index)),
        input: (index) => given.get(own(index))?.[0] ?? own(index),
        front: (index) => given.get(own(index))?.[0] ?? repeatInFront(own(index), size),
        batch,
      }),
    )
  }
  return results.map((result) => given.get(result)?.[0])
}
