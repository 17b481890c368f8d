// The middle of images.

import { slice, type Tensor } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { positive } from '../../../options/option-checks.ts'
import { boxesOnPart, middlePart } from './boxes-on-part.ts'
import { ImageLayer, type ImageLayerOptions, type PixelSize, sizeOf } from './image-layer.ts'

/** Options of {@link CenterCrop}. */
export interface CenterCropOptions extends ImageLayerOptions {
  /** Of the result, in pixels. */
  readonly height: number
  readonly width: number
}

/**
 * The middle of images, `height` × `width` pixels; images that are smaller are cut to its proportions and resized. Also without training.
 *
 * ```ts
 * model.add(layers.centerCrop({ height: 224, width: 224 }))
 * ```
 */
export class CenterCrop extends ImageLayer<readonly []> {
  private readonly target: PixelSize

  constructor(options: CenterCropOptions) {
    super(options, 'CenterCrop', ['height', 'width'])
    this.target = { height: positive(this.name, 'height', options.height), width: positive(this.name, 'width', options.width) }
  }

  protected override still(): readonly [] {
    return []
  }

  draw(): readonly [] {
    return []
  }

  transform(batch: Tensor): Tensor {
    const size = sizeOf(batch)
    const { height, width } = this.target
    if (!this.covers(size)) return image.smartResize(batch, [height, width])
    const { top, left } = this.corner(size)
    return slice(batch, [0, top, left, 0], [batch.dims[0] ?? 1, height, width, batch.dims[3] ?? 1])
  }

  override transformMasks(masks: Tensor): Tensor {
    return this.transform(this.asFloats(masks))
  }

  override transformBoxes(boxes: Tensor, _transformation: readonly [], size: PixelSize): Tensor {
    const part = this.covers(size) ? { ...this.target, ...this.corner(size) } : middlePart(size, this.target)
    return boxesOnPart(boxes, part, this.target)
  }

  protected override resultSize(): PixelSize {
    return this.target
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), ...this.target }
  }

  private covers({ height, width }: PixelSize): boolean {
    return height >= this.target.height && width >= this.target.width
  }

  private corner({ height, width }: PixelSize): { readonly top: number; readonly left: number } {
    return { top: Math.floor((height - this.target.height) / 2), left: Math.floor((width - this.target.width) / 2) }
  }
}
