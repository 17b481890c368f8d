// Inverted dropout (Srivastava et al. 2014).

import { ConfigError, random, type Tensor, where } from '../../../core/index.ts'
import type { CallContext } from '../../call-context.ts'
import { Layer, type LayerOptions } from '../../layer.ts'

/** Options of {@link Dropout}. */
export interface DropoutOptions extends LayerOptions {
  /** Share of elements set to zero while training, 0 ≤ rate < 1. */
  readonly rate: number
}

/** `x` with a share of its elements zero and the rest divided by 1 − rate. */
export function dropElements(x: Tensor, rate: number, context: CallContext): Tensor {
  if (!context.training || rate === 0) return x
  return where(random.bernoulli(context.nextKey(), 1 - rate, x.dims), x.multiply(1 / (1 - rate)), 0)
}

/** The rate, or a ConfigError: 0 ≤ rate < 1. */
export function checkedRate(where: string, rate: number): number {
  if (!(rate >= 0 && rate < 1)) throw new ConfigError(`${where}: expected a dropout rate of at least 0 and below 1, got ${rate}. Change it.`)
  return rate
}

/**
 * While training: zero with probability `rate`, else x / (1 − rate). Otherwise x. Inputs of any shape.
 *
 * ```ts
 * model.add(layers.dropout({ rate: 0.5 }))
 * ```
 */
export class Dropout extends Layer {
  private readonly rate: number

  constructor(options: DropoutOptions) {
    super(options, 'Dropout')
    this.rate = checkedRate(this.name, options.rate)
  }

  call(x: Tensor, context: CallContext): Tensor {
    return dropElements(x, this.rate, context)
  }
}
