// Functions as closed subgraphs: runs a JavaScript function on parameter nodes and turns whatever it reads from outside into further
// parameters, so that `scan`, `cond`, `while` and `call` carry everything they need as inputs.

import { makeNode, type Node, parameterNode, type TensorType } from './graph.ts'
import type { Subgraph } from './primitives.ts'

/** One function to trace: the types of its own parameters, and what it does with them. */
export interface Traceable {
  readonly types: readonly TensorType[]
  readonly run: (parameters: readonly Node[]) => readonly Node[]
}

/** Traces functions; every body gets its own parameters first, then one for each of `captured`, the same list for all bodies. */
export function traceFunctions(functions: readonly Traceable[]): { readonly bodies: readonly Subgraph[]; readonly captured: readonly Node[] } {
  const mark = parameterNode('mark', { dtype: 'bool', shape: [] }).id
  const traced = functions.map(({ types, run }) => {
    const parameters = types.map((type, i) => parameterNode(`p${i}`, type))
    return { parameters, results: run(parameters) }
  })
  const outer = new Set<Node>()
  for (const { results } of traced) {
    const seen = new Set<Node>()
    const stack = [...results]
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (seen.has(node)) continue
      seen.add(node)
      if (isOuter(node, mark)) outer.add(node)
      else stack.push(...node.inputs)
    }
  }
  const captured = [...outer].sort((a, b) => a.id - b.id)
  const bodies = traced.map(({ parameters, results }) => {
    const own = captured.map((node, i) => parameterNode(`captured${i}`, { dtype: node.dtype, shape: node.shape }))
    const replacements = new Map(captured.map((node, i) => [node, own[i] ?? node]))
    return { parameters: [...parameters, ...own], results: substitute(results, replacements) }
  })
  return { bodies, captured }
}

function isOuter(node: Node, mark: number): boolean {
  if (node.op.name === 'fill' || node.op.name === 'iota') return false
  return node.id < mark || node.op.name === 'data'
}

/** The same values with some nodes replaced; nothing behind a replaced node is visited. */
export function substitute(roots: readonly Node[], replacements: ReadonlyMap<Node, Node>): readonly Node[] {
  const done = new Map<Node, Node>(replacements)
  const stack = [...roots]
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    if (done.has(node)) {
      stack.pop()
      continue
    }
    const missing = node.inputs.filter((x) => !done.has(x))
    if (missing.length > 0) {
      stack.push(...missing)
      continue
    }
    const inputs = node.inputs.map((x) => done.get(x) ?? x)
    done.set(node, inputs.every((x, i) => x === node.inputs[i]) ? node : makeNode(node.op, inputs))
    stack.pop()
  }
  return roots.map((root) => done.get(root) ?? root)
}

/** The results of a subgraph for these arguments, without a node that stands for it. */
export function inline(body: Subgraph, args: readonly Node[]): readonly Node[] {
  return substitute(body.results, new Map(body.parameters.map((parameter, i) => [parameter, args[i] ?? parameter])))
}
