// Images seen from an angle.

import { type Dim, reshape, type Tensor, tensor, where } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { numberWithin, oneOf } from '../../../options/option-checks.ts'
import { boxesAround } from './affine-layer.ts'
import { eachImage, perImage, type PixelSize, RandomImageLayer, type RandomImageLayerOptions, sizeOf } from './image-layer.ts'
import { type Bounds, chosen, type Factor, factorRange, uniformWithin } from './ranges.ts'

/** Options of {@link RandomPerspective}. */
export interface RandomPerspectiveOptions extends RandomImageLayerOptions {
  /** The probability that an image is changed, drawn between two numbers; one number f is [0, f]. Default 1. */
  readonly factor?: Factor
  /** How far corners move: by at most half of this share of their coordinates, 0 to 1. Default 1. */
  readonly scale?: number
  /** Default 'bilinear'; masks are always 'nearest'. */
  readonly interpolation?: 'nearest' | 'bilinear'
  /** What lies outside. Default 0. */
  readonly fillValue?: number
}

/** Corners (x, y) and where they come to lie, `[batch, 4, 2]`; which images are changed, `[batch]`. */
type Perspective = { readonly applyPerspective: Tensor; readonly startPoints: Tensor; readonly endPoints: Tensor }

/**
 * While training: each image's corners moved at random and the image with them, with a probability.
 *
 * ```ts
 * model.add(layers.randomPerspective({ factor: 0.5, scale: 0.3 }))
 * ```
 */
export class RandomPerspective extends RandomImageLayer<Perspective> {
  private readonly factor: Bounds
  private readonly scale: number
  private readonly interpolation: 'nearest' | 'bilinear'
  private readonly fillValue: number

  constructor(options: RandomPerspectiveOptions = {}) {
    super(options, 'RandomPerspective', ['factor', 'scale', 'interpolation', 'fillValue'])
    this.factor = factorRange(this.name, 'factor', options.factor ?? 1, [0, 1])
    this.scale = numberWithin(this.name, 'scale', options.scale ?? 1, { min: 0, max: 1 })
    this.interpolation = oneOf(this.name, 'interpolation', options.interpolation ?? 'bilinear', ['nearest', 'bilinear'])
    this.fillValue = numberWithin(this.name, 'fillValue', options.fillValue ?? 0)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Perspective {
    const { height, width } = sizeOf(batch)
    const [right, bottom] = [width - 1, height - 1]
    const corners = tensor([0, 0, right, 0, 0, bottom, right, bottom], [1, 4, 2])
    const applyPerspective = chosen(nextKey, perImage(batch), this.factor)
    const moves = uniformWithin(nextKey(), [...perImage(batch), 4, 2], [-0.5 * this.scale, 0.5 * this.scale])
    return { applyPerspective, startPoints: corners.add(moves.multiply(0)), endPoints: corners.add(corners.multiply(moves)) }
  }

  transform(batch: Tensor, transformation: Perspective): Tensor {
    return this.seen(batch, transformation, this.interpolation)
  }

  override transformMasks(masks: Tensor, transformation: Perspective): Tensor {
    return this.seen(masks, transformation, 'nearest')
  }

  private seen(batch: Tensor, { applyPerspective, startPoints, endPoints }: Perspective, interpolation: 'nearest' | 'bilinear'): Tensor {
    const moved = image.perspectiveTransform(batch, startPoints, endPoints, { interpolation, fillValue: this.fillValue })
    return where(eachImage(applyPerspective), moved, batch)
  }

  override transformBoxes(boxes: Tensor, { applyPerspective, startPoints, endPoints }: Perspective, _size: PixelSize): Tensor {
    const map = image.homography(endPoints, startPoints)
    const rows: Dim = map.dims[0] ?? 1
    const at = (i: number): Tensor => reshape(map.slice([0, i], [rows, 1]), [rows, 1, 1])
    const line = (first: number, x: Tensor, y: Tensor): Tensor =>
      at(first)
        .multiply(x)
        .add(at(first + 1).multiply(y))
    const moved = boxesAround(boxes, (x, y) => {
      const scale = line(6, x, y).add(1)
      return [line(0, x, y).add(at(2)).divide(scale), line(3, x, y).add(at(5)).divide(scale)]
    })
    return where(reshape(applyPerspective, [applyPerspective.dims[0] ?? 1, 1, 1]), moved, boxes)
  }

  override getConfig(): LayerConfig {
    const { factor, scale, interpolation, fillValue } = this
    return { ...super.getConfig(), factor, scale, interpolation, fillValue }
  }
}
