// Functions of functions: derivatives of one's own, directions, and functions of one example as functions of many.

import { ConfigError, type Cotangents, customGradient as withGradient, jvp as jvpTrees, ShapeError, Tensor, type Tree } from '../../core/index.ts'

export { stopGradient } from '../../core/index.ts'

/**
 * A function with a gradient of one's own: `f` gives its result and the function from the cotangent of the result to those of the arguments.
 * Tensors that it closes over are constants.
 *
 * @example
 * const log1pexp = ops.customGradient((x: Tensor) => [x.exp().add(1).log(), (upstream) => [upstream.multiply(x.sigmoid())]])
 */
export function customGradient<A extends readonly Tree[], R extends Tree>(
  f: (...args: A) => readonly [result: R, gradient: (upstream: R) => Cotangents<A>],
): (...args: A) => R {
  return withGradient<A, R>(
    (...args) => f(...args)[0],
    (upstream, _result, ...args) => f(...args)[1](upstream),
  )
}

/** Option of {@link jvp}. */
export interface JvpOptions<Aux extends boolean> {
  /** `fun` returns `[result, anything]`, whose second part is given untouched. Default false. */
  readonly hasAux?: Aux
}

/** The result of `fun(...primals)` and its derivative in the direction of the tangents (trees like the primals); with `hasAux` what else it gives. */
export function jvp<A extends readonly Tree[], R extends Tree>(fun: (...args: A) => R, primals: A, tangents: A, options?: JvpOptions<false>): [R, R]
export function jvp<A extends readonly Tree[], R extends Tree, X>(
  fun: (...args: A) => readonly [result: R, aux: X],
  primals: A,
  tangents: A,
  options: JvpOptions<true>,
): [result: R, tangent: R, aux: X]
export function jvp(
  fun: (...args: readonly Tree[]) => Tree | readonly [Tree, unknown],
  primals: readonly Tree[],
  tangents: readonly Tree[],
  { hasAux = false }: JvpOptions<boolean> = {},
): unknown[] {
  let aux: unknown
  const plain = (...args: readonly Tree[]): Tree => {
    const result = fun(...args)
    if (!hasAux) return treeOf(result)
    if (!Array.isArray(result))
      throw new ConfigError('jvp: expected a function that returns [result, aux] with hasAux, got one value. Leave hasAux out.')
    aux = result[1]
    return treeOf(result[0])
  }
  const [result, tangent] = jvpTrees(plain, primals, tangents)
  return hasAux ? [result, tangent, aux] : [result, tangent]
}

/** What a function gave as a tree of tensors; a ShapeError where it holds anything else. */
function treeOf(value: unknown): Tree {
  if (value instanceof Tensor) return value
  if (Array.isArray(value)) return value.map(treeOf)
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, treeOf(part)]))
  throw new ShapeError(
    `jvp: expected a function that gives tensors in arrays and objects, got ${String(value)}. Pass { hasAux: true } for [result, aux].`,
  )
}
