// Vectors brought to length 1.

import type { Shape, Tensor } from '../../../core/index.ts'
import { normalize } from '../../../ops/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { checkedAxes } from '../../options/option-checks.ts'

/** Options of {@link UnitNormalization}. */
export interface UnitNormalizationOptions extends LayerOptions {
  /** Along which axes. Default −1. */
  readonly axis?: number | readonly number[]
}

/** The call of a {@link UnitNormalization}: the shape stays. */
export interface UnitNormalization {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/** x / √Σ x² over some axes; the shape stays. */
export class UnitNormalization extends Layer {
  private readonly axis: number | readonly number[]

  constructor(options: UnitNormalizationOptions = {}) {
    super(options, 'UnitNormalization', ['axis'])
    this.axis = checkedAxes(this.name, 'axis', options.axis ?? -1)
    this.supportsMasking = true
  }

  call(x: Tensor): Tensor {
    return normalize(x, this.axis, { order: 2, epsilon: 1e-12 })
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axis: this.axis }
  }
}
