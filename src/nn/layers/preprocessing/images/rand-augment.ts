// A few changes out of many, at random (Cubuk et al. 2020).

import { flattenTree, random, scan, stack, type Tensor, type Tree } from '../../../../core/index.ts'
import type { image } from '../../../../ops/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { oneOf, positive } from '../../../options/option-checks.ts'
import { type PixelSize, RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, valueRangeOf } from './ranges.ts'
import { chooseStep, lightSteps, movingSteps, shadeSteps, type Step } from './steps.ts'

/** Options of {@link RandAugment}. */
export interface RandAugmentOptions extends RandomImageLayerOptions {
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
  /** How many changes. Default 2. */
  readonly numOps?: number
  /** How strong, 0 to 1: the factor of each change; a number f is [0, f]. Default 0.5. */
  readonly factor?: Factor
  /** Default 'bilinear'. */
  readonly interpolation?: 'nearest' | 'bilinear'
}

/** Which changes, `[numOps]`, and a key for each, `[numOps, 2]`. */
type Program = { readonly layerIdxes: Tensor; readonly keys: Tensor }

/**
 * While training: `numOps` changes, each drawn out of eleven for the batch: shear, translation, rotation, brightness, colour degeneration, contrast,
 * sharpness, posterization, solarization, auto contrast, equalization. Images have three channels.
 *
 * ```ts
 * model.add(layers.randAugment({ numOps: 2, factor: 0.3 }))
 * ```
 */
export class RandAugment extends RandomImageLayer<Program> {
  private readonly valueRange: Bounds
  private readonly numOps: number
  private readonly factor: Bounds
  private readonly interpolation: 'nearest' | 'bilinear'
  private readonly steps: readonly Step[]

  constructor(options: RandAugmentOptions = {}) {
    super(options, 'RandAugment', ['valueRange', 'numOps', 'factor', 'interpolation'])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
    this.numOps = positive(this.name, 'numOps', options.numOps ?? 2)
    this.factor = factorRange(this.name, 'factor', options.factor ?? 0.5, [0, 1])
    this.interpolation = oneOf(this.name, 'interpolation', options.interpolation ?? 'bilinear', ['nearest', 'bilinear'])
    const settings = { factor: this.factor, valueRange: this.valueRange, interpolation: this.interpolation }
    this.steps = [...movingSteps(settings), ...lightSteps(settings), ...shadeSteps(settings)]
  }

  draw(_batch: Tensor, nextKey: () => Tensor): Program {
    const layerIdxes = random.randint(nextKey(), [this.numOps], 0, this.steps.length)
    return { layerIdxes, keys: stack(Array.from({ length: this.numOps }, nextKey)) }
  }

  transform(batch: Tensor, program: Program): Tensor {
    return this.inTurn(program, batch, (step, images, key) => step.images(images, key))
  }

  override transformMasks(masks: Tensor, program: Program): Tensor {
    return this.inTurn(program, masks, (step, moved, key) => step.masks(moved, key))
  }

  override transformLabelledBoxes(part: image.boundingBoxes.LabelledBoxes, program: Program, size: PixelSize): image.boundingBoxes.LabelledBoxes {
    return this.inTurn(program, part, (step, moved, key) => step.boxes(moved, key, size))
  }

  override getConfig(): LayerConfig {
    const { valueRange, numOps, factor, interpolation } = this
    return { ...super.getConfig(), valueRange, numOps, factor, interpolation }
  }

  /** One loop whose body is a choice, so that every change is compiled once. */
  private inTurn<R extends Tree>({ layerIdxes, keys }: Program, initial: R, apply: (step: Step, current: R, key: Tensor) => R): R {
    const [result] = scan<R, readonly []>(
      (current, x) => {
        const [index, key] = flattenTree(x).leaves
        if (index === undefined || key === undefined) return [current, []]
        return [chooseStep(index, this.steps, (step) => apply(step, current, key), current), []]
      },
      initial,
      [layerIdxes, keys],
    )
    return result
  }
}
