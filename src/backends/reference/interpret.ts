// Evaluates a graph node by node, inputs before users, each value dropped after its last use.

import { type Dim, evaluateDim } from '../../core/dimension.ts'
import { type Node, topologicalOrder } from '../../core/graph.ts'
import type { Op, PrimitiveName, Subgraph } from '../../core/primitives.ts'
import type { Surroundings } from './rule.ts'
import { rules } from './table.ts'
import { decode, type Values } from './values.ts'

/** A graph in the order it is evaluated. */
interface Plan {
  readonly order: readonly Node[]
  /** After each node, the nodes whose values nobody needs any more. */
  readonly dropped: readonly (readonly Node[])[]
}

const plans = new WeakMap<readonly Node[], Plan>()

/** The plan for these roots; made once for a list of roots, so that a loop's body is not sorted in every step. */
function planFor(roots: readonly Node[]): Plan {
  const known = plans.get(roots)
  if (known !== undefined) return known
  const order = topologicalOrder(roots)
  const lastUse = new Map<Node, number>()
  order.forEach((node, i) => {
    lastUse.set(node, i)
    for (const input of node.inputs) lastUse.set(input, i)
  })
  for (const root of roots) lastUse.delete(root)
  const dropped: Node[][] = order.map(() => [])
  for (const [node, i] of lastUse) dropped[i]?.push(node)
  const plan = { order, dropped }
  plans.set(roots, plan)
  return plan
}

/** The values of `roots`, where `bound` gives the values of parameters and data and `dims` those of the symbolic sizes. */
export function interpret(roots: readonly Node[], bound: ReadonlyMap<Node, Values>, dims: ReadonlyMap<string, number>): Values[] {
  const size = (d: Dim) => evaluateDim(d, dims)
  const run = (body: Subgraph, inputs: readonly Values[]): readonly Values[] => {
    const values = new Map<Node, Values>()
    body.parameters.forEach((parameter, i) => {
      const value = inputs[i]
      if (value !== undefined) values.set(parameter, value)
    })
    return interpret(body.results, values, dims)
  }
  const { order, dropped } = planFor(roots)
  const computed = new Map<Node, readonly Values[]>()
  order.forEach((node, i) => {
    computed.set(node, valuesOf(node, computed, bound, { size, run }))
    for (const old of dropped[i] ?? []) computed.delete(old)
  })
  return roots.map((root) => first(computed, root))
}

function first(computed: ReadonlyMap<Node, readonly Values[]>, node: Node): Values {
  const value = computed.get(node)?.[0]
  if (value === undefined) throw new RangeError(`reference: ${node.op.name} is used before it is computed`)
  return value
}

function valuesOf(
  node: Node,
  computed: ReadonlyMap<Node, readonly Values[]>,
  bound: ReadonlyMap<Node, Values>,
  { size, run }: Pick<Surroundings, 'size' | 'run'>,
): readonly Values[] {
  const given = bound.get(node)
  if (given !== undefined) return [given]
  const types = node.types.map(({ dtype, shape }) => ({ dtype, shape: shape.map(size) }))
  const [type] = types
  if (node.storage !== undefined && type !== undefined) return [decode(node.storage, type.shape)]
  const [tuple] = node.inputs
  const inputs = node.op.name === 'element' && tuple !== undefined ? (computed.get(tuple) ?? []) : node.inputs.map((input) => first(computed, input))
  return apply(node.op.name, node.op, inputs, { types, size, run })
}

type OpOf = { readonly [N in PrimitiveName]: Extract<Op, { name: N }> }

function apply<N extends PrimitiveName>(name: N, op: OpOf[N], inputs: readonly Values[], surroundings: Surroundings): readonly Values[] {
  return rules[name](op, inputs, surroundings)
}
