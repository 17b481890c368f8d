// Loops over the same values become one: the forward loop of a function and the one that keeps values for its gradient take the same steps, so that
// one loop gives the results of both.

import { substitute } from '../../core/capture.ts'
import { elementOf, makeNode, type Node, topologicalOrder } from '../../core/graph.ts'
import type { Op } from '../../core/primitives.ts'
import type { GraphFunction } from '../device.ts'
import { simplify } from './simplify.ts'

type Scan = Extract<Op, { name: 'scan' }>

/** A loop of several, and which of its results are theirs. */
interface Merged {
  readonly op: Scan
  /** By loop: for each of its results the place among those of `op`. */
  readonly places: ReadonlyMap<Node, readonly number[]>
}

/** The same function with loops that carry the same through the same inputs as one; the very same graph where there are none. */
export function mergeLoops(graph: GraphFunction): GraphFunction {
  const order = topologicalOrder(graph.results)
  const groups = new Map<string, Node[]>()
  for (const node of order) {
    const { op } = node
    if (op.name !== 'scan') continue
    const key = `${String(op.length)} ${op.reverse} ${op.carries} ${node.inputs.map(({ id }) => id).join()}`
    groups.set(key, [...(groups.get(key) ?? []), node])
  }
  const mergedOf = new Map<Node, Merged>()
  for (const loops of groups.values()) {
    if (loops.length < 2) continue
    const merged = mergedLoop(loops)
    if (merged !== undefined) for (const loop of loops) mergedOf.set(loop, merged)
  }
  if (mergedOf.size === 0) return graph
  const made = new Map<Merged, Node>()
  const done = new Map<Node, Node>()
  const elements = new Map<string, Node>()
  /** One node for each result of a loop, whichever of the loops it comes from. */
  const resultOf = (loop: Node, index: number): Node => {
    if (loop.types.length === 1) return loop
    const key = `${loop.id} ${index}`
    const element = elements.get(key) ?? elementOf(loop, index)
    elements.set(key, element)
    return element
  }
  for (const node of order) {
    const [first] = node.inputs
    const ofLoop = first === undefined ? undefined : mergedOf.get(first)
    const inputs = node.inputs.map((x) => done.get(x) ?? x)
    const merged = mergedOf.get(node)
    if (merged !== undefined) {
      const loop = made.get(merged) ?? makeNode(merged.op, inputs)
      made.set(merged, loop)
      done.set(node, node.types.length > 1 ? loop : resultOf(loop, merged.places.get(node)?.[0] ?? 0))
    } else if (node.op.name === 'element' && first !== undefined && ofLoop !== undefined) {
      done.set(node, resultOf(done.get(first) ?? first, ofLoop.places.get(first)?.[node.op.index] ?? node.op.index))
    } else done.set(node, inputs.every((x, i) => x === node.inputs[i]) ? node : makeNode(node.op, inputs))
  }
  return { ...graph, results: graph.results.map((x) => done.get(x) ?? x) }
}

/** One loop for several with the same inputs; undefined where they carry different values. */
function mergedLoop(loops: readonly Node[]): Merged | undefined {
  const [first, ...others] = loops.flatMap((node) => (node.op.name === 'scan' ? [{ node, op: node.op }] : []))
  if (first === undefined) return undefined
  const { carries, body } = first.op
  const bodies = [
    body.results,
    ...others.map(({ op }) => substitute(op.body.results, new Map(op.body.parameters.map((p, i) => [p, body.parameters[i] ?? p])))),
  ]
  // Equal values become one node, also those of loops inside.
  const inOne = (results: readonly Node[]) => simplify({ inputs: body.parameters, results, donated: new Map() })
  const { results } = mergeLoops(inOne(bodies.flat()))
  const own: Node[][] = []
  let start = 0
  for (const { length } of bodies) {
    own.push(results.slice(start, start + length))
    start += length
  }
  const [one = []] = own
  if (!own.every((list) => list.slice(0, carries).every((x, i) => x === one[i]))) return undefined
  const stacked = [...new Set(own.flatMap((list) => list.slice(carries)))]
  const placesOf = (list: readonly Node[]): number[] => list.map((x, i) => (i < carries ? i : carries + stacked.indexOf(x)))
  return {
    op: { ...first.op, body: { parameters: body.parameters, results: [...one.slice(0, carries), ...stacked] } },
    places: new Map([first, ...others].map(({ node }, i) => [node, placesOf(own[i] ?? [])])),
  }
}
