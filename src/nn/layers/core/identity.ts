// A layer that does nothing.

import type { Shape, Tensor } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerOptions } from '../../layer/layer.ts'

/** The call of an {@link Identity}: the shape stays. */
export interface Identity {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

/** x, for inputs of any shape: a place holder in a list of layers. */
export class Identity extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options, 'Identity', [])
    this.supportsMasking = true
  }

  call(x: Tensor): Tensor {
    return x
  }
}
