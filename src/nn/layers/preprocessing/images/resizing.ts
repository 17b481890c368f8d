// Images of one size.

import { ConfigError, type Tensor, where } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { flag, numberWithin, oneOf, positive } from '../../../options/option-checks.ts'
import { boxesOfColumns, columns } from './boxes-on-part.ts'
import { ImageLayer, type ImageLayerOptions, type PixelSize } from './image-layer.ts'

/** Options of {@link Resizing}. */
export interface ResizingOptions extends ImageLayerOptions {
  /** Of the result, in pixels. */
  readonly height: number
  readonly width: number
  /** Default 'bilinear'. */
  readonly interpolation?: image.Interpolation
  /** Cut the middle to the target's proportions first. Default false. */
  readonly cropToAspectRatio?: boolean
  /** Pad to the target's proportions first. Default false. */
  readonly padToAspectRatio?: boolean
  /** What is padded with: only 'constant'. */
  readonly fillMode?: 'constant'
  /** Default 0. */
  readonly fillValue?: number
  /** Average over all pixels that a pixel of the result covers where images shrink. Default false. */
  readonly antialias?: boolean
}

const interpolations = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'] as const

/**
 * Images of `height` × `width` pixels, also without training; whole numbers stay whole.
 *
 * ```ts
 * model.add(layers.resizing({ height: 64, width: 64, cropToAspectRatio: true }))
 * ```
 */
export class Resizing extends ImageLayer<readonly []> {
  private readonly target: PixelSize
  private readonly resizing: Required<Omit<image.ResizeOptions, 'dataFormat'>>

  constructor(options: ResizingOptions) {
    super(options, 'Resizing', ['height', 'width', 'interpolation', 'cropToAspectRatio', 'padToAspectRatio', 'fillMode', 'fillValue', 'antialias'])
    this.target = { height: positive(this.name, 'height', options.height), width: positive(this.name, 'width', options.width) }
    this.resizing = {
      interpolation: oneOf(this.name, 'interpolation', options.interpolation ?? 'bilinear', interpolations),
      cropToAspectRatio: flag(this.name, 'cropToAspectRatio', options.cropToAspectRatio ?? false),
      padToAspectRatio: flag(this.name, 'padToAspectRatio', options.padToAspectRatio ?? false),
      fillMode: oneOf(this.name, 'fillMode', options.fillMode ?? 'constant', ['constant']),
      fillValue: numberWithin(this.name, 'fillValue', options.fillValue ?? 0),
      antialias: flag(this.name, 'antialias', options.antialias ?? false),
    }
    if (this.resizing.cropToAspectRatio && this.resizing.padToAspectRatio) {
      throw new ConfigError(`${this.name}: expected at most one of cropToAspectRatio and padToAspectRatio, got both. Leave one out.`)
    }
  }

  protected override still(): readonly [] {
    return []
  }

  protected override asFloats(images: Tensor): Tensor {
    return images
  }

  draw(): readonly [] {
    return []
  }

  transform(batch: Tensor): Tensor {
    return image.resize(batch, [this.target.height, this.target.width], this.resizing)
  }

  override transformMasks(masks: Tensor): Tensor {
    return image.resize(masks, [this.target.height, this.target.width], { ...this.resizing, interpolation: 'nearest' })
  }

  override transformBoxes(boxes: Tensor, _transformation: readonly [], size: PixelSize): Tensor {
    const { scaleX, scaleY, left, top } = this.placement(size)
    const [x1, y1, x2, y2] = columns(boxes)
    const across = (x: Tensor): Tensor => x.multiply(scaleX).add(left)
    const down = (y: Tensor): Tensor => y.multiply(scaleY).add(top)
    const moved = boxesOfColumns([across(x1), down(y1), across(x2), down(y2)])
    // Boxes without an extent fill lists up: they stay without one.
    return where(x2.greater(x1).logicalAnd(y2.greater(y1)), moved, 0)
  }

  protected override resultSize(): PixelSize {
    return this.target
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), ...this.target, ...this.resizing }
  }

  /** Where an image of a size comes to lie in the result. */
  private placement({ height, width }: PixelSize) {
    const { target } = this
    const [ratioX, ratioY] = [target.width / width, target.height / height]
    const { cropToAspectRatio, padToAspectRatio } = this.resizing
    if (!cropToAspectRatio && !padToAspectRatio) return { scaleX: ratioX, scaleY: ratioY, left: 0, top: 0 }
    const scale = padToAspectRatio ? Math.min(ratioX, ratioY) : Math.max(ratioX, ratioY)
    const rest = (whole: number, covered: number): number =>
      padToAspectRatio ? Math.floor((whole - covered) / 2) : -Math.floor((covered - whole) / 2)
    return { scaleX: scale, scaleY: scale, left: rest(target.width, width * scale), top: rest(target.height, height * scale) }
  }
}
