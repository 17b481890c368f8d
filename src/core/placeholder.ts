// Tensors without numbers: what a graph that is drawn before its inputs exist starts from, and the same graph on other inputs.

import { addDims, type Dim, type Dims, multiplyDims, SymbolicDim } from './dimension.ts'
import type { DType } from './dtype.ts'
import { makeNode, type Node, parameterNode, topologicalOrder } from './graph.ts'
import type { Op, Subgraph } from './primitives.ts'
import type { Shape } from './shape-types.ts'
import { Tensor } from './tensor.ts'

/** A tensor that has a shape and a dtype but no numbers: graphs can be drawn from it, and run with {@link replay}. */
export function placeholder<S extends Shape = Shape>(label: string, dims: Dims, dtype: DType): Tensor<S> {
  return new Tensor<S>(parameterNode(label, { dtype, shape: dims }))
}

/**
 * `results` with other tensors in place of some that they were computed from. Symbolic sizes of the placeholders become the sizes of the tensors
 * that stand for them.
 */
export function replay(results: readonly Tensor[], bindings: readonly (readonly [placeholder: Tensor['node'], value: Tensor])[]): Tensor[] {
  const sizes = new Map<string, Dim>()
  for (const [{ shape }, value] of bindings) {
    shape.forEach((size, axis) => {
      const name = size instanceof SymbolicDim ? nameOf(size) : undefined
      const bound = value.dims[axis]
      if (name !== undefined && bound !== undefined) sizes.set(name, bound)
    })
  }
  const nodes = new Map<Node, Node>(bindings.map(([node, value]) => [node, value.node]))
  return rebuilt(
    results.map((t) => t.node),
    nodes,
    sizes,
  ).map((node) => new Tensor(node))
}

/** The variable that a size is, where it is nothing else. */
function nameOf({ terms: [term, ...rest] }: SymbolicDim): string | undefined {
  const [variable, ...others] = term?.variables ?? []
  return rest.length === 0 && term?.coefficient === 1 && others.length === 0 ? variable?.name : undefined
}

type Sizes = ReadonlyMap<string, Dim>

function rebuilt(roots: readonly Node[], replacements: ReadonlyMap<Node, Node>, sizes: Sizes): Node[] {
  const done = new Map(replacements)
  for (const node of topologicalOrder(roots)) {
    if (done.has(node)) continue
    const inputs = node.inputs.map((x) => done.get(x) ?? x)
    const op = boundOp(node.op, sizes)
    done.set(node, op === node.op && inputs.every((x, i) => x === node.inputs[i]) ? node : makeNode(op, inputs))
  }
  return roots.map((root) => done.get(root) ?? root)
}

function boundOp(op: Op, sizes: Sizes): Op {
  const dims = (shape: Dims): Dims => shape.map((size) => boundSize(size, sizes))
  switch (op.name) {
    case 'fill':
    case 'iota':
    case 'reshape':
    case 'expand':
    case 'randomBits':
      return op.shape.some(isSymbolic) ? { ...op, shape: dims(op.shape) } : op
    case 'slice':
    case 'dynamicSlice':
      return op.sizes.some(isSymbolic) ? { ...op, sizes: dims(op.sizes) } : op
    case 'convInputGradient':
      return { ...op, inputShape: dims(op.inputShape) }
    case 'convFilterGradient':
      return { ...op, filterShape: dims(op.filterShape) }
    case 'scatterAdd':
      return { ...op, size: boundSize(op.size, sizes) }
    case 'scan':
      return { ...op, length: boundSize(op.length, sizes), body: boundBody(op.body, sizes) }
    case 'cond':
      return { ...op, whenTrue: boundBody(op.whenTrue, sizes), whenFalse: boundBody(op.whenFalse, sizes) }
    case 'while':
      return { ...op, condition: boundBody(op.condition, sizes), body: boundBody(op.body, sizes) }
    case 'call':
      return { ...op, body: boundBody(op.body, sizes) }
    default:
      return op
  }
}

function boundBody({ parameters, results }: Subgraph, sizes: Sizes): Subgraph {
  const own = parameters.map((node, i) => parameterNode(`p${i}`, { dtype: node.dtype, shape: node.shape.map((size) => boundSize(size, sizes)) }))
  const replacements = new Map(parameters.map((node, i) => [node, own[i] ?? node]))
  return { parameters: own, results: rebuilt(results, replacements, sizes) }
}

const isSymbolic = (size: Dim): boolean => size instanceof SymbolicDim

function boundSize(size: Dim, sizes: Sizes): Dim {
  if (typeof size === 'number') return size
  return size.terms
    .map(({ coefficient, variables }) =>
      variables.reduce<Dim>(
        (product, variable) => multiplyDims(product, sizes.get(variable.name) ?? new SymbolicDim([{ coefficient: 1, variables: [variable] }])),
        coefficient,
      ),
    )
    .reduce(addDims, 0)
}
