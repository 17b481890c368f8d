// Images of other colours.

import { random, type Tensor, where } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { withChannel } from './channels.ts'
import { eachImage, perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, keepWithin, scaleRange, uniformWithin, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomHue}. */
export interface RandomHueOptions extends RandomImageLayerOptions {
  /** How far hues turn, in half turns to either side, from 0 to 1; a number f is [0, f]. */
  readonly factor: Factor
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/** In turns, `[batch]`. */
type HueShift = { readonly factor: Tensor }

/**
 * While training: the hue of each image turned by an angle drawn within `factor`, to either side.
 *
 * ```ts
 * model.add(layers.randomHue({ factor: 0.1 }))
 * ```
 */
export class RandomHue extends RandomImageLayer<HueShift> {
  private readonly factor: Bounds
  private readonly valueRange: Bounds

  constructor(options: RandomHueOptions) {
    super(options, 'RandomHue', ['factor', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor, [0, 1])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor): HueShift {
    const side = where(random.uniform(nextKey(), perImage(batch)).greater(0.5), -0.5, 0.5)
    return { factor: uniformWithin(nextKey(), perImage(batch), this.factor).multiply(side) }
  }

  transform(batch: Tensor, { factor }: HueShift): Tensor {
    const hsv = image.rgbToHsv(scaleRange(batch, this.valueRange, [0, 1]))
    const turned = withChannel(hsv, 0, (hue) => {
      const moved = hue.add(eachImage(factor).cast(hue.dtype))
      const below = where(moved.greater(1), moved.subtract(1), moved)
      return where(below.less(0), below.add(1), below)
    })
    return scaleRange(keepWithin(image.hsvToRgb(turned), [0, 1]), [0, 1], this.valueRange)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange }
  }
}
