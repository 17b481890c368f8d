// Images bent as if drawn on rubber.

import { ConfigError, type Tensor, where } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { numberWithin, oneOf } from '../../../options/option-checks.ts'
import { eachImage, perImage, RandomImageLayer, type RandomImageLayerOptions, sizeOf } from './image-layer.ts'
import { type Bounds, chosen, type Factor, factorRange, keepWithin, uniformWithin, valueRangeOf } from './ranges.ts'

/** Options of {@link RandomElasticTransform}. */
export interface RandomElasticTransformOptions extends RandomImageLayerOptions {
  /** The probability that an image is changed, drawn between two numbers; one number f is [0, f]. Default 1. */
  readonly factor?: Factor
  /** How strongly, drawn between two numbers for the batch; one number f is [0, f]. Default 1. */
  readonly scale?: Factor
  /** Default 'bilinear'; masks are always 'nearest'. */
  readonly interpolation?: 'nearest' | 'bilinear'
  /** What is seen beyond an edge; see `ops.image.affineTransform`. Default 'reflect'. */
  readonly fillMode?: image.FillMode
  /** What 'constant' shows. Default 0. */
  readonly fillValue?: number
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/** Which images are changed `[batch]`, how strongly (a scalar), and the key of the displacements. */
type Bending = { readonly applyTransform: Tensor; readonly distortionFactor: Tensor; readonly key: Tensor }

/** What keeps a width that is drawn at 0 from dividing by it. */
const narrowest = 1e-6

/**
 * While training: the pixels of each image moved by a smooth random field, with a probability: by `ops.image.elasticTransform` with alpha a tenth
 * of the longer side and sigma a twentieth of the shorter, both times the drawn strength.
 *
 * ```ts
 * model.add(layers.randomElasticTransform({ factor: 0.5, scale: 0.5 }))
 * ```
 */
export class RandomElasticTransform extends RandomImageLayer<Bending> {
  private readonly factor: Bounds
  private readonly scale: Bounds
  private readonly interpolation: 'nearest' | 'bilinear'
  private readonly fillMode: image.FillMode
  private readonly fillValue: number
  private readonly valueRange: Bounds

  constructor(options: RandomElasticTransformOptions = {}) {
    super(options, 'RandomElasticTransform', ['factor', 'scale', 'interpolation', 'fillMode', 'fillValue', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor ?? 1, [0, 1])
    this.scale = factorRange(this.name, 'scale', options.scale ?? 1, [0, 1])
    this.interpolation = oneOf(this.name, 'interpolation', options.interpolation ?? 'bilinear', ['nearest', 'bilinear'])
    this.fillMode = oneOf(this.name, 'fillMode', options.fillMode ?? 'reflect', ['constant', 'nearest', 'wrap', 'mirror', 'reflect'])
    this.fillValue = numberWithin(this.name, 'fillValue', options.fillValue ?? 0)
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Bending {
    const applyTransform = chosen(nextKey, perImage(batch), this.factor)
    return { applyTransform, distortionFactor: uniformWithin(nextKey(), [], this.scale), key: nextKey() }
  }

  transform(batch: Tensor, transformation: Bending): Tensor {
    return keepWithin(this.bent(batch, transformation, this.interpolation), this.valueRange)
  }

  override transformMasks(masks: Tensor, transformation: Bending): Tensor {
    return this.bent(masks, transformation, 'nearest')
  }

  override transformLabelledBoxes(): image.boundingBoxes.LabelledBoxes {
    throw new ConfigError(
      `${this.name}: expected data without boundingBoxes, got some: bent boxes are no boxes. Use RandomPerspective, or leave them out.`,
    )
  }

  override getConfig(): LayerConfig {
    const { factor, scale, interpolation, fillMode, fillValue, valueRange } = this
    return { ...super.getConfig(), factor, scale, interpolation, fillMode, fillValue, valueRange }
  }

  private bent(batch: Tensor, { applyTransform, distortionFactor, key }: Bending, interpolation: 'nearest' | 'bilinear'): Tensor {
    if (this.scale[1] === 0 || this.factor[1] === 0) return batch
    const { height, width } = sizeOf(batch)
    const [alpha, sigma] = [Math.max(height, width) * 0.1, Math.min(height, width) * 0.05]
    const moved = image.elasticTransform(batch, {
      alpha: distortionFactor.multiply(alpha),
      sigma: distortionFactor.multiply(sigma).add(narrowest),
      // As many taps as the strongest bending needs: programs are made before the strength is drawn.
      kernelSize: 2 * Math.floor((6 * sigma * this.scale[1]) / 2) + 1,
      interpolation,
      fillMode: this.fillMode,
      fillValue: this.fillValue,
      seed: key,
    })
    return where(eachImage(applyTransform), moved, batch)
  }
}
