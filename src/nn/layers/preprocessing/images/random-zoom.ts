// Images seen from nearer or farther.

import type { Tensor } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { numberWithin } from '../../../options/option-checks.ts'
import { type AffineCoefficients, AffineLayer, type AffineLayerOptions } from './affine-layer.ts'
import { perImage, type PixelSize } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, uniformWithin } from './ranges.ts'
import { column } from './random-translation.ts'

/** Options of {@link RandomZoom}. */
export interface RandomZoomOptions extends AffineLayerOptions {
  /** Above −1 (in) up to 1 (out): so much more of the height is seen; a number f is [−|f|, |f|]. */
  readonly heightFactor: Factor
  /** Likewise of the width. Default: as the height's, so that proportions stay. */
  readonly widthFactor?: Factor | null
}

/** Shares of the image that are seen, `[batch, 1]` each. */
type Zoom = { readonly heightZoom: Tensor; readonly widthZoom: Tensor }

/**
 * While training: each image zoomed about its middle, by factors drawn within the bounds.
 *
 * ```ts
 * model.add(layers.randomZoom({ heightFactor: [-0.2, 0] }))
 * ```
 */
export class RandomZoom extends AffineLayer<Zoom> {
  private readonly heightFactor: Factor
  private readonly widthFactor: Factor | null
  private readonly ranges: { readonly height: Bounds; readonly width: Bounds | undefined }

  constructor(options: RandomZoomOptions) {
    super(options, 'RandomZoom', ['heightFactor', 'widthFactor'])
    this.heightFactor = options.heightFactor
    this.widthFactor = options.widthFactor ?? null
    this.ranges = {
      height: this.range('heightFactor', options.heightFactor),
      width: this.widthFactor === null ? undefined : this.range('widthFactor', this.widthFactor),
    }
  }

  draw(batch: Tensor, nextKey: () => Tensor): Zoom {
    const shape = [...perImage(batch), 1]
    const zoom = ([low, high]: Bounds): Tensor => uniformWithin(nextKey(), shape, [1 + low, 1 + high])
    const heightZoom = zoom(this.ranges.height)
    return { heightZoom, widthZoom: this.ranges.width === undefined ? heightZoom : zoom(this.ranges.width) }
  }

  protected coefficients({ heightZoom, widthZoom }: Zoom, { height, width }: PixelSize): AffineCoefficients {
    const [across, down] = [column(widthZoom, 0), column(heightZoom, 0)]
    const rest = (size: number, zoom: Tensor): Tensor =>
      zoom
        .negate()
        .add(1)
        .multiply((size - 1) / 2)
    return [across, 0, rest(width, across), 0, down, rest(height, down)]
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), heightFactor: this.heightFactor, widthFactor: this.widthFactor }
  }

  private range(option: string, factor: Factor): Bounds {
    const range = factorRange(this.name, option, factor, [-1, 1])
    for (const value of typeof factor === 'number' ? [factor] : range) numberWithin(this.name, option, value, { above: -1, max: 1 })
    return range
  }
}
