// Products that a loop reads one step at a time, computed in the loop: a thread that runs all steps of its own rows multiplies the step's
// rows while they and the matrix are in its cache, instead of reading back what a whole sequence took to memory.

import { makeNode, type Node, parameterNode, topologicalOrder } from '../../core/graph.ts'
import type { Op, Subgraph } from '../../core/primitives.ts'
import { scanRoles } from '../../core/gradients/control.ts'
import type { GraphFunction } from '../device.ts'
import { optimize } from './optimize.ts'
import { rowParts } from './row-parts.ts'

type Scan = Extract<Op, { name: 'scan' }>

/** The same function with such products in the bodies of loops whose rows are shared out among threads; the very same graph where there are none. */
export function sinkIntoLoops(graph: GraphFunction): GraphFunction {
  const users = new Map<Node, number>()
  const order = topologicalOrder(graph.results)
  if (!order.some(({ op }) => op.name === 'scan')) return graph
  for (const node of graph.results) users.set(node, (users.get(node) ?? 0) + 1)
  for (const node of order) for (const input of node.inputs) users.set(input, (users.get(input) ?? 0) + 1)
  const done = new Map<Node, Node>()
  let changed = false
  for (const node of order) {
    const inputs = node.inputs.map((x) => done.get(x) ?? x)
    const sunk = node.op.name === 'scan' ? sunkLoop(node.op, node.inputs, users) : undefined
    if (sunk !== undefined) {
      changed = true
      done.set(
        node,
        makeNode(
          sunk.op,
          sunk.inputs.map((x) => done.get(x) ?? x),
        ),
      )
    } else done.set(node, inputs.every((x, i) => x === node.inputs[i]) ? node : makeNode(node.op, inputs))
  }
  return changed ? { ...graph, results: graph.results.map((x) => done.get(x) ?? x) } : graph
}

/** The loop with what it alone reads in its body, where it is then still one that is cut into parts of its rows. */
function sunkLoop(
  op: Scan,
  inputs: readonly Node[],
  users: ReadonlyMap<Node, number>,
): { readonly op: Scan; readonly inputs: readonly Node[] } | undefined {
  const roles = scanRoles(op, inputs)
  const sink = new Sink(users)
  const steps = op.body.parameters.map((p, i) => {
    const input = inputs[i]
    return roles[i] === 'scanned' && input !== undefined && users.get(input) === 1 && hasProduct(input) ? sink.step(input) : p
  })
  if (steps.every((x, i) => x === op.body.parameters[i])) return undefined
  const kept = op.body.parameters.map((p, i) => ({ parameter: p, input: inputs[i] ?? p })).filter(({ parameter }) => steps.includes(parameter))
  const replaced = new Map(op.body.parameters.map((p, i) => [p, steps[i] ?? p] as const))
  const all = [...kept, ...sink.added]
  const parameters = all.map(({ parameter }) => parameter)
  const results = optimize({ inputs: parameters, results: rewritten(op.body.results, replaced), donated: new Map() }).results
  const body: Subgraph = { parameters, results }
  const made: Scan = { ...op, body }
  return rowParts(body, made) === undefined ? undefined : { op: made, inputs: all.map(({ input }) => input) }
}

/** Whether a sequence is a product by a matrix, or a sum with one: the work that is worth moving. */
function hasProduct(node: Node): boolean {
  const { op } = node
  if (op.name === 'dot') return op.lhsBatch.length === 0 && !op.lhsContract.includes(0)
  return op.name === 'binary' && node.inputs.some(hasProduct)
}

class Sink {
  readonly added: { readonly parameter: Node; readonly input: Node }[] = []
  private readonly users: ReadonlyMap<Node, number>

  constructor(users: ReadonlyMap<Node, number>) {
    this.users = users
  }

  /** One step of a sequence, in the body. */
  step(node: Node): Node {
    const { op } = node
    const [first, second] = node.inputs
    const shape = node.shape.slice(1)
    if (op.name === 'binary' && first !== undefined && second !== undefined) return makeNode(op, [this.operand(first), this.operand(second)])
    if (op.name === 'expand' && first?.shape[0] === 1) {
      const row = makeNode({ name: 'reshape', shape: first.shape.slice(1) }, [this.outside(first, first.shape)])
      return makeNode({ ...op, shape }, [row])
    }
    if (op.name === 'dot' && first !== undefined && second !== undefined && hasProduct(node)) {
      return makeNode({ ...op, lhsContract: op.lhsContract.map((axis) => axis - 1) }, [
        this.outside(first, first.shape.slice(1)),
        this.outside(second, second.shape),
      ])
    }
    return this.outside(node, shape)
  }

  /** An operand that nobody else needs is computed in the body, too. */
  private operand(node: Node): Node {
    return this.users.get(node) === 1 ? this.step(node) : this.outside(node, node.shape.slice(1))
  }

  /** A new parameter for what is computed before the loop: a step of it, or all. */
  private outside(input: Node, shape: Node['shape']): Node {
    const parameter = parameterNode('sunk', { dtype: input.dtype, shape })
    this.added.push({ parameter, input })
    return parameter
  }
}

function rewritten(results: readonly Node[], replaced: ReadonlyMap<Node, Node>): readonly Node[] {
  const done = new Map<Node, Node>(replaced)
  for (const node of topologicalOrder(results)) {
    if (done.has(node)) continue
    const inputs = node.inputs.map((x) => done.get(x) ?? x)
    done.set(node, inputs.every((x, i) => x === node.inputs[i]) ? node : makeNode(node.op, inputs))
  }
  return results.map((x) => done.get(x) ?? x)
}
