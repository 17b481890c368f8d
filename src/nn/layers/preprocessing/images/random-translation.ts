// Shifted images.

import { concat, slice, type Tensor } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { type AffineCoefficients, AffineLayer, type AffineLayerOptions } from './affine-layer.ts'
import { perImage, sizeOf } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, uniformWithin } from './ranges.ts'

/** Options of {@link RandomTranslation}. */
export interface RandomTranslationOptions extends AffineLayerOptions {
  /** Down, as a share of the height, from −1 to 1; a number f is [−|f|, |f|]. */
  readonly heightFactor: Factor
  /** To the right, as a share of the width, likewise. */
  readonly widthFactor: Factor
}

/** In pixels to the right and down, `[batch, 2]`. */
type Shift = { readonly translations: Tensor }

/**
 * While training: each image shifted by shares of its sides, drawn within the factors.
 *
 * ```ts
 * model.add(layers.randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 }))
 * ```
 */
export class RandomTranslation extends AffineLayer<Shift> {
  private readonly heightFactor: Factor
  private readonly widthFactor: Factor
  private readonly ranges: { readonly height: Bounds; readonly width: Bounds }

  constructor(options: RandomTranslationOptions) {
    super(options, 'RandomTranslation', ['heightFactor', 'widthFactor'])
    this.heightFactor = options.heightFactor
    this.widthFactor = options.widthFactor
    this.ranges = {
      height: factorRange(this.name, 'heightFactor', options.heightFactor, [-1, 1]),
      width: factorRange(this.name, 'widthFactor', options.widthFactor, [-1, 1]),
    }
  }

  draw(batch: Tensor, nextKey: () => Tensor): Shift {
    const { height, width } = sizeOf(batch)
    const shape = [...perImage(batch), 1]
    const down = uniformWithin(nextKey(), shape, this.ranges.height).multiply(height)
    const right = uniformWithin(nextKey(), shape, this.ranges.width).multiply(width)
    return { translations: concat([right, down], 1) }
  }

  protected coefficients({ translations }: Shift): AffineCoefficients {
    return [1, 0, column(translations, 0).negate(), 0, 1, column(translations, 1).negate()]
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), heightFactor: this.heightFactor, widthFactor: this.widthFactor }
  }
}

/** Column i of `[batch, columns]`: `[batch]`. */
export function column(x: Tensor, i: number): Tensor {
  const rows = x.dims[0] ?? 1
  return slice(x, [0, i], [rows, 1]).reshape([rows])
}
