// Blurred images.

import { ConfigError, slice, type Tensor, where } from '../../../../core/index.ts'
import { perAxis } from '../../window-options.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { eachImage, perImage, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, chosen, type Factor, factorRange, keepWithin, uniformWithin, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomGaussianBlur}. */
export interface RandomGaussianBlurOptions extends RandomImageLayerOptions {
  /** The probability that an image is changed, drawn between two numbers; one number f is [0, f]. Default 1. */
  readonly factor?: Factor
  /** Taps, odd: one number, or along width and height. Default 3. */
  readonly kernelSize?: number | readonly [width: number, height: number]
  /** Standard deviations in pixels, from 0 to 1, drawn between two numbers for the batch; one number f is [0, f]. Default 1. */
  readonly sigma?: Factor
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/** Which images are changed `[batch]`; deviations along width and height `[2]`. */
type Blur = { readonly shouldApplyBlur: Tensor; readonly blurFactor: Tensor }

/**
 * While training: images blurred by `ops.image.gaussianBlur`, with a probability.
 *
 * ```ts
 * model.add(layers.randomGaussianBlur({ factor: 0.5, kernelSize: 5 }))
 * ```
 */
export class RandomGaussianBlur extends RandomImageLayer<Blur> {
  private readonly factor: Bounds
  private readonly kernelSize: readonly [width: number, height: number]
  private readonly sigma: Bounds
  private readonly valueRange: Bounds

  constructor(options: RandomGaussianBlurOptions = {}) {
    super(options, 'RandomGaussianBlur', ['factor', 'kernelSize', 'sigma', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor ?? 1, [0, 1])
    const size = options.kernelSize ?? 3
    this.kernelSize = typeof size === 'number' ? [size, size] : size
    for (const taps of perAxis(this.name, 'kernelSize', this.kernelSize, 2)) {
      if (taps % 2 === 0) throw new ConfigError(`${this.name}: expected kernelSize to be odd, got ${taps}. Take ${taps + 1}.`)
    }
    this.sigma = factorRange(this.name, 'sigma', options.sigma ?? 1, [0, 1])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Blur {
    const shouldApplyBlur = chosen(nextKey, perImage(batch), this.factor)
    return { shouldApplyBlur, blurFactor: uniformWithin(nextKey(), [2], this.sigma).add(1e-6) }
  }

  transform(batch: Tensor, { shouldApplyBlur, blurFactor }: Blur): Tensor {
    const sigma = (i: number): Tensor => slice(blurFactor, [i], [1])
    const blurred = image.gaussianBlur(batch, { kernelSize: this.kernelSize, sigma: [sigma(0), sigma(1)] })
    return keepWithin(where(eachImage(shouldApplyBlur), blurred, batch), this.valueRange)
  }

  override getConfig(): LayerConfig {
    const { factor, kernelSize, sigma, valueRange } = this
    return { ...super.getConfig(), factor, kernelSize, sigma, valueRange }
  }
}
