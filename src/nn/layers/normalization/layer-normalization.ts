// Layer normalisation (Ba et al. 2016).

import { type Dims, mean, rsqrt, ShapeError, square, type Tensor } from '../../../core/index.ts'
import { Layer, type LayerOptions } from '../../layer.ts'
import type { Parameter } from '../../parameter.ts'

/** Options of {@link LayerNormalization}. */
export interface LayerNormalizationOptions extends LayerOptions {
  /** Added to the variance. Default 1e-3, as Keras (PyTorch: 1e-5). */
  readonly epsilon?: number
}

/** (x − mean) / √(variance + epsilon) · scale + shift over the last axis; the variance is the biased one. */
export function normalizeLayer(x: Tensor, scale: Tensor, shift: Tensor, epsilon: number): Tensor {
  const centred: Tensor = x.subtract(mean(x, -1, { keepDims: true }))
  const inverse = rsqrt(mean(square(centred), -1, { keepDims: true }).add(epsilon))
  return centred.multiply(inverse).multiply(scale).add(shift)
}

/**
 * (x − mean) / √(variance + epsilon) · gamma + beta over the last axis; the shape stays.
 *
 * Parameters: `gamma` (ones) and `beta` (zeros), each `[features]`.
 *
 * ```ts
 * model.add(layers.layerNormalization({ epsilon: 1e-5 }))
 * ```
 */
export class LayerNormalization extends Layer {
  private readonly epsilon: number
  private gamma: Parameter | undefined
  private beta: Parameter | undefined

  constructor(options: LayerNormalizationOptions = {}) {
    super(options, 'LayerNormalization')
    this.epsilon = options.epsilon ?? 1e-3
  }

  override build(inputShape: Dims): void {
    const size = inputShape.at(-1)
    if (typeof size !== 'number') {
      throw new ShapeError(`${this.name}: expected inputs [batch, …, features] of known features, got [${inputShape.join(', ')}]. Fix the last axis.`)
    }
    this.gamma = this.parameter('gamma', [size], 'ones')
    this.beta = this.parameter('beta', [size], 'zeros')
  }

  call(x: Tensor): Tensor {
    return normalizeLayer(x, this.read(this.gamma), this.read(this.beta), this.epsilon)
  }
}
