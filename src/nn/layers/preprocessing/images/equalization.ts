// Images whose shades are equally frequent.

import { cumsum, gather, iota, min, ones, reshape, scatterAdd, slice, sum, type Tensor, where } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { positive } from '../../../options/option-checks.ts'
import { ImageLayer, type ImageLayerOptions } from './image-layer.ts'
import { type Bounds, keepWithin, scaleRange, valueRangeOf } from './ranges.ts'

/** Options of {@link Equalization}. */
export interface EqualizationOptions extends ImageLayerOptions {
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
  /** Shades that are told apart. Default 256. */
  readonly bins?: number
}

/**
 * While training: each channel's values replaced by the share of the batch's pixels that are as dark or darker (histogram equalization); channels of
 * one shade stay. Not differentiable.
 *
 * ```ts
 * model.add(layers.equalization())
 * ```
 */
export class Equalization extends ImageLayer<readonly []> {
  private readonly valueRange: Bounds
  private readonly bins: number

  constructor(options: EqualizationOptions = {}) {
    super(options, 'Equalization', ['valueRange', 'bins'])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
    this.bins = positive(this.name, 'bins', options.bins ?? 256)
  }

  draw(): readonly [] {
    return []
  }

  transform(batch: Tensor): Tensor {
    const { bins } = this
    const channels = Number(batch.dims[3] ?? 1)
    const bytes = scaleRange(batch, this.valueRange, [0, 255])
    const firstBin = iota([1, 1, 1, channels], 3).multiply(bins)
    const bin = (place: Tensor): Tensor =>
      keepWithin(place, [0, bins - 1])
        .cast('i32')
        .add(firstBin)
    const counted = reshape(bin(bytes.multiply(bins - 1).divide(255)), [-1])
    const histogram: Tensor = reshape(scatterAdd(counted, ones(counted.dims), channels * bins), [channels, bins])
    const upTo = cumsum(histogram, 1)
    const least = min<Tensor['shapeType'], 1, true>(where(upTo.greater(0), upTo, Infinity), 1, { keepDims: true })
    const rest = slice(upTo, [0, bins - 1], [channels, 1]).subtract(least)
    const table = keepWithin(
      upTo
        .subtract(least)
        .multiply(255)
        .divide(where(rest.equal(0), 1, rest))
        .round(),
      [0, 255],
    )
    const equalized = gather(reshape(table, [channels * bins]), bin(bytes.divide(255).multiply(bins - 1)), 0).cast(batch.dtype)
    const shades = sum(histogram.greater(0).cast('f32'), 1)
    return where(reshape(shades, [1, 1, 1, channels]).lessEqual(1), batch, scaleRange(equalized, [0, 255], this.valueRange))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), valueRange: this.valueRange, bins: this.bins }
  }
}
