// Control flow inside a program: loops and branches over trees of tensors. What the functions read from outside becomes an input.

import { type Traceable, traceFunctions } from '../capture.ts'
import { type Dim, showDims } from '../dimension.ts'
import { ShapeError } from '../errors.ts'
import { elementOf, makeNode, type Node } from '../graph.ts'
import type { CallGradient } from '../primitives.ts'
import { Tensor } from '../tensor.ts'
import { flattenTree, rebuildTree, type Tree, type TreeStructure, unflattenTree } from '../tree.ts'

const resultsOf = (node: Node): Tensor[] => node.types.map((_, i) => new Tensor(node.types.length === 1 ? node : elementOf(node, i)))
const wrap = (nodes: readonly Node[]): Tensor[] => nodes.map((n) => new Tensor(n))
const typeOf = (t: Tensor) => ({ dtype: t.dtype, shape: t.dims })

export interface ScanOptions {
  /** Number of steps; needed only where `xs` is empty. */
  readonly length?: Dim
  /** From the last step to the first. Default false. */
  readonly reverse?: boolean
}

/** Runs `step(carry, x)` along axis 0 of `xs`; returns the last carry and the other results stacked along a new axis 0. */
export function scan<C extends Tree, Y extends Tree>(
  step: (carry: C, x: Tree) => readonly [C, Y],
  initial: C,
  xs: Tree = [],
  options: ScanOptions = {},
): [C, Tree] {
  const carries = flattenTree(initial)
  const inputs = flattenTree(xs)
  const length = options.length ?? inputs.leaves[0]?.dims[0]
  if (length === undefined) throw new ShapeError('scan: expected inputs with an axis 0, or a length, got neither. Pass { length }.')
  let structure: TreeStructure = { kind: 'array', items: [] }
  const run = (parameters: readonly Node[]): readonly Node[] => {
    const tensors = wrap(parameters)
    const carry = rebuildTree(initial, tensors.slice(0, carries.leaves.length))
    const [next, y] = step(carry, unflattenTree(inputs.structure, tensors.slice(carries.leaves.length)))
    const out = flattenTree(y)
    structure = out.structure
    return [...flattenTree(next).leaves, ...out.leaves].map((t) => t.node)
  }
  for (const x of inputs.leaves) {
    if (x.rank === 0) throw new ShapeError(`scan: expected inputs with an axis 0, got ${showDims(x.dims)}. Close over scalars instead.`)
  }
  const types = [...carries.leaves.map(typeOf), ...inputs.leaves.map((t) => ({ dtype: t.dtype, shape: t.dims.slice(1) }))]
  const { bodies, captured } = traceFunctions([{ types, run }])
  const [body] = bodies
  if (body === undefined) throw new ShapeError('scan: expected one body.')
  const results = resultsOf(
    makeNode({ name: 'scan', body, carries: carries.leaves.length, length, reverse: options.reverse ?? false }, [
      ...[...carries.leaves, ...inputs.leaves].map((t) => t.node),
      ...captured,
    ]),
  )
  return [rebuildTree(initial, results.slice(0, carries.leaves.length)), unflattenTree(structure, results.slice(carries.leaves.length))]
}

/** The value of one of two functions; only that one runs. Both return the same structure. */
export function cond<R extends Tree>(predicate: Tensor, whenTrue: () => R, whenFalse: () => R): R {
  const shown: R[] = []
  const traceable = (fn: () => R): Traceable => ({
    types: [],
    run: () => {
      const result = fn()
      shown.push(result)
      return flattenTree(result).leaves.map((t) => t.node)
    },
  })
  const { bodies, captured } = traceFunctions([traceable(whenTrue), traceable(whenFalse)])
  const [first, second] = bodies
  const [like] = shown
  if (first === undefined || second === undefined || like === undefined) throw new ShapeError('cond: expected two branches.')
  return rebuildTree(like, resultsOf(makeNode({ name: 'cond', whenTrue: first, whenFalse: second }, [predicate.node, ...captured])))
}

/** Runs `body` on the state while `condition` of it holds. */
export function whileLoop<S extends Tree>(condition: (state: S) => Tensor, body: (state: S) => S, initial: S): S {
  const { leaves } = flattenTree(initial)
  const types = leaves.map(typeOf)
  const stateOf = (parameters: readonly Node[]): S => rebuildTree(initial, wrap(parameters))
  const { bodies, captured } = traceFunctions([
    { types, run: (p) => [condition(stateOf(p)).node] },
    { types, run: (p) => flattenTree(body(stateOf(p))).leaves.map((t) => t.node) },
  ])
  const [test, step] = bodies
  if (test === undefined || step === undefined) throw new ShapeError('whileLoop: expected a condition and a body.')
  // What the body reads from outside stays as it is: part of the state.
  const unchanged = { parameters: step.parameters, results: [...step.results, ...step.parameters.slice(leaves.length)] }
  const node = makeNode({ name: 'while', condition: test, body: unchanged }, [...leaves.map((t) => t.node), ...captured])
  return rebuildTree(initial, resultsOf(node).slice(0, leaves.length))
}

/** `fn(args)` as one unit of the graph that is differentiated in its own way: recomputed by default. */
export function call<A extends Tree, R extends Tree>(fn: (args: A) => R, args: A, gradient: CallGradient = { kind: 'recompute' }): R {
  const { leaves } = flattenTree(args)
  const shown: R[] = []
  const run = (parameters: readonly Node[]): readonly Node[] => {
    const result = fn(rebuildTree(args, wrap(parameters)))
    shown.push(result)
    return flattenTree(result).leaves.map((t) => t.node)
  }
  const { bodies, captured } = traceFunctions([{ types: leaves.map(typeOf), run }])
  const [body] = bodies
  const [like] = shown
  if (body === undefined || like === undefined) throw new ShapeError('call: expected one body.')
  return rebuildTree(like, resultsOf(makeNode({ name: 'call', body, gradient }, [...leaves.map((t) => t.node), ...captured])))
}
