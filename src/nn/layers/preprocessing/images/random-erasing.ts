// Images with a rectangle painted over (Zhong et al. 2020).

import { iota, random, reshape, sqrt, type Tensor, tensor, where } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { listOf, numberWithin } from '../../../options/option-checks.ts'
import { eachImage, perImage, RandomImageLayer, type RandomImageLayerOptions, sizeOf } from './image-layer.ts'
import { type Bounds, chosen, type Factor, factorRange, keepWithin, uniformWithin, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomErasing}. */
export interface RandomErasingOptions extends RandomImageLayerOptions {
  /** The probability that an image is changed, drawn between two numbers; one number f is [0, f]. Default 1. */
  readonly factor?: Factor
  /** The rectangle's sides as shares of the image's are √s₁ and √s₂, s drawn within these bounds. Default [0.02, 0.33]. */
  readonly scale?: Factor
  /** What is painted: a number, one for each of three channels, or (null) noise. Default null. */
  readonly fillValue?: number | readonly [number, number, number] | null
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/** A rectangle of each image, in pixels, `[batch]` each: from `x0` and `y0` up to, but without, `x1` and `y1`. */
export type Rectangles = { readonly x0: Tensor; readonly x1: Tensor; readonly y0: Tensor; readonly y1: Tensor }

/** Rectangles at random places whose sides are shares of the image's, `[batch]` each. */
export function drawRectangles(batch: Tensor, [across, down]: readonly [Tensor, Tensor], nextKey: () => Tensor): Rectangles {
  const { height, width } = sizeOf(batch)
  const side = (whole: number, share: Tensor): readonly [Tensor, Tensor] => {
    const length = share.multiply(whole)
    const start: Tensor = random.uniform(nextKey(), perImage(batch)).multiply(length.negate().add(whole))
    return [start, start.add(length)]
  }
  const [x0, x1] = side(width, across)
  const [y0, y1] = side(height, down)
  return { x0, x1, y0, y1 }
}

/** Where a batch's pixels lie inside their image's rectangle: `[batch, height, width, 1]`. */
export function insideRectangles(batch: Tensor, { x0, x1, y0, y1 }: Rectangles): Tensor {
  const { height, width } = sizeOf(batch)
  const x = iota([1, 1, width, 1], 2, 'f32')
  const y = iota([1, height, 1, 1], 1, 'f32')
  const between = (at: Tensor, low: Tensor, high: Tensor): Tensor => at.greaterEqual(eachImage(low)).logicalAnd(at.less(eachImage(high)))
  return between(x, x0, x1).logicalAnd(between(y, y0, y1))
}

type Erasing = Rectangles & { readonly applyErasing: Tensor; readonly fillValue: Tensor }

/**
 * While training: a rectangle of each image is painted over, with a probability.
 *
 * ```ts
 * model.add(layers.randomErasing({ factor: 0.5, fillValue: 0 }))
 * ```
 */
export class RandomErasing extends RandomImageLayer<Erasing> {
  private readonly factor: Bounds
  private readonly scale: Bounds
  private readonly fillValue: number | readonly number[] | null
  private readonly valueRange: Bounds

  constructor(options: RandomErasingOptions = {}) {
    super(options, 'RandomErasing', ['factor', 'scale', 'fillValue', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor ?? 1, [0, 1])
    this.scale = factorRange(this.name, 'scale', options.scale ?? [0.02, 0.33], [0, 1])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
    this.fillValue = options.fillValue ?? null
    const check = (value: number): number => numberWithin(this.name, 'fillValue', value)
    if (typeof this.fillValue === 'number') check(this.fillValue)
    else if (this.fillValue !== null) listOf(this.name, 'fillValue', this.fillValue, check, 3)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Erasing {
    const share = (): Tensor => sqrt(uniformWithin(nextKey(), perImage(batch), this.scale))
    const rectangles = drawRectangles(batch, [share(), share()], nextKey)
    return { ...rectangles, applyErasing: chosen(nextKey, perImage(batch), this.factor), fillValue: this.paint(batch, nextKey) }
  }

  transform(batch: Tensor, { applyErasing, fillValue, ...rectangles }: Erasing): Tensor {
    return where(insideRectangles(batch, rectangles).logicalAnd(eachImage(applyErasing)), fillValue.cast(batch.dtype), batch)
  }

  override getConfig(): LayerConfig {
    const { factor, scale, fillValue, valueRange } = this
    return { ...super.getConfig(), factor, scale, fillValue, valueRange }
  }

  private paint(batch: Tensor, nextKey: () => Tensor): Tensor {
    const [low, high] = this.valueRange
    if (this.fillValue === null) return keepWithin(random.normal(nextKey(), batch.dims, { stddev: Math.abs(high) }), [low, high])
    const values = typeof this.fillValue === 'number' ? [this.fillValue] : this.fillValue
    return keepWithin(reshape(tensor(values), [1, 1, 1, values.length]), [low, high])
  }
}
