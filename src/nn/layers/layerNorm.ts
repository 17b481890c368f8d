// Layer normalisation (Ba et al. 2016).

import { type Dims, mean, rsqrt, ShapeError, square, type Tensor } from '../../core/index.ts'
import { Layer, type LayerOptions, madeBy, type Parameter } from '../layer.ts'

export interface LayerNormOptions extends LayerOptions {
  /** Default 1e-3, as Keras. */
  readonly epsilon?: number
}

/** (x − mean) / √(variance + epsilon) · gamma + beta over the last axis. */
export class LayerNorm extends Layer {
  private readonly epsilon: number
  private gamma: Parameter | undefined
  private beta: Parameter | undefined

  constructor(options: LayerNormOptions = {}) {
    super('layer_norm', options)
    this.epsilon = options.epsilon ?? 1e-3
  }

  protected override build(inputShape: Dims): void {
    const size = inputShape.at(-1)
    if (typeof size !== 'number')
      throw new ShapeError(`${this.name}: expected a known last size, got [${inputShape.map(String).join(', ')}]. Fix it.`)
    this.gamma = this.parameter('gamma', [size], 'ones')
    this.beta = this.parameter('beta', [size], 'zeros')
  }

  call(x: Tensor): Tensor {
    const centred: Tensor = x.subtract(mean(x, -1, { keepDims: true }))
    const scale = rsqrt(mean(square(centred), -1, { keepDims: true }).add(this.epsilon))
    return centred.multiply(scale).multiply(madeBy(this, this.gamma)).add(madeBy(this, this.beta))
  }
}
