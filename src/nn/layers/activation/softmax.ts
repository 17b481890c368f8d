// Softmax as a layer, with a mask.

import { exp, logSumExp, softmax, type Shape, type Tensor, where } from '../../../core/index.ts'
import type { CallContext, CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions, type LogitsHook } from '../../layer/layer.ts'
import { firstMask } from '../../layer/masks.ts'
import { checkedAxes } from '../../options/option-checks.ts'

/** Options of {@link Softmax}. */
export interface SoftmaxOptions extends LayerOptions {
  /** Along which axis, or over which axes together. Default −1. */
  readonly axis?: number | readonly number[]
}

/** The call of a {@link Softmax}: the shape stays. */
export interface Softmax {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/** What stands for −∞ where a softmax must leave an element out without making a NaN. */
const masked = -1e9

/**
 * eˣ / Σ eˣ. Where there is a mask that broadcasts to x, elements it leaves out get 0.
 *
 * ```ts
 * layers.softmax()(scores, { mask })
 * ```
 */
export class Softmax extends Layer {
  private readonly axis: number | readonly number[]

  constructor(options: SoftmaxOptions = {}) {
    super(options, 'Softmax', ['axis'])
    this.axis = checkedAxes(this.name, 'axis', options.axis ?? -1)
    this.supportsMasking = true
  }

  call(x: Tensor, context: CallContext): Tensor {
    const mask = firstMask(context.mask)
    if (mask === undefined) return this.probabilities(x)
    const kept = mask.dtype === 'bool' ? mask : mask.greater(0.5)
    return where(kept, this.probabilities(where(kept, x, masked)), 0)
  }

  private probabilities(x: Tensor): Tensor {
    const axes = typeof this.axis === 'number' ? [this.axis] : this.axis
    const [only, ...more] = axes
    if (only !== undefined && more.length === 0) return softmax(x, only)
    return exp(x.subtract(logSumExp<Shape, readonly number[], true>(x, axes, { keepDims: true })))
  }

  override logits(): LogitsHook | undefined {
    return this.axis === -1 ? { activation: 'softmax', call: (x) => x } : undefined
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axis: this.axis }
  }
}
