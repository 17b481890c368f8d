// The exponential linear unit.

import { expm1, greater, minimum, type Shape, type Tensor, where } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { numberWithin } from '../../options/option-checks.ts'

/** Options of {@link ELU}. */
export interface ELUOptions extends LayerOptions {
  /** −alpha is where the function goes for large negative x. Default 1. */
  readonly alpha?: number
}

/** The call of an {@link ELU}: the shape stays. */
export interface ELU {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/** x for x > 0, else alpha · (eˣ − 1); for inputs of any shape (Clevert et al. 2016). */
export class ELU extends Layer {
  private readonly alpha: number

  constructor(options: ELUOptions = {}) {
    super(options, 'ELU', ['alpha'])
    this.alpha = numberWithin(this.name, 'alpha', options.alpha ?? 1)
    this.supportsMasking = true
  }

  call(x: Tensor): Tensor {
    // The exponential of what is positive is not used; kept at 0 it cannot overflow, which would make the gradient NaN.
    return where(greater<Tensor, number>(x, 0), x, expm1(minimum<Tensor, number>(x, 0)).multiply(this.alpha))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), alpha: this.alpha }
  }
}
