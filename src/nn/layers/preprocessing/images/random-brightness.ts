// Images made lighter or darker.

import type { Tensor } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, keepWithin, uniformWithin, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomBrightness}. */
export interface RandomBrightnessOptions extends RandomImageLayerOptions {
  /** From −1 (black) to 1 (white); a number f is [−|f|, |f|]. */
  readonly factor: Factor
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/**
 * While training: each image plus a share of its value range, drawn within `factor`, kept within the range.
 *
 * ```ts
 * model.add(layers.randomBrightness({ factor: 0.2 }))
 * ```
 */
export class RandomBrightness extends RandomImageLayer<{ readonly rgbDelta: Tensor }> {
  private readonly factor: Bounds
  private readonly valueRange: Bounds

  constructor(options: RandomBrightnessOptions) {
    super(options, 'RandomBrightness', ['factor', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor, [-1, 1])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor) {
    const [low, high] = this.valueRange
    return { rgbDelta: uniformWithin(nextKey(), [...perImage(batch), 1, 1, 1], this.factor).multiply(high - low) }
  }

  transform(batch: Tensor, { rgbDelta }: { readonly rgbDelta: Tensor }): Tensor {
    return keepWithin(batch.add(rgbDelta.cast(batch.dtype)), this.valueRange)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange }
  }
}
