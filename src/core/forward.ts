// Forward-mode differentiation: walks a graph from its sources to the results and carries tangents along by the rules of tangents.ts.

import { isDifferentiable, nodesBetween } from './dependence.ts'
import { isFloat } from './dtype.ts'
import { ShapeError } from './errors.ts'
import type { Node } from './graph.ts'
import { filledLike } from './node-algebra.ts'
import { reverse } from './reverse.ts'
import { applyTangentRule, type Forward } from './tangents.ts'

/**
 * Tangents of `results` from tangents of `sources` (the Jacobian-vector product); `undefined` is zero, in and out. The sources are
 * independent of each other, and each is named once.
 */
export const forward: Forward = (results, sources, tangents) => {
  const given = new Map<Node, readonly (Node | undefined)[]>()
  sources.forEach((source, i) => {
    const tangent = tangents[i]
    if (tangent !== undefined && isFloat(source.dtype)) given.set(source, [tangent])
  })
  const moving = new Set(given.keys())
  for (const node of nodesBetween(moving, results, isDifferentiable)) {
    if (moving.has(node)) continue
    const [tuple] = node.inputs
    if (node.op.name === 'element' && tuple !== undefined) {
      given.set(node, [given.get(tuple)?.[node.op.index]])
      continue
    }
    const has = (index: number): boolean => {
      const input = node.inputs[index]
      return input !== undefined && given.get(input)?.[0] !== undefined
    }
    if (!node.inputs.some((_, i) => has(i))) continue
    const input = (index: number): Node => {
      const x = node.inputs[index]
      if (x === undefined) throw new ShapeError(`${node.op.name}: expected at least ${index + 1} inputs, got ${node.inputs.length}.`)
      return x
    }
    const tangent = (index: number): Node => given.get(input(index))?.[0] ?? filledLike(input(index), 0)
    given.set(node, applyTangentRule(node.op, { node, input, tangent, has, forward, reverse }))
  }
  return results.map((result) => given.get(result)?.[0])
}
