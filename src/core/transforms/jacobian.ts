// Matrices of derivatives: all rows of a vector-Jacobian product at once.

import { ConfigError } from '../errors.ts'
import { eye } from '../ops/creation.ts'
import { reshape } from '../ops/movement.ts'
import { Tensor } from '../tensor.ts'
import type { Tree } from '../tree.ts'
import { type GradOptions, grad, vjp } from './grad.ts'
import { vmap } from './vmap.ts'

/**
 * The function that gives all derivatives of `fn`, whose result and differentiated argument are tensors: `[...shape of the result, ...shape
 * of the argument]`, element [i, j] being ∂ resultᵢ / ∂ argumentⱼ.
 */
export function jacobian<A extends readonly Tree[]>(fn: (...args: A) => Tensor, options?: GradOptions): (...args: A) => Tensor
export function jacobian(fn: (...args: readonly Tree[]) => Tensor, { argument = 0 }: GradOptions = {}): (...args: Tree[]) => Tensor {
  return (...args) => {
    const x = args[argument]
    if (!(x instanceof Tensor)) {
      throw new ConfigError(
        `jacobian: expected a tensor as argument ${argument}, got ${x === undefined ? 'none' : 'a tree'}. Differentiate one leaf.`,
      )
    }
    const [y, pullback] = vjp((inner: Tensor) => fn(...args.map((arg, i) => (i === argument ? inner : arg))), x)
    const rows = reshape(eye(y.size, y.size, { dtype: y.dtype }), [y.size, ...y.shape])
    const [columns] = vmap((row: Tensor) => pullback(row))(rows)
    return reshape(columns, [...y.dims, ...x.dims])
  }
}

/**
 * The function that gives the second derivatives of a scalar function with respect to a tensor argument, `[...shape, ...shape]`.
 */
export function hessian<A extends readonly Tree[]>(fn: (...args: A) => Tensor, options?: GradOptions): (...args: A) => Tensor
export function hessian(fn: (...args: readonly Tree[]) => Tensor, options: GradOptions = {}): (...args: Tree[]) => Tensor {
  const { argument = 0 } = options
  return jacobian((...args: readonly Tree[]) => {
    const gradient = grad((...inner: readonly Tree[]) => fn(...inner), { argument })(...args)
    if (!(gradient instanceof Tensor))
      throw new ConfigError(`hessian: expected a tensor as argument ${argument}, got a tree. Differentiate one leaf.`)
    return gradient
  }, options)
}
