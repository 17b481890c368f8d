// Reverse-mode differentiation: walks a graph from its results back to the wanted nodes and sums what the rules of gradients.ts give.

import { isDifferentiable, nodesBetween } from './dependence.ts'
import { isFloat } from './dtype.ts'
import { ShapeError } from './errors.ts'
import type { Node } from './graph.ts'
import { applyGradientRule, type Reverse } from './gradients.ts'
import { add, filledLike } from './node-algebra.ts'

type Sums = (Node | undefined)[]

/**
 * Cotangents of `wanted` from cotangents of `results` (the vector-Jacobian product); `undefined` is zero, in and out. The wanted nodes are
 * independent of each other: where one was computed from another, that path does not count. Where a node is wanted twice, the first
 * place gets its cotangent.
 */
export const reverse: Reverse = (results, cotangents, wanted) => {
  const sources = new Set(wanted)
  const path = nodesBetween(sources, results, isDifferentiable)
  const onPath = new Set(path)
  const sums = new Map<Node, Sums>()
  const accumulate = (node: Node, index: number, cotangent: Node | undefined): void => {
    if (cotangent === undefined || !onPath.has(node) || !isFloat(node.types[index]?.dtype ?? 'bool')) return
    const slots = sums.get(node) ?? []
    const old = slots[index]
    slots[index] = old === undefined ? cotangent : add(old, cotangent)
    sums.set(node, slots)
  }
  results.forEach((result, i) => {
    accumulate(result, 0, cotangents[i])
  })
  for (const node of path.toReversed()) {
    const slots = sums.get(node)
    if (slots === undefined || sources.has(node)) continue
    sums.delete(node)
    if (node.op.name === 'element') {
      const [tuple] = node.inputs
      if (tuple !== undefined) accumulate(tuple, node.op.index, slots[0])
      continue
    }
    const given = applyGradientRule(node.op, {
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
    given.forEach((cotangent, i) => {
      const input = node.inputs[i]
      if (input !== undefined) accumulate(input, 0, cotangent)
    })
  }
  return wanted.map((node, i) => (wanted.indexOf(node) === i ? sums.get(node)?.[0] : undefined))
}
