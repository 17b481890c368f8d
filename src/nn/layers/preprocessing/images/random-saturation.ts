// Images of stronger or fainter colours.

import type { Tensor } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { withChannel } from './channels.ts'
import { eachImage, perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, keepWithin, uniformWithin, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomSaturation}. */
export interface RandomSaturationOptions extends RandomImageLayerOptions {
  /** 0 is grey, 0.5 the image, 1 as colourful as can be; one number f is [−|f|, |f|], where what lies below 0 is grey. */
  readonly factor: Factor
  /** Saturation is kept within it. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/** What saturation is multiplied by, `[batch]`. */
type Strength = { readonly factor: Tensor }

/**
 * While training: the saturation of each image multiplied by f / (1 − f), f drawn within `factor`.
 *
 * ```ts
 * model.add(layers.randomSaturation({ factor: [0.4, 0.6] }))
 * ```
 */
export class RandomSaturation extends RandomImageLayer<Strength> {
  private readonly factor: Bounds
  private readonly valueRange: Bounds

  constructor(options: RandomSaturationOptions) {
    super(options, 'RandomSaturation', ['factor', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor, [-1, 1])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Strength {
    const share = uniformWithin(nextKey(), perImage(batch), this.factor)
    return { factor: share.divide(share.negate().add(1 + 1e-7)) }
  }

  transform(batch: Tensor, { factor }: Strength): Tensor {
    const strength = eachImage(factor).cast(batch.dtype)
    return image.hsvToRgb(withChannel(image.rgbToHsv(batch), 1, (saturation) => keepWithin(saturation.multiply(strength), this.valueRange)))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange }
  }
}
