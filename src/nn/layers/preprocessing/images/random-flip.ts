// Mirrored images.

import { flip, type Tensor, where } from '../../../../core/index.ts'
import { random } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { oneOf } from '../../../options/option-checks.ts'
import { boxesOfColumns, columns } from './boxes-on-part.ts'
import { eachImage, perImage, type PixelSize, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'

/** Options of {@link RandomFlip}. */
export interface RandomFlipOptions extends RandomImageLayerOptions {
  /** Which way: left to right, top to bottom, or both at once. Default 'horizontal_and_vertical'. */
  readonly mode?: 'horizontal' | 'vertical' | 'horizontal_and_vertical'
}

type Flips = { readonly flips: Tensor }

/**
 * While training: every second image, at random, is mirrored (`horizontal_and_vertical`: both ways, turned by half).
 *
 * ```ts
 * model.add(layers.randomFlip({ mode: 'horizontal' }))
 * ```
 */
export class RandomFlip extends RandomImageLayer<Flips> {
  private readonly mode: 'horizontal' | 'vertical' | 'horizontal_and_vertical'

  constructor(options: RandomFlipOptions = {}) {
    super(options, 'RandomFlip', ['mode'])
    this.mode = oneOf(this.name, 'mode', options.mode ?? 'horizontal_and_vertical', ['horizontal', 'vertical', 'horizontal_and_vertical'])
  }

  draw(batch: Tensor, nextKey: () => Tensor): Flips {
    return { flips: random.uniform(nextKey(), [...perImage(batch), 1, 1, 1]).lessEqual(0.5) }
  }

  transform(batch: Tensor, { flips }: Flips): Tensor {
    return where(eachImage(flips), flip(batch, this.axes), batch)
  }

  override transformMasks(masks: Tensor, transformation: Flips): Tensor {
    return this.transform(masks, transformation)
  }

  override transformBoxes(boxes: Tensor, { flips }: Flips, { height, width }: PixelSize): Tensor {
    const [x1, y1, x2, y2] = columns(boxes)
    const from = (whole: number, x: Tensor): Tensor => x.negate().add(whole)
    const [left, right] = this.mode === 'vertical' ? [x1, x2] : [from(width, x2), from(width, x1)]
    const [top, bottom] = this.mode === 'horizontal' ? [y1, y2] : [from(height, y2), from(height, y1)]
    return where(flips.reshape([flips.dims[0] ?? 1, 1, 1]), boxesOfColumns([left, top, right, bottom]), boxes)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), mode: this.mode }
  }

  private get axes(): readonly number[] {
    return this.mode === 'horizontal' ? [2] : this.mode === 'vertical' ? [1] : [1, 2]
  }
}
