// Normalisation by the batch's own mean and variance, with its gradient in closed form.

import { customGradient, type Dims, mean, reshape, rsqrt, type Shape, sum, type Tensor, variance } from '../../../core/index.ts'
import { batchNormalization } from '../../../ops/index.ts'

/** How {@link byOwnMoments} normalises. */
export interface OwnMomentsOptions {
  /** The axis that keeps a mean and a variance for each of its elements; from 0. */
  readonly axis: number
  readonly epsilon: number
  /** `[channels]`. */
  readonly gamma?: Tensor
  readonly beta?: Tensor
}

type Parameters = Readonly<Partial<Record<'gamma' | 'beta', Tensor>>>

/**
 * (x − mean) / √(variance + epsilon) · gamma + beta with mean and (biased) variance of x over all axes but one.
 *
 * With x̂ the normalised values and g the result's cotangent the gradients are Σ g for beta, Σ g·x̂ for gamma, and
 * gamma / √(variance + epsilon) · (g − mean(g) − x̂·mean(g·x̂)) for x: two sums over the batch, where the chain rule through
 * mean and variance needs five (Ioffe & Szegedy 2015, section 3).
 */
export function byOwnMoments(x: Tensor, { axis, epsilon, gamma, beta }: OwnMomentsOptions): Tensor {
  const axes = x.dims.map((_, i) => i).filter((i) => i !== axis)
  const shape: Dims = x.dims.map((size, i) => (i === axis ? size : 1))
  const spread = (t: Tensor): Tensor => reshape<Shape, Dims>(t, shape)
  const total = (t: Tensor): Tensor => sum<Shape, readonly number[]>(t, axes)
  const middle = (t: Tensor): Tensor => mean<Shape, readonly number[]>(t, axes)
  const moments = (t: Tensor) => ({ mean: middle(t), variance: variance<Shape, readonly number[]>(t, axes) })
  const normalize = customGradient(
    (values: Tensor, { gamma: scale, beta: offset }: Parameters): Tensor => {
      const own = moments(values)
      return batchNormalization(values, own.mean, own.variance, { axis, epsilon, ...(scale && { scale }), ...(offset && { offset }) })
    },
    (g: Tensor, _y: Tensor, values: Tensor, { gamma: scale, beta: offset }: Parameters): [Tensor, Parameters] => {
      const own = moments(values)
      const inverse: Tensor = rsqrt(own.variance.add(epsilon))
      const normal: Tensor = values.subtract(spread(own.mean)).multiply(spread(inverse))
      const along: Tensor = g.multiply(normal)
      const rest: Tensor = g.subtract(spread(middle(g))).subtract(normal.multiply(spread(middle(along))))
      const factor: Tensor = scale === undefined ? inverse : inverse.multiply(scale)
      return [rest.multiply(spread(factor)), { ...(scale && { gamma: total(along) }), ...(offset && { beta: total(g) }) }]
    },
  )
  return normalize(x, { ...(gamma && { gamma }), ...(beta && { beta }) })
}
