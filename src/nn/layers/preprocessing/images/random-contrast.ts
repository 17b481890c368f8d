// Images with more or less contrast.

import { mean, type Tensor } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, keepWithin, uniformWithin, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomContrast}. */
export interface RandomContrastOptions extends RandomImageLayerOptions {
  /** `[less, more]`, both from 0 to 1: contrast is multiplied by 1 − less to 1 + more; a number f is [0, f]. */
  readonly factor: Factor
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/**
 * While training: (x − mean) · c + mean of each image's channels, c drawn for each image; kept within the value range.
 *
 * ```ts
 * model.add(layers.randomContrast({ factor: [0.3, 0.3] }))
 * ```
 */
export class RandomContrast extends RandomImageLayer<{ readonly contrastFactor: Tensor }> {
  private readonly factor: Bounds
  private readonly valueRange: Bounds

  constructor(options: RandomContrastOptions) {
    super(options, 'RandomContrast', ['factor', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor, [0, 1])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor) {
    return { contrastFactor: uniformWithin(nextKey(), [...perImage(batch), 1, 1, 1], [1 - this.factor[0], 1 + this.factor[1]]) }
  }

  transform(batch: Tensor, { contrastFactor }: { readonly contrastFactor: Tensor }): Tensor {
    const middle = mean<Tensor['shapeType'], [1, 2], true>(batch, [1, 2], { keepDims: true })
    return keepWithin(batch.subtract(middle).multiply(contrastFactor.cast(batch.dtype)).add(middle), this.valueRange)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange }
  }
}
