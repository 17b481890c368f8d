// Windows that divide the spatial axes into a number of parts.

import type { Dims, Tensor } from '../../../core/index.ts'
import { adaptiveAveragePool, adaptiveMaxPool } from '../../../ops/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { type ConfigDataFormat, type DataFormat, dataFormatOf } from '../data-format.ts'
import { checkRank, type PerAxis, perAxis } from '../window-options.ts'

/** Options of the adaptive pooling layers. */
export interface AdaptivePoolingOptions extends LayerOptions {
  /** Sizes of the result's spatial axes: one number for all or one for each. */
  readonly outputSize: PerAxis
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
}

abstract class AdaptivePooling extends Layer {
  protected readonly outputSize: readonly number[]
  protected readonly dataFormat: ConfigDataFormat

  constructor(options: AdaptivePoolingOptions, className: string, axes: number) {
    super(options, className, ['outputSize', 'dataFormat'])
    this.outputSize = perAxis(this.name, 'outputSize', options.outputSize, axes)
    this.dataFormat = dataFormatOf(this.name, options.dataFormat)
  }

  override build(inputShape: Dims): void {
    checkRank(this.name, inputShape, this.outputSize.length)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), outputSize: [...this.outputSize], dataFormat: this.dataFormat }
  }
}

abstract class AdaptiveMaxPooling extends AdaptivePooling {
  call(x: Tensor): Tensor {
    return adaptiveMaxPool(x, this.outputSize, { dataFormat: this.dataFormat })
  }
}

abstract class AdaptiveAveragePooling extends AdaptivePooling {
  call(x: Tensor): Tensor {
    return adaptiveAveragePool(x, this.outputSize, { dataFormat: this.dataFormat })
  }
}

/** The largest element of each of `outputSize` parts: `[batch, time, channels]` to `[batch, …outputSize, channels]`. */
export class AdaptiveMaxPooling1D extends AdaptiveMaxPooling {
  constructor(options: AdaptivePoolingOptions) {
    super(options, 'AdaptiveMaxPooling1D', 1)
  }
}

/** The largest element of each of `outputSize` parts: `[batch, height, width, channels]` to `[batch, …outputSize, channels]`. */
export class AdaptiveMaxPooling2D extends AdaptiveMaxPooling {
  constructor(options: AdaptivePoolingOptions) {
    super(options, 'AdaptiveMaxPooling2D', 2)
  }
}

/** The largest element of each of `outputSize` parts: `[batch, depth, height, width, channels]` to `[batch, …outputSize, channels]`. */
export class AdaptiveMaxPooling3D extends AdaptiveMaxPooling {
  constructor(options: AdaptivePoolingOptions) {
    super(options, 'AdaptiveMaxPooling3D', 3)
  }
}

/** The mean of each of `outputSize` parts: `[batch, time, channels]` to `[batch, …outputSize, channels]`. */
export class AdaptiveAveragePooling1D extends AdaptiveAveragePooling {
  constructor(options: AdaptivePoolingOptions) {
    super(options, 'AdaptiveAveragePooling1D', 1)
  }
}

/** The mean of each of `outputSize` parts: `[batch, height, width, channels]` to `[batch, …outputSize, channels]`. */
export class AdaptiveAveragePooling2D extends AdaptiveAveragePooling {
  constructor(options: AdaptivePoolingOptions) {
    super(options, 'AdaptiveAveragePooling2D', 2)
  }
}

/** The mean of each of `outputSize` parts: `[batch, depth, height, width, channels]` to `[batch, …outputSize, channels]`. */
export class AdaptiveAveragePooling3D extends AdaptiveAveragePooling {
  constructor(options: AdaptivePoolingOptions) {
    super(options, 'AdaptiveAveragePooling3D', 3)
  }
}
