// Images of other brightness, contrast, saturation and hue.

import type { Tensor } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { RandomBrightness } from './random-brightness.ts'
import { RandomContrast } from './random-contrast.ts'
import { RandomHue } from './random-hue.ts'
import { RandomSaturation } from './random-saturation.ts'
import { type Bounds, type Factor, factorRange, valueRangeOf } from './ranges.ts'
import { type Step, stepOf } from './steps.ts'

/** Options of {@link RandomColorJitter}. Changes whose factor is left out (or null) are not made. */
export interface RandomColorJitterOptions extends RandomImageLayerOptions {
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
  /** Of {@link RandomBrightness}. */
  readonly brightnessFactor?: Factor | null
  /** Of {@link RandomContrast}. */
  readonly contrastFactor?: Factor | null
  /** Of {@link RandomSaturation}. */
  readonly saturationFactor?: Factor | null
  /** Of {@link RandomHue}. */
  readonly hueFactor?: Factor | null
}

/** A key for each change. */
type Jitter = { readonly keys: readonly Tensor[] }

/**
 * While training: random brightness, contrast, saturation and hue, one after the other, those whose factor is given.
 *
 * ```ts
 * model.add(layers.randomColorJitter({ brightnessFactor: 0.1, saturationFactor: [0.4, 0.6] }))
 * ```
 */
export class RandomColorJitter extends RandomImageLayer<Jitter> {
  private readonly valueRange: Bounds
  private readonly factors: Required<Pick<RandomColorJitterOptions, 'brightnessFactor' | 'contrastFactor' | 'saturationFactor' | 'hueFactor'>>
  private readonly steps: readonly Step[]

  constructor(options: RandomColorJitterOptions = {}) {
    super(options, 'RandomColorJitter', ['valueRange', 'brightnessFactor', 'contrastFactor', 'saturationFactor', 'hueFactor'])
    const valueRange = valueRangeOf(this.name, options.valueRange)
    this.valueRange = valueRange
    const { brightnessFactor = null, contrastFactor = null, saturationFactor = null, hueFactor = null } = options
    this.factors = { brightnessFactor, contrastFactor, saturationFactor, hueFactor }
    const { name } = this
    for (const [option, factor] of Object.entries(this.factors)) {
      const isSigned = option === 'brightnessFactor' || option === 'saturationFactor'
      if (factor !== null) factorRange(name, option, factor, isSigned ? [-1, 1] : [0, 1])
    }
    this.steps = [
      ...(brightnessFactor === null ? [] : [stepOf(new RandomBrightness({ name, factor: brightnessFactor, valueRange }))]),
      ...(contrastFactor === null ? [] : [stepOf(new RandomContrast({ name, factor: contrastFactor, valueRange }))]),
      ...(saturationFactor === null ? [] : [stepOf(new RandomSaturation({ name, factor: saturationFactor, valueRange }))]),
      ...(hueFactor === null ? [] : [stepOf(new RandomHue({ name, factor: hueFactor, valueRange }))]),
    ]
  }

  draw(_batch: Tensor, nextKey: () => Tensor): Jitter {
    return { keys: this.steps.map(nextKey) }
  }

  transform(batch: Tensor, { keys }: Jitter): Tensor {
    return this.steps.reduce((images, step, i) => step.images(images, keys[i] ?? images), batch)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), valueRange: this.valueRange, ...this.factors }
  }
}
