// A penalty on what passes.

import type { Shape, Tensor } from '../../../core/index.ts'
import { numberWithin } from '../../options/option-checks.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { l1L2 } from '../../regularizers/index.ts'

/** Options of {@link ActivityRegularization}. */
export interface ActivityRegularizationOptions extends Omit<LayerOptions, 'activityRegularizer'> {
  /** Factor of Σ|x|. Default 0. */
  readonly l1?: number
  /** Factor of Σx². Default 0. */
  readonly l2?: number
}

/** The call of an {@link ActivityRegularization}: the shape stays. */
export interface ActivityRegularization {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/** x; adds (l1·Σ|x| + l2·Σx²) / batch size to the loss. */
export class ActivityRegularization extends Layer {
  private readonly l1: number
  private readonly l2: number

  constructor(options: ActivityRegularizationOptions = {}) {
    super(options, 'ActivityRegularization', ['l1', 'l2'])
    this.l1 = numberWithin(this.name, 'l1', options.l1 ?? 0, { min: 0 })
    this.l2 = numberWithin(this.name, 'l2', options.l2 ?? 0, { min: 0 })
    this.activityRegularizer = l1L2({ l1: this.l1, l2: this.l2 })
    this.supportsMasking = true
  }

  call(x: Tensor): Tensor {
    return x
  }

  override getConfig(): LayerConfig {
    const { activityRegularizer: _, ...config } = super.getConfig()
    return { ...config, name: this.name, l1: this.l1, l2: this.l2 }
  }
}
