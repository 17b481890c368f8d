// Images that are sharper or softer.

import { pad, slice, type Tensor } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { eachImage, perImage, RandomImageLayer, type RandomImageLayerOptions, sizeOf } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, keepWithin, uniformWithin, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomSharpness}. */
export interface RandomSharpnessOptions extends RandomImageLayerOptions {
  /** 0 is soft, 0.5 the image, 1 sharp; a number f is [0, f]. */
  readonly factor: Factor
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/** `[batch]`. */
type Sharpness = { readonly factor: Tensor }

/**
 * While training: x + (1 − 2f) · (smooth − x) of each image, f drawn within `factor`; smooth is the mean over 3 × 3 pixels in which the middle one
 * counts five times. Kept within the value range.
 *
 * ```ts
 * model.add(layers.randomSharpness({ factor: [0.3, 0.8] }))
 * ```
 */
export class RandomSharpness extends RandomImageLayer<Sharpness> {
  private readonly factor: Bounds
  private readonly valueRange: Bounds

  constructor(options: RandomSharpnessOptions) {
    super(options, 'RandomSharpness', ['factor', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor, [0, 1])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Sharpness {
    return { factor: uniformWithin(nextKey(), perImage(batch), this.factor) }
  }

  transform(batch: Tensor, { factor }: Sharpness): Tensor {
    const weight = eachImage(factor).cast(batch.dtype).multiply(-2).add(1)
    return keepWithin(batch.add(weight.multiply(smoothed(batch).subtract(batch))), this.valueRange)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange }
  }
}

/** The sum over 3 × 3 pixels (zeros outside) and four times the middle one, divided by 13. */
function smoothed(batch: Tensor): Tensor {
  const { height, width } = sizeOf(batch)
  const [count = 1, , , channels = 1] = batch.dims
  const around = pad(batch, [[0, 0], [1, 1], [1, 1], [0, 0]]) // biome-ignore format: one pair per axis
  const rows = [0, 1, 2].map((i): Tensor => slice(around, [0, i, 0, 0], [count, height, width + 2, channels]))
  const across = rows.reduce((a, b) => a.add(b))
  const columns = [0, 1, 2].map((i): Tensor => slice(across, [0, 0, i, 0], [count, height, width, channels]))
  return columns
    .reduce((a, b) => a.add(b))
    .add(batch.multiply(4))
    .divide(13)
}
