// Images that use their whole range.

import { max, min, type Tensor, where } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { ImageLayer, type ImageLayerOptions } from './image-layer.ts'
import { type Bounds, keepWithin, scaleRange, valueRangeOf } from './ranges.ts'

/** Options of {@link AutoContrast}. */
export interface AutoContrastOptions extends ImageLayerOptions {
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
}

/**
 * Each channel of each image stretched so that its darkest and brightest pixels are the ends of the value range; also without training. Channels of
 * one value stay.
 *
 * ```ts
 * model.add(layers.autoContrast({ valueRange: [0, 1] }))
 * ```
 */
export class AutoContrast extends ImageLayer<readonly []> {
  private readonly valueRange: Bounds

  constructor(options: AutoContrastOptions = {}) {
    super(options, 'AutoContrast', ['valueRange'])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
  }

  protected override still(): readonly [] {
    return []
  }

  draw(): readonly [] {
    return []
  }

  transform(batch: Tensor): Tensor {
    const bytes = scaleRange(batch, this.valueRange, [0, 255])
    const end = (pick: typeof min): Tensor => pick<Tensor['shapeType'], [1, 2], true>(bytes, [1, 2], { keepDims: true })
    const [low, high] = [end(min), end(max)]
    const flat = high.equal(low)
    const scale: Tensor = where(flat, 1, high.subtract(low)).reciprocal().multiply(255)
    const stretched = keepWithin(bytes.multiply(scale).subtract(low.multiply(scale)), [0, 255])
    return where(flat, batch, scaleRange(stretched, [0, 255], this.valueRange))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), valueRange: this.valueRange }
  }
}
