// Resizing without distortion.

import type { Tensor } from '../../core/index.ts'
import { type DataFormatOption } from '../data-format.ts'
import { cropToProportions, type Interpolation, resize } from './resize.ts'
import { checkSize } from './resize.ts'
import { imageAxes } from './layout.ts'

export interface SmartResizeOptions extends DataFormatOption {
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation
}

/** The largest part in the middle that has the target's proportions, resized: `[batch, height, width, channels]` to `[batch, …size, channels]`. */
export function smartResize(x: Tensor, size: readonly [height: number, width: number], options: SmartResizeOptions = {}): Tensor {
  checkSize('smartResize', size)
  return resize(cropToProportions(x, imageAxes('smartResize', x, options.dataFormat), size), size, options)
}
