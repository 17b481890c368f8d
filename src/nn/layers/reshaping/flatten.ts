// All axes but the batch as one.

import { type Dim, reshape, type Tensor } from '../../../core/index.ts'
import { Layer, type LayerOptions } from '../../layer.ts'

/**
 * `[batch, a, b, …]` to `[batch, a · b · …]`, in row-major order.
 *
 * ```ts
 * model.add(layers.flatten({ inputShape: [28, 28] }))
 * ```
 */
export class Flatten extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options, 'Flatten')
  }

  call(x: Tensor): Tensor {
    const batch: Dim = x.dims[0] ?? 1
    return reshape(x, [batch, -1])
  }
}
