// Turned images.

import { cos, sin, type Tensor } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { type AffineCoefficients, AffineLayer, type AffineLayerOptions } from './affine-layer.ts'
import { perImage, type PixelSize } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, uniformWithin } from './ranges.ts'

/** Options of {@link RandomRotation}. */
export interface RandomRotationOptions extends AffineLayerOptions {
  /** In turns, from −1 to 1, counterclockwise where positive; a number f is [−|f|, |f|]. */
  readonly factor: Factor
}

/** In degrees, `[batch]`. */
type Turn = { readonly angle: Tensor }

/**
 * While training: each image turned about its middle by an angle drawn within `factor`.
 *
 * ```ts
 * model.add(layers.randomRotation({ factor: 0.1, fillMode: 'constant' }))
 * ```
 */
export class RandomRotation extends AffineLayer<Turn> {
  private readonly factor: Bounds

  constructor(options: RandomRotationOptions) {
    super(options, 'RandomRotation', ['factor'])
    this.factor = factorRange(this.name, 'factor', options.factor, [-1, 1])
  }

  draw(batch: Tensor, nextKey: () => Tensor): Turn {
    return { angle: uniformWithin(nextKey(), perImage(batch), [this.factor[0] * 360, this.factor[1] * 360]) }
  }

  protected coefficients({ angle }: Turn, { height, width }: PixelSize): AffineCoefficients {
    const radians = angle.multiply(Math.PI / 180)
    const [c, s] = [cos(radians), sin(radians)]
    const [x, y] = [(width - 1) / 2, (height - 1) / 2]
    return [c, s.negate(), c.multiply(-x).add(s.multiply(y)).add(x), s, c, s.multiply(-x).subtract(c.multiply(y)).add(y)]
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor }
  }
}
