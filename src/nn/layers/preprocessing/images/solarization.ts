// Images whose bright parts are inverted.

import { type Tensor, where } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, type Factor, factorFromZero, keepWithin, scaleRange, uniformWithin, valueRangeOf } from './ranges.ts'

/** Options of {@link Solarization}. */
export interface SolarizationOptions extends RandomImageLayerOptions {
  /** What is added first, as a share of the range, 0 to 1; a number f is [0, f]. Default 0. */
  readonly additionFactor?: Factor
  /** From which share of the range on pixels are inverted, likewise. Default 0: all. */
  readonly thresholdFactor?: Factor
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/** In 255ths of the range, `[batch, 1, 1, 1]` each. */
type Solarizing = { readonly additions: Tensor; readonly thresholds: Tensor }

/**
 * While training: a number added to each image, and then the range's end less x where that is not below a threshold; both drawn within the factors.
 *
 * ```ts
 * model.add(layers.solarization({ thresholdFactor: [0.3, 0.7] }))
 * ```
 */
export class Solarization extends RandomImageLayer<Solarizing> {
  private readonly additionFactor: Bounds
  private readonly thresholdFactor: Bounds
  private readonly valueRange: Bounds

  constructor(options: SolarizationOptions = {}) {
    super(options, 'Solarization', ['additionFactor', 'thresholdFactor', 'valueRange'])
    this.additionFactor = factorFromZero(this.name, 'additionFactor', options.additionFactor ?? 0)
    this.thresholdFactor = factorFromZero(this.name, 'thresholdFactor', options.thresholdFactor ?? 0)
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Solarizing {
    const within = ([low, high]: Bounds): Tensor => uniformWithin(nextKey(), [...perImage(batch), 1, 1, 1], [low * 255, high * 255])
    return { additions: within(this.additionFactor), thresholds: within(this.thresholdFactor) }
  }

  transform(batch: Tensor, { additions, thresholds }: Solarizing): Tensor {
    const lighter = keepWithin(scaleRange(batch, this.valueRange, [0, 255]).add(additions.cast(batch.dtype)), [0, 255])
    const solarized = where(lighter.less(thresholds.cast(batch.dtype)), lighter, lighter.negate().add(255))
    return scaleRange(solarized, [0, 255], this.valueRange)
  }

  override getConfig(): LayerConfig {
    const { additionFactor, thresholdFactor, valueRange } = this
    return { ...super.getConfig(), additionFactor, thresholdFactor, valueRange }
  }
}
