// Lists of boxes of one length.

import { pad, slice, staticDim, type Tensor } from '../../../../core/index.ts'
import type { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { numberWithin, positive } from '../../../options/option-checks.ts'
import { ImageLayer, type ImageLayerOptions } from './image-layer.ts'

/** Options of {@link MaxNumBoundingBoxes}. */
export interface MaxNumBoundingBoxesOptions extends ImageLayerOptions {
  /** How many boxes each image has. */
  readonly maxNumber: number
  /** What missing boxes and labels are filled with. Default −1. */
  readonly fillValue?: number
}

/**
 * The first `maxNumber` boxes and labels of each image, filled up where there are fewer; also without training. Boxes are (x1, y1, x2, y2) in pixels
 * (`boundingBoxFormat: 'xyxy'`) where they are filled up.
 *
 * ```ts
 * const data = layers.maxNumBoundingBoxes({ maxNumber: 10, boundingBoxFormat: 'xyxy' })({ images, boundingBoxes })
 * ```
 */
export class MaxNumBoundingBoxes extends ImageLayer<readonly []> {
  private readonly maxNumber: number
  private readonly fillValue: number

  constructor(options: MaxNumBoundingBoxesOptions) {
    super(options, 'MaxNumBoundingBoxes', ['maxNumber', 'fillValue'])
    this.maxNumber = positive(this.name, 'maxNumber', options.maxNumber)
    this.fillValue = numberWithin(this.name, 'fillValue', options.fillValue ?? -1, { whole: true })
  }

  protected override still(): readonly [] {
    return []
  }

  draw(): readonly [] {
    return []
  }

  transform(batch: Tensor): Tensor {
    return batch
  }

  override transformLabelledBoxes({ boxes, labels }: image.boundingBoxes.LabelledBoxes): image.boundingBoxes.LabelledBoxes {
    const count = staticDim(boxes.dims[1] ?? 0, this.name)
    const kept = Math.min(count, this.maxNumber)
    const batch = boxes.dims[0] ?? 1
    const filled: readonly (readonly [number, number])[] = [[0, 0], [0, this.maxNumber - kept]] // biome-ignore format: one pair per axis
    const value = this.fillValue
    return {
      boxes: pad(slice(boxes, [0, 0, 0], [batch, kept, 4]), [...filled, [0, 0]], { value }),
      labels: pad(slice(labels, [0, 0], [batch, kept]), filled, { value }),
    }
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), maxNumber: this.maxNumber, fillValue: this.fillValue }
  }
}
