// Reverse-mode derivatives of functions: grad and valueAndGrad of functions with a scalar result, vjp of any.

import { showDims } from '../dimension.ts'
import { isFloat } from '../dtype.ts'
import { ShapeError } from '../errors.ts'
import type { Node } from '../graph.ts'
import { filledLike } from '../node-algebra.ts'
import { reverse } from '../reverse.ts'
import { Tensor } from '../tensor.ts'
import { traced } from '../tracing.ts'
import { flattenTree, type Tree, treeKey } from '../tree.ts'
import { type ArgumentPositions, nodesOf, renameArguments, treesLike } from './arguments.ts'

/** Which arguments are differentiated: the tree at a position, or a list of trees for a list of positions. */
export type Differentiated<A extends readonly Tree[], N extends ArgumentPositions> = N extends readonly number[]
  ? { readonly [K in keyof N]: N[K] extends number ? A[N[K]] : never }
  : N extends number
    ? A[N]
    : never

export interface GradOptions<N extends ArgumentPositions = number> {
  /** Position of the argument to differentiate, or several. Default 0. */
  readonly argument?: N
}

/**
 * The function that gives the gradient of `fn`, a scalar function, with respect to one argument (a tensor or a tree of tensors): a tree
 * of the argument's type. Several positions give several trees.
 *
 * @throws ShapeError where the result is not a scalar.
 * @throws DTypeError where the result or the argument is not floating-point.
 * @example
 * const slope = grad((x: Tensor) => x.multiply(x).sum())
 * slope(tensor([1, 2, 3])) // [2, 4, 6]
 */
export function grad<A extends readonly Tree[], const N extends ArgumentPositions = 0>(
  fn: (...args: A) => Tensor,
  options?: GradOptions<N>,
): (...args: A) => Differentiated<A, N>
export function grad(fn: (...args: readonly Tree[]) => Tensor, options: GradOptions<ArgumentPositions> = {}): (...args: Tree[]) => Tree {
  return (...args) => differentiate('grad', (...a) => [fn(...a)], args, options.argument ?? 0).gradient
}

/**
 * The function that gives `[value, gradient]` of `fn` from one forward pass. With `hasAux` the function returns `[scalar, anything]`, and
 * the value is that pair: what else it has computed (logits, a new state) comes back untouched.
 */
export function valueAndGrad<A extends readonly Tree[], R extends Tensor, const N extends ArgumentPositions = 0>(
  fn: (...args: A) => R,
  options?: GradOptions<N> & { readonly hasAux?: false },
): (...args: A) => [value: R, gradient: Differentiated<A, N>]
export function valueAndGrad<A extends readonly Tree[], R extends readonly [Tensor, unknown], const N extends ArgumentPositions = 0>(
  fn: (...args: A) => R,
  options: GradOptions<N> & { readonly hasAux: true },
): (...args: A) => [value: R, gradient: Differentiated<A, N>]
export function valueAndGrad(
  fn: (...args: readonly Tree[]) => Tensor | readonly [Tensor, unknown],
  options: GradOptions<ArgumentPositions> & { readonly hasAux?: boolean } = {},
): (...args: Tree[]) => [value: unknown, gradient: Tree] {
  return (...args) => {
    let value: unknown
    const scalar = (...a: readonly Tree[]): readonly [Tensor] => {
      const result = fn(...a)
      value = result
      return [result instanceof Tensor ? result : result[0]]
    }
    const { gradient } = differentiate('valueAndGrad', scalar, args, options.argument ?? 0)
    return [value, gradient]
  }
}

function differentiate(where: string, fn: (...args: readonly Tree[]) => readonly [Tensor], args: readonly Tree[], argument: ArgumentPositions) {
  const positions = typeof argument === 'number' ? [argument] : argument
  const fresh = renameArguments(args, positions, where)
  const [value] = traced(() => fn(...fresh.args))
  if (!(value instanceof Tensor) || value.rank !== 0 || !isFloat(value.dtype)) {
    const received = value instanceof Tensor ? `${value.dtype} ${showDims(value.dims)}` : String(value)
    throw new ShapeError(`${where}: expected a function with a scalar floating-point result, got ${received}. Reduce it with sum() or mean().`)
  }
  const nodes = pullBack([value.node], [filledLike(value.node, 1)], fresh.nodes)
  const trees = treesLike(args, positions, nodes)
  const [first] = trees
  return { gradient: typeof argument === 'number' && first !== undefined ? first : trees }
}

function pullBack(results: readonly Node[], cotangents: readonly Node[], wanted: readonly Node[]): Node[] {
  return reverse(results, cotangents, wanted).map(
    (cotangent, i) => cotangent ?? filledLike(wanted[i] ?? filledLike({ dtype: 'f32', shape: [] }, 0), 0),
  )
}

/**
 * The result of `fn(...args)` and its pullback: the function from a cotangent of the result (a tree of its type) to the cotangents of all
 * arguments, Jᵀu.
 */
export function vjp<A extends readonly Tree[], R extends Tree>(fn: (...args: A) => R, ...args: A): [result: R, pullback: (cotangent: R) => A]
export function vjp(fn: (...args: readonly Tree[]) => Tree, ...args: Tree[]): [result: Tree, pullback: (cotangent: Tree) => Tree] {
  const positions = args.map((_, i) => i)
  const fresh = renameArguments(args, positions, 'vjp')
  const result = traced(() => fn(...fresh.args))
  const results = nodesOf(result)
  const pullback = (cotangent: Tree): Tree => {
    checkLike('vjp', 'a cotangent', result, cotangent)
    return treesLike(args, positions, pullBack(results, nodesOf(cotangent), fresh.nodes))
  }
  return [result, pullback]
}

/** Throws a ShapeError where `received` does not have the structure, shapes and dtypes of `expected`. */
export function checkLike(where: string, what: string, expected: Tree, received: Tree): void {
  const [a, b] = [flattenTree(expected), flattenTree(received)]
  const mismatch = a.leaves.findIndex((x, i) => {
    const y = b.leaves[i]
    return y === undefined || y.dtype !== x.dtype || showDims(y.dims) !== showDims(x.dims)
  })
  if (treeKey(a.structure) !== treeKey(b.structure)) {
    throw new ShapeError(
      `${where}: expected ${what} of structure ${treeKey(a.structure)}, got ${treeKey(b.structure)}. Pass a tree of the same form.`,
    )
  }
  const [x, y] = [a.leaves[mismatch], b.leaves[mismatch]]
  if (x !== undefined && y !== undefined) {
    throw new ShapeError(`${where}: expected ${what} like ${x.toString()}, got ${y.toString()}. Pass tensors of the same shapes and dtypes.`)
  }
}
