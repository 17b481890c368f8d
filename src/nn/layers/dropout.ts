// Inverted dropout (Srivastava et al. 2014).

import { ConfigError, random, type Tensor, where } from '../../core/index.ts'
import { type CallContext, Layer, type LayerOptions } from '../layer.ts'

export interface DropoutOptions extends LayerOptions {
  /** Share of elements set to zero while training, 0 ≤ rate < 1. */
  readonly rate: number
}

/** While training: zeros with probability `rate`, the rest divided by 1 − rate. Else x. */
export class Dropout extends Layer {
  private readonly rate: number

  constructor(options: DropoutOptions) {
    super('dropout', options)
    if (!(options.rate >= 0 && options.rate < 1))
      throw new ConfigError(`dropout: expected a rate of at least 0 and below 1, got ${options.rate}. Change it.`)
    this.rate = options.rate
  }

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training || this.rate === 0) return x
    return where(random.bernoulli(context.key, 1 - this.rate, x.dims), x.multiply(1 / (1 - this.rate)), 0)
  }
}
