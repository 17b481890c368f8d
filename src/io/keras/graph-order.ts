// The order in which Keras lists the layers of a functional model: by their distance from the outputs, the farthest first, then in the order in which
// they are met from the outputs on. The folders of weights are numbered in that order, so it must be Keras's own (keras.ops.function).

import { type AnyLayer, type AnyModel } from '../../nn/index.ts'
import { flattenTree, Tensor } from '../../core/index.ts'

/** The graph of a functional model. */
export type Graph = NonNullable<AnyModel['graph']>
/** One call of a layer in it. */
export type Call = Graph['calls'][number]

/** What a functional model is made of: its inputs and its layers. */
export type Operation = { readonly kind: 'input'; readonly tensor: Tensor } | { readonly kind: 'layer'; readonly layer: AnyLayer }

/** Where a symbolic tensor comes from. */
export interface Origin {
  readonly operation: Operation
  /** Which of the layer's calls in the model. */
  readonly call: number
  /** Which of its results. */
  readonly result: number
}

/** A functional model as Keras sees it. */
export interface OrderedGraph {
  readonly operations: readonly Operation[]
  readonly calls: ReadonlyMap<AnyLayer, readonly Call[]>
  originOf(x: Tensor): Origin | undefined
}

/** A call, or the input that a tensor is. */
type Step = Call | Operation

/** Puts a graph in Keras's order. */
export function orderedGraph(graph: Graph): OrderedGraph {
  const inputs = new Map(flattenTree(graph.inputs).leaves.map((tensor): [Tensor['node'], Operation] => [tensor.node, { kind: 'input', tensor }]))
  const layers = new Map<AnyLayer, Operation>(graph.calls.map(({ layer }) => [layer, { kind: 'layer', layer }]))
  const calls = new Map<AnyLayer, Call[]>()
  for (const call of graph.calls) calls.set(call.layer, [...(calls.get(call.layer) ?? []), call])
  const origins = new Map<Tensor['node'], Origin>()
  for (const [node, operation] of inputs) origins.set(node, { operation, call: 0, result: 0 })
  const producers = new Map<Tensor['node'], Call>()
  for (const [layer, own] of calls) {
    const operation = layers.get(layer)
    if (operation === undefined) continue
    own.forEach((call, index) => {
      flattenTree(call.outputs).leaves.forEach(({ node }, result) => {
        producers.set(node, call)
        origins.set(node, { operation, call: index, result })
      })
    })
  }
  const stepOf = (x: Tensor): Step | undefined => inputs.get(x.node) ?? producers.get(x.node)
  const operationOf = (step: Step): Operation | undefined => ('kind' in step ? step : layers.get(step.layer))
  const parentsOf = (step: Step): Step[] => ('kind' in step ? [] : tensorsOf(step).flatMap((x) => stepOf(x) ?? []))
  const { order, met } = walk(
    flattenTree(graph.outputs).leaves.flatMap((x) => stepOf(x) ?? []),
    parentsOf,
    operationOf,
  )
  const depths = operationDepths(order, parentsOf, operationOf)
  for (const operation of inputs.values()) {
    if (depths.has(operation)) continue
    depths.set(operation, 0)
    met.set(operation, -1)
  }
  const operations = [...depths.keys()].sort((a, b) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0) || (met.get(a) ?? 0) - (met.get(b) ?? 0))
  return { operations, calls, originOf: (x) => origins.get(x.node) }
}

/** Symbolic tensors that a call takes: its inputs, then those among its options. */
function tensorsOf({ inputs, options }: Call): Tensor[] {
  return [...flattenTree(inputs).leaves, ...Object.values(options).flatMap(tensorsIn)]
}

function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value]
  return Array.isArray(value) ? value.flatMap(tensorsIn) : []
}

/** Steps after those that they depend on, and the order in which operations are met from the outputs on. */
function walk(ends: readonly Step[], parentsOf: (step: Step) => Step[], operationOf: (step: Step) => Operation | undefined) {
  const order: Step[] = []
  const met = new Map<Operation, number>()
  const seen = new Set<Step>()
  const stack: { readonly step: Step; readonly parents: readonly Step[]; next: number }[] = []
  const enter = (step: Step): void => {
    if (seen.has(step)) return
    seen.add(step)
    const operation = operationOf(step)
    if (operation !== undefined && !met.has(operation)) met.set(operation, met.size)
    stack.push({ step, parents: parentsOf(step), next: 0 })
  }
  for (const end of ends) {
    enter(end)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const parent = top.parents[top.next++]
      if (parent !== undefined) enter(parent)
      else {
        order.push(top.step)
        stack.pop()
      }
    }
  }
  return { order, met }
}

/** How far each operation is from the outputs: at least one more than what uses it, a shared one as its farthest call. */
function operationDepths(order: readonly Step[], parentsOf: (step: Step) => Step[], operationOf: (step: Step) => Operation | undefined) {
  const steps = new Map<Step, number>()
  const operations = new Map<Operation, number>()
  for (const step of order.toReversed()) {
    const operation = operationOf(step)
    if (operation === undefined) continue
    const depth = Math.max(steps.get(step) ?? 0, operations.get(operation) ?? 0)
    operations.set(operation, depth)
    steps.set(step, depth)
    for (const parent of parentsOf(step)) steps.set(parent, Math.max(depth + 1, steps.get(parent) ?? 0))
  }
  return operations
}
