// Steps that are to be left out, by their value.

import { any, expandDims, notEqual, type Shape, type Tensor } from '../../../core/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import type { Mask } from '../../layer/masks.ts'
import { numberWithin } from '../../options/option-checks.ts'

/** Options of {@link Masking}. */
export interface MaskingOptions extends LayerOptions {
  /** A step all of whose features have this value is left out. Default 0. */
  readonly maskValue?: number
}

/**
 * `[batch, time, features]` with a mask: steps whose features are all `maskValue` do not count for the layers after this one. Their features become 0.
 *
 * ```ts
 * model.add(layers.masking({ maskValue: -1, inputShape: [20, 8] }))
 * ```
 */
export class Masking extends Layer {
  private readonly maskValue: number

  constructor(options: MaskingOptions = {}) {
    super(options, 'Masking', ['maskValue'])
    this.maskValue = numberWithin(this.name, 'maskValue', options.maskValue ?? 0)
    this.supportsMasking = true
  }

  call(x: Tensor): Tensor {
    return x.multiply(expandDims<Shape, number>(this.steps(x), -1).cast(x.dtype))
  }

  override computeMask(x: Tensor): Mask {
    return this.steps(x)
  }

  private steps(x: Tensor): Tensor {
    return any<Shape, number>(notEqual<Tensor, number>(x, this.maskValue), -1)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), maskValue: this.maskValue }
  }
}
