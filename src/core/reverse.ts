// Reverse-mode differentiation: walks a graph from its results back to the wanted nodes and contributions what the rules of gradients.ts give.

import { isDifferentiable, nodesBetween } from './dependence.ts'
import { isFloat } from './dtype.ts'
import { ShapeError } from './errors.ts'
import type { Node } from './graph.ts'
import { accumulated } from './gradients/accumulate.ts'
import { applyGradientRule, type Reverse } from './gradients.ts'
import { filledLike } from './node-algebra.ts'

/** By result of the node, what its users have given so far. */
type Contributions = (Node[] | undefined)[]

/**
 * Cotangents of `wanted` from cotangents of `results` (the vector-Jacobian product); `undefined` is zero, in and out. The wanted nodes are
 * independent of each other: where one was computed from another, that path does not count. Where a node is wanted twice, the first
 * place gets its cotangent.
 */
export const reverse: Reverse = (results, cotangents, wanted) => {
  const sources = new Set(wanted)
  const path = nodesBetween(sources, results, isDifferentiable)
  const onPath = new Set(path)
  const contributions = new Map<Node, Contributions>()
  const accumulate = (node: Node, index: number, cotangent: Node | undefined): void => {
    if (cotangent === undefined || !onPath.has(node) || !isFloat(node.types[index]?.dtype ?? 'bool')) return
    const slots = contributions.get(node) ?? []
    const slot = slots[index] ?? []
    slot.push(cotangent)
    slots[index] = slot
    contributions.set(node, slots)
  }
  results.forEach((result, i) => {
    accumulate(result, 0, cotangents[i])
  })
  for (const node of path.toReversed()) {
    const given = contributions.get(node)
    if (given === undefined || sources.has(node)) continue
    contributions.delete(node)
    const slots = Array.from(given, (slot) => accumulated(slot ?? []))
    if (node.op.name === 'element') {
      const [tuple] = node.inputs
      if (tuple !== undefined) accumulate(tuple, node.op.index, slots[0])
      continue
    }
    const shares = applyGradientRule(node.op, {
      node,
      input: (index) => {
        const input = node.inputs[index]
        if (input === undefined) throw new ShapeError(`${node.op.name}: expected at least ${index + 1} inputs, got ${node.inputs.length}.`)
        return input
      },
      cotangent: (index = 0) => slots[index] ?? filledLike(node.types[index] ?? node, 0),
      has: (index) => slots[index] !== undefined,
      needs: (index) => {
        const input = node.inputs[index]
        return input !== undefined && onPath.has(input)
      },
      reverse,
    })
    shares.forEach((cotangent, i) => {
      const input = node.inputs[i]
      if (input !== undefined) accumulate(input, 0, cotangent)
    })
  }
  return wanted.map((node, i) => (wanted.indexOf(node) === i ? accumulated(contributions.get(node)?.[0] ?? []) : undefined))
}
