// Slanted images.

import { concat, random, type Tensor, where } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { numberWithin } from '../../../options/option-checks.ts'
import { type AffineCoefficients, AffineLayer, type AffineLayerOptions } from './affine-layer.ts'
import { perImage } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, uniformWithin } from './ranges.ts'
import { column } from './random-translation.ts'

/** Options of {@link RandomShear}. */
export interface RandomShearOptions extends AffineLayerOptions {
  /** How far each row is moved by its distance from the top; a number f from 0 to 1 is [−f, f]. Default 0. */
  readonly xFactor?: Factor
  /** How far each column is moved by its distance from the left, likewise. Default 0. */
  readonly yFactor?: Factor
}

/** Slants along x and y, `[batch, 2]`. */
type Slant = { readonly shearFactor: Tensor }

/**
 * While training: each image slanted by factors drawn within the bounds, to a side drawn for both.
 *
 * ```ts
 * model.add(layers.randomShear({ xFactor: 0.2 }))
 * ```
 */
export class RandomShear extends AffineLayer<Slant> {
  private readonly xFactor: Bounds
  private readonly yFactor: Bounds

  constructor(options: RandomShearOptions = {}) {
    super(options, 'RandomShear', ['xFactor', 'yFactor'])
    this.xFactor = this.range('xFactor', options.xFactor ?? 0)
    this.yFactor = this.range('yFactor', options.yFactor ?? 0)
  }

  draw(batch: Tensor, nextKey: () => Tensor): Slant {
    const shape = [...perImage(batch), 1]
    const side = where(random.uniform(nextKey(), shape).greater(0.5), -1, 1)
    const down = uniformWithin(nextKey(), shape, this.yFactor)
    const across = uniformWithin(nextKey(), shape, this.xFactor)
    return { shearFactor: concat([across, down], 1).multiply(side) }
  }

  protected coefficients({ shearFactor }: Slant): AffineCoefficients {
    return [1, column(shearFactor, 0), 0, column(shearFactor, 1), 1, 0]
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), xFactor: this.xFactor, yFactor: this.yFactor }
  }

  private range(option: string, factor: Factor): Bounds {
    if (typeof factor === 'number') numberWithin(this.name, option, factor, { min: 0, max: 1 })
    return factorRange(this.name, option, factor, [-1, 1])
  }
}
