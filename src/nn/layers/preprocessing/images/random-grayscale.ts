// Images without colour.

import { random, type Tensor, where } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { numberWithin } from '../../../options/option-checks.ts'
import { eachImage, perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'

/** Options of {@link RandomGrayscale}. */
export interface RandomGrayscaleOptions extends RandomImageLayerOptions {
  /** The probability that an image is changed. Default 0.5. */
  readonly factor?: number
}

type Choice = { readonly shouldApply: Tensor }

/**
 * While training: the three channels of an image all become its grey (`ops.image.rgbToGrayscale`), with a probability.
 *
 * ```ts
 * model.add(layers.randomGrayscale({ factor: 0.2 }))
 * ```
 */
export class RandomGrayscale extends RandomImageLayer<Choice> {
  private readonly factor: number

  constructor(options: RandomGrayscaleOptions = {}) {
    super(options, 'RandomGrayscale', ['factor'])
    this.factor = numberWithin(this.name, 'factor', options.factor ?? 0.5, { min: 0, max: 1 })
  }

  draw(batch: Tensor, nextKey: () => Tensor): Choice {
    return { shouldApply: random.uniform(nextKey(), [...perImage(batch), 1, 1, 1]).less(this.factor) }
  }

  transform(batch: Tensor, { shouldApply }: Choice): Tensor {
    return where(eachImage(shouldApply), image.rgbToGrayscale(batch), batch)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor }
  }
}
