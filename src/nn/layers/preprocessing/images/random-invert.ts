// Negatives.

import { type Tensor, where } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { eachImage, perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, chosen, type Factor, factorRange, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomInvert}. */
export interface RandomInvertOptions extends RandomImageLayerOptions {
  /** The probability that an image is changed, drawn between two numbers; one number f is [0, f]. Default 1. */
  readonly factor?: Factor
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

type Choice = { readonly applyInversion: Tensor }

/**
 * While training: the highest value less x, with a probability for each image.
 *
 * ```ts
 * model.add(layers.randomInvert({ factor: 0.5 }))
 * ```
 */
export class RandomInvert extends RandomImageLayer<Choice> {
  private readonly factor: Bounds
  private readonly valueRange: Bounds

  constructor(options: RandomInvertOptions = {}) {
    super(options, 'RandomInvert', ['factor', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor ?? 1, [0, 1])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Choice {
    return { applyInversion: chosen(nextKey, perImage(batch), this.factor) }
  }

  transform(batch: Tensor, { applyInversion }: Choice): Tensor {
    return where(eachImage(applyInversion), batch.negate().add(this.valueRange[1]), batch)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange }
  }
}
