// Parts of images, each image's from another place.

import { floor, gather, iota, minimum, multiplyDims, random, reshape, type Tensor } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { positive } from '../../../options/option-checks.ts'
import { boxesOfColumns, boxesOnPart, columns, middlePart } from './boxes-on-part.ts'
import { perImage, type PixelSize, RandomImageLayer, type RandomImageLayerOptions, sizeOf } from './image-layer.ts'

/** Options of {@link RandomCrop}. */
export interface RandomCropOptions extends RandomImageLayerOptions {
  /** Of the result, in pixels. */
  readonly height: number
  readonly width: number
}

/** The first row and column of each image's part, `[batch]` i32; empty for the middle. */
export type CropCorner = readonly [] | readonly [top: Tensor, left: Tensor]

/**
 * While training: a part of `height` × `width` pixels, for each image from another place. Otherwise, and where images are smaller: the largest part
 * in the middle that has these proportions, resized.
 *
 * ```ts
 * model.add(layers.randomCrop({ height: 32, width: 32 }))
 * ```
 */
export class RandomCrop extends RandomImageLayer<CropCorner> {
  private readonly target: PixelSize

  constructor(options: RandomCropOptions) {
    super(options, 'RandomCrop', ['height', 'width'])
    this.target = { height: positive(this.name, 'height', options.height), width: positive(this.name, 'width', options.width) }
  }

  protected override still(): CropCorner {
    return []
  }

  draw(batch: Tensor, nextKey: () => Tensor): CropCorner {
    const { height, width } = sizeOf(batch)
    const [down, across] = [height - this.target.height, width - this.target.width]
    if (down < 0 || across < 0) return []
    const start = (last: number): Tensor => minimum(floor(random.uniform(nextKey(), perImage(batch)).multiply(last + 1)), last).cast('i32')
    return [start(down), start(across)]
  }

  transform(batch: Tensor, corner: CropCorner): Tensor {
    const { height, width } = this.target
    const [top, left] = corner
    if (top === undefined || left === undefined) return image.smartResize(batch, [height, width])
    const [count] = perImage(batch)
    const size = sizeOf(batch)
    const channels = batch.dims[3] ?? 1
    const start = (x: Tensor): Tensor => reshape(x.cast('i32'), [x.rank === 0 ? 1 : (x.dims[0] ?? 1), 1, 1])
    const row = start(top).add(iota([1, height, 1], 1))
    const column = start(left).add(iota([1, 1, width], 2))
    const first = iota([count, 1, 1], 0).multiply(size.height * size.width)
    return gather(reshape(batch, [multiplyDims(count, size.height * size.width), channels]), first.add(row.multiply(size.width)).add(column), 0)
  }

  override transformMasks(masks: Tensor, corner: CropCorner): Tensor {
    return this.transform(masks, corner)
  }

  override transformBoxes(boxes: Tensor, corner: CropCorner, size: PixelSize): Tensor {
    const [top, left] = corner
    if (top === undefined || left === undefined) return boxesOnPart(boxes, middlePart(size, this.target), this.target)
    const shift = (x: Tensor): Tensor => reshape(x.cast(boxes.dtype), [x.rank === 0 ? 1 : (x.dims[0] ?? 1), 1, 1])
    const [x1, y1, x2, y2] = columns(boxes)
    const [down, across] = [shift(top), shift(left)]
    return boxesOfColumns([x1.subtract(across), y1.subtract(down), x2.subtract(across), y2.subtract(down)])
  }

  protected override resultSize(): PixelSize {
    return this.target
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), ...this.target }
  }
}
