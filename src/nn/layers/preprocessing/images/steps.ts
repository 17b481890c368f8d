// Layers on images as steps of other layers: one of several, chosen by a number that is drawn, runs; the others cost nothing.

import { cond, type Tensor, type Tree, zeros } from '../../../../core/index.ts'
import type { image } from '../../../../ops/index.ts'
import { keySequence } from '../../../layer/keys.ts'
import { AutoContrast } from './auto-contrast.ts'
import { Equalization } from './equalization.ts'
import type { ImageLayer, PixelSize } from './image-layer.ts'
import { RandomBrightness } from './random-brightness.ts'
import { RandomColorDegeneration } from './random-color-degeneration.ts'
import { RandomContrast } from './random-contrast.ts'
import { RandomPosterization } from './random-posterization.ts'
import { RandomRotation } from './random-rotation.ts'
import { RandomSharpness } from './random-sharpness.ts'
import { RandomShear } from './random-shear.ts'
import { RandomTranslation } from './random-translation.ts'
import type { Bounds } from './ranges.ts'
import { Solarization } from './solarization.ts'

/** What a layer does, with everything it draws from one key: the same key does the same to images, masks and boxes. */
export interface Step {
  readonly images: (batch: Tensor, key: Tensor) => Tensor
  readonly masks: (masks: Tensor, key: Tensor) => Tensor
  readonly boxes: (part: image.boundingBoxes.LabelledBoxes, key: Tensor, size: PixelSize) => image.boundingBoxes.LabelledBoxes
}

/** A layer as a step. */
export function stepOf<T extends Tree>(layer: ImageLayer<T>): Step {
  const drawn = (batch: Tensor, key: Tensor): T => layer.draw(batch, keySequence(key))
  return {
    images: (batch, key) => layer.transform(batch, drawn(batch, key)),
    masks: (masks, key) => layer.transformMasks(masks, drawn(masks, key)),
    boxes: (part, key, size) => layer.transformLabelledBoxes(part, drawn(blank(part.boxes, size), key), size),
  }
}

/** As many images of a size as there are lists of boxes: draws depend on nothing else. */
const blank = (boxes: Tensor, { height, width }: PixelSize): Tensor => zeros([boxes.dims[0] ?? 1, height, width, 3])

/** What the steps of {@link movingSteps}, {@link lightSteps} and {@link shadeSteps} are made from. */
export interface StepOptions {
  readonly factor: Bounds
  readonly valueRange: Bounds
  readonly interpolation: 'nearest' | 'bilinear'
}

/** Shear, translation, rotation. */
export const movingSteps = ({ factor, interpolation }: StepOptions): readonly Step[] => [
  stepOf(new RandomShear({ xFactor: factor, yFactor: factor, interpolation })),
  stepOf(new RandomTranslation({ heightFactor: factor, widthFactor: factor, interpolation })),
  stepOf(new RandomRotation({ factor, interpolation })),
]

/** Brightness, colour degeneration, contrast, sharpness. */
export const lightSteps = ({ factor, valueRange }: StepOptions): readonly Step[] => [
  stepOf(new RandomBrightness({ factor, valueRange })),
  stepOf(new RandomColorDegeneration({ factor, valueRange })),
  stepOf(new RandomContrast({ factor, valueRange })),
  stepOf(new RandomSharpness({ factor, valueRange })),
]

/** Posterization, solarization, auto contrast, equalization. */
export const shadeSteps = ({ factor, valueRange }: StepOptions): readonly Step[] => [
  stepOf(new RandomPosterization({ factor: Math.max(1, Math.trunc(8 * factor[1])), valueRange })),
  stepOf(new Solarization({ additionFactor: factor, thresholdFactor: factor, valueRange })),
  stepOf(new AutoContrast({ valueRange })),
  stepOf(new Equalization({ valueRange })),
]

/** What `apply` makes of the step that a scalar index names (of `none`, where there is no such step); only that one runs. */
export function chooseStep<R extends Tree>(index: Tensor, steps: readonly Step[], apply: (step: Step) => R, none: R): R {
  const pick = (from: number, to: number): R => {
    const only = steps[from]
    if (to - from <= 1) return only === undefined ? none : apply(only)
    const middle = Math.floor((from + to) / 2)
    return cond(
      index.less(middle),
      () => pick(from, middle),
      () => pick(middle, to),
    )
  }
  return pick(0, steps.length + 1)
}
