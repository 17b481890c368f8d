// Images that lose some of their colour.

import type { Tensor } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { eachImage, perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, keepWithin, uniformWithin, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomColorDegeneration}. */
export interface RandomColorDegenerationOptions extends RandomImageLayerOptions {
  /** 0 is the image, 1 its grey, below 0 more colour; a number f is [−|f|, |f|]. */
  readonly factor: Factor
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/** `[batch, 1, 1, 1]`. */
type Loss = { readonly factor: Tensor }

/**
 * While training: x + f · (grey − x) of each image, f drawn within `factor`; kept within the value range.
 *
 * ```ts
 * model.add(layers.randomColorDegeneration({ factor: [0, 0.5] }))
 * ```
 */
export class RandomColorDegeneration extends RandomImageLayer<Loss> {
  private readonly factor: Bounds
  private readonly valueRange: Bounds

  constructor(options: RandomColorDegenerationOptions) {
    super(options, 'RandomColorDegeneration', ['factor', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor, [-1, 1])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Loss {
    return { factor: uniformWithin(nextKey(), [...perImage(batch), 1, 1, 1], this.factor) }
  }

  transform(batch: Tensor, { factor }: Loss): Tensor {
    const difference = image.rgbToGrayscale(batch).subtract(batch)
    return keepWithin(batch.add(eachImage(factor).cast(batch.dtype).multiply(difference)), this.valueRange)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange }
  }
}
