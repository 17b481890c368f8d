// Functions with a gradient of the user's own.

import { ShapeError } from '../errors.ts'
import type { Node } from '../graph.ts'
import { call } from '../ops/control.ts'
import { Tensor } from '../tensor.ts'
import { traced } from '../tracing.ts'
import { flattenTree, rebuildTree, type Tree } from '../tree.ts'
import { checkLike } from './grad.ts'

/** Cotangents of the arguments, each of its argument's type; `undefined` is zero. */
export type Cotangents<A extends readonly Tree[]> = { readonly [K in keyof A]: A[K] | undefined }

/**
 * `fn`, differentiated by `vjp` and not through its operations: `vjp(cotangent, result, ...args)` gives the cotangents of the arguments from
 * the cotangent of the result (a tree of its type). It must be linear in the cotangent for `jvp` to be right. Tensors that `fn` closes over
 * are constants.
 *
 * @example
 * // Rounds, and lets gradients pass as if it did not.
 * const straightThrough = customGradient((x: Tensor) => x.round(), (cotangent) => [cotangent])
 */
export function customGradient<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  vjp: (cotangent: R, result: R, ...args: A) => Cotangents<A>,
): (...args: A) => R {
  return (...args) => {
    let shown: R | undefined
    const run = (inner: A): R => {
      const result = fn(...inner)
      shown = result
      return result
    }
    const structure = args
    return call(run, args, {
      kind: 'custom',
      vjp: (inputs, outputs, cotangents) => {
        if (shown === undefined) throw new ShapeError('customGradient: expected the function to have run before its gradient.')
        const like = shown
        const own = rebuildTree(structure, tensorsOf(inputs.slice(0, flattenTree(structure).leaves.length)))
        const given = traced(() => vjp(rebuildTree(like, tensorsOf(cotangents)), rebuildTree(like, tensorsOf(outputs)), ...own))
        return own.flatMap((arg, i) => cotangentsOf(arg, given[i], i))
      },
    })
  }
}

const tensorsOf = (nodes: readonly Node[]): Tensor[] => nodes.map((node) => new Tensor(node))

/** The cotangents of one argument's tensors, checked against it. */
function cotangentsOf(argument: Tree, given: Tree | undefined, position: number): (Node | undefined)[] {
  if (given === undefined) return flattenTree(argument).leaves.map(() => undefined)
  checkLike('customGradient', `a cotangent of argument ${position}`, argument, given)
  return flattenTree(given).leaves.map((t) => t.node)
}
