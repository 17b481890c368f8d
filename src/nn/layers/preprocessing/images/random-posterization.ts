// Images of fewer shades.

import { ones, random, type Tensor } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { numberWithin } from '../../../options/option-checks.ts'
import { eachImage, perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, scaleRange, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomPosterization}. */
export interface RandomPosterizationOptions extends RandomImageLayerOptions {
  /** How many of a byte's bits are kept, 1 to 8: drawn from the first number up to, but without, the second; one number f is [1, f]. */
  readonly factor: Factor
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/** How many bits are dropped, `[batch]`. */
type Dropped = { readonly shiftFactor: Tensor }

/**
 * While training: the lowest bits of each image's bytes set to zero, as many as are drawn.
 *
 * ```ts
 * model.add(layers.randomPosterization({ factor: [3, 6] }))
 * ```
 */
export class RandomPosterization extends RandomImageLayer<Dropped> {
  private readonly factor: Bounds
  private readonly valueRange: Bounds

  constructor(options: RandomPosterizationOptions) {
    super(options, 'RandomPosterization', ['factor', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor, [1, 8])
    for (const bits of this.factor) numberWithin(this.name, 'factor', bits, { whole: true })
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Dropped {
    const [low, high] = this.factor
    const shape = perImage(batch)
    const kept: Tensor = low === high ? ones(shape, { dtype: 'i32' }).multiply(low) : random.randint(nextKey(), shape, low, high)
    return { shiftFactor: kept.negate().add(8) }
  }

  transform(batch: Tensor, { shiftFactor }: Dropped): Tensor {
    const bytes = scaleRange(batch, this.valueRange, [0, 255]).cast('u8').cast(batch.dtype)
    // 2 to the number of dropped bits.
    const step = eachImage(shiftFactor).cast(batch.dtype).multiply(Math.LN2).exp().round()
    return scaleRange(bytes.divide(step).floor().multiply(step), [0, 255], this.valueRange)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange }
  }
}
