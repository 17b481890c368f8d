// Forward-mode derivatives of functions.

import { forward } from '../forward.ts'
import { filledLike } from '../node-algebra.ts'
import { Tensor } from '../tensor.ts'
import { traced } from '../tracing.ts'
import { flattenTree, type Tree, unflattenTree } from '../tree.ts'
import { checkLike } from './grad.ts'
import { nodesOf, renameArguments } from './arguments.ts'

/**
 * The result of `fn(...args)` and its derivative in the direction `tangents` (trees of the arguments' types), J t: a tree of the result's
 * type, with zeros for what is not floating-point. Integer tensors belong outside, closed over.
 *
 * @example
 * const [y, dy] = jvp((x: Tensor) => x.sin(), [tensor([0])], [tensor([1])]) // dy = cos 0 = 1
 */
export function jvp<A extends readonly Tree[], R extends Tree>(fn: (...args: A) => R, args: A, tangents: A): [result: R, tangent: R]
export function jvp(fn: (...args: readonly Tree[]) => Tree, args: readonly Tree[], tangents: readonly Tree[]): [result: Tree, tangent: Tree] {
  checkLike('jvp', 'tangents', args, tangents)
  const fresh = renameArguments(
    args,
    args.map((_, i) => i),
    'jvp',
  )
  const result = traced(() => fn(...fresh.args))
  const { leaves, structure } = flattenTree(result)
  const pushed = forward(
    leaves.map((t) => t.node),
    fresh.nodes,
    nodesOf(tangents),
  )
  return [
    result,
    unflattenTree(
      structure,
      leaves.map((t, i) => new Tensor(pushed[i] ?? filledLike(t.node, 0))),
    ),
  ]
}
