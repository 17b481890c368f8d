// Images mixed with others of their batch (Zhang et al. 2018).

import { argsort, concat, gather, random, randomBits, reshape, type Tensor } from '../../../../core/index.ts'
import type { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { numberWithin } from '../../../options/option-checks.ts'
import { perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'

/** Options of {@link MixUp}. */
export interface MixUpOptions extends RandomImageLayerOptions {
  /** Shares are drawn from the beta distribution with both parameters this. Default 0.2. */
  readonly alpha?: number
}

/** Each image's share of itself, and which image it is mixed with, `[batch]` each. */
export type Mixture = { readonly mixWeight: Tensor; readonly permutationOrder: Tensor }

/** The images of a batch in random order, as indices `[batch]`. */
export const drawOrder = (batch: Tensor, key: Tensor): Tensor => argsort(randomBits(key, perImage(batch)))

/** w · x + (1 − w) · (x in another order), along the first axis. */
export function mixed(x: Tensor, { mixWeight, permutationOrder }: Mixture): Tensor {
  const weight = reshape(mixWeight, [mixWeight.dims[0] ?? 1, ...x.dims.slice(1).map(() => 1)])
  return weight.multiply(x).add(
    weight
      .negate()
      .add(1)
      .multiply(gather(x, permutationOrder, 0)),
  )
}

/**
 * While training: each image, its label (as probabilities) and its mask mixed with those of another of the batch; boxes of both.
 *
 * ```ts
 * const { images, labels } = layers.mixUp({ alpha: 0.4 })({ images: batch, labels: oneHot })
 * ```
 */
export class MixUp extends RandomImageLayer<Mixture> {
  private readonly alpha: number

  constructor(options: MixUpOptions = {}) {
    super(options, 'MixUp', ['alpha'])
    this.alpha = numberWithin(this.name, 'alpha', options.alpha ?? 0.2, { above: 0 })
  }

  draw(batch: Tensor, nextKey: () => Tensor): Mixture {
    const permutationOrder = drawOrder(batch, nextKey())
    return { permutationOrder, mixWeight: random.beta(nextKey(), perImage(batch), this.alpha, this.alpha) }
  }

  transform(batch: Tensor, mixture: Mixture): Tensor {
    return mixed(batch, { ...mixture, mixWeight: mixture.mixWeight.cast(batch.dtype) })
  }

  override transformLabels(labels: Tensor, mixture: Mixture): Tensor {
    return mixed(labels, mixture)
  }

  override transformMasks(masks: Tensor, mixture: Mixture): Tensor {
    return mixed(masks, mixture)
  }

  override transformLabelledBoxes(
    { boxes, labels }: image.boundingBoxes.LabelledBoxes,
    { permutationOrder }: Mixture,
  ): image.boundingBoxes.LabelledBoxes {
    const both = (x: Tensor): Tensor => concat([x, gather(x, permutationOrder, 0)], 1)
    return { boxes: both(boxes), labels: both(labels) }
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), alpha: this.alpha }
  }
}
