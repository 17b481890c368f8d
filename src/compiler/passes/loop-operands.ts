// Weights of loops: a matrix that a step multiplies from the right, contracting its last axis, is turned round once before the loop, so that no step
// gathers its columns.

import { scanRoles } from '../../core/gradients/control.ts'
import { makeNode, type Node, parameterNode, topologicalOrder } from '../../core/graph.ts'
import type { Op } from '../../core/primitives.ts'
import type { GraphFunction } from '../device.ts'

type Scan = Extract<Op, { name: 'scan' }>

/** The same function with such matrices turned round; the very same graph where there are none. */
export function turnLoopOperands(graph: GraphFunction): GraphFunction {
  const done = new Map<Node, Node>()
  let changed = false
  for (const node of topologicalOrder(graph.results)) {
    const inputs = node.inputs.map((x) => done.get(x) ?? x)
    const turned = node.op.name === 'scan' ? turnedLoop(node.op, inputs) : undefined
    if (turned !== undefined) changed = true
    done.set(node, turned ?? (inputs.every((x, i) => x === node.inputs[i]) ? node : makeNode(node.op, inputs)))
  }
  return changed ? { ...graph, results: graph.results.map((x) => done.get(x) ?? x) } : graph
}

function turnedLoop(op: Scan, inputs: readonly Node[]): Node | undefined {
  const { parameters, results } = op.body
  const roles = scanRoles(op, inputs)
  const turned = new Map<Node, Node>()
  const replaced = new Map<Node, Node>()
  for (const node of topologicalOrder(results)) {
    const [left, right] = node.inputs
    if (left === undefined || right === undefined || !isTurnable(node)) continue
    if (roles[parameters.indexOf(right)] !== 'constant') continue
    const own = turned.get(right) ?? parameterNode('turned', { dtype: right.dtype, shape: right.shape.toReversed() })
    turned.set(right, own)
    if (node.op.name === 'dot') replaced.set(node, makeNode({ ...node.op, rhsContract: [0] }, [left, own]))
  }
  if (turned.size === 0) return undefined
  const outside = [...turned.keys()].map((p) => makeNode({ name: 'permute', axes: [1, 0] }, [inputs[parameters.indexOf(p)] ?? p]))
  const body = { parameters: [...parameters, ...turned.values()], results: withReplaced(results, replaced) }
  return makeNode({ ...op, body }, [...inputs, ...outside])
}

/** A product with all of a matrix of known size over its last axis. */
function isTurnable({ op, inputs: [left, right] }: Node): boolean {
  if (op.name !== 'dot' || left === undefined || right === undefined) return false
  const isMatrix = right.shape.length === 2 && right.shape.every((size) => typeof size === 'number')
  return isMatrix && op.rhsBatch.length === 0 && op.rhsContract.length === 1 && op.rhsContract[0] === 1
}

/** Results in which products stand for others, also for those that are made of others. */
function withReplaced(results: readonly Node[], replaced: ReadonlyMap<Node, Node>): readonly Node[] {
  const done = new Map<Node, Node>()
  for (const node of topologicalOrder(results)) {
    const product = replaced.get(node)
    if (product !== undefined) {
      const [left, right] = product.inputs
      if (left !== undefined && right !== undefined) done.set(node, makeNode(product.op, [done.get(left) ?? left, right]))
    } else if (node.inputs.some((x) => done.get(x) !== undefined && done.get(x) !== x)) {
      done.set(
        node,
        makeNode(
          node.op,
          node.inputs.map((x) => done.get(x) ?? x),
        ),
      )
    }
  }
  return results.map((x) => done.get(x) ?? x)
}
