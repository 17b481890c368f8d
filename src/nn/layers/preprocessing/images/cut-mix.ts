// Images with a rectangle of another of their batch (Yun et al. 2019).

import { ConfigError, gather, random, sqrt, type Tensor, where } from '../../../../core/index.ts'
import type { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { perImage, RandomImageLayer, type RandomImageLayerOptions, sizeOf } from './image-layer.ts'
import { drawOrder, type Mixture, mixed } from './mix-up.ts'
import { drawRectangles, insideRectangles, type Rectangles } from './random-erasing.ts'
import { type Bounds, type Factor, factorRange, uniformWithin } from './ranges.ts'

/** Options of {@link CutMix}. */
export interface CutMixOptions extends RandomImageLayerOptions {
  /** Shares are drawn from the beta distribution with both parameters drawn between two numbers; one number f is [0, f]. Default 1. */
  readonly factor?: Factor
}

/** Which image the rectangle is taken from, how much of each is left, and where it lies. */
type Cut = Mixture & Rectangles

/**
 * While training: a rectangle of each image (and mask) from another of the batch; labels (as probabilities) mixed by area.
 *
 * ```ts
 * const { images, labels } = layers.cutMix()({ images: batch, labels: oneHot })
 * ```
 */
export class CutMix extends RandomImageLayer<Cut> {
  private readonly factor: Bounds

  constructor(options: CutMixOptions = {}) {
    super(options, 'CutMix', ['factor'])
    this.factor = factorRange(this.name, 'factor', options.factor ?? 1, [0, 1])
  }

  draw(batch: Tensor, nextKey: () => Tensor): Cut {
    const { height, width } = sizeOf(batch)
    const alpha = uniformWithin(nextKey(), [], this.factor).add(1e-6)
    const side = sqrt(random.beta(nextKey(), perImage(batch), alpha, alpha).negate().add(1))
    const rectangles = drawRectangles(batch, [side, side], nextKey)
    const area = rectangles.x1.subtract(rectangles.x0).multiply(rectangles.y1.subtract(rectangles.y0))
    const mixWeight = area
      .divide(width * height)
      .negate()
      .add(1)
    return { ...rectangles, mixWeight, permutationOrder: drawOrder(batch, nextKey()) }
  }

  transform(batch: Tensor, { permutationOrder, ...rectangles }: Cut): Tensor {
    return where(insideRectangles(batch, rectangles), gather(batch, permutationOrder, 0), batch)
  }

  override transformLabels(labels: Tensor, cut: Cut): Tensor {
    return mixed(labels, cut)
  }

  override transformMasks(masks: Tensor, cut: Cut): Tensor {
    return this.transform(masks, cut)
  }

  override transformLabelledBoxes(): image.boundingBoxes.LabelledBoxes {
    throw new ConfigError(`${this.name}: expected data without boundingBoxes, got some. Cut rectangles before there are boxes, or use MixUp.`)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor }
  }
}
