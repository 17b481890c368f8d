// Boxes (xyxy) in images of which a part is stretched to another size.

import { concat, split, type Tensor } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import type { PixelSize } from './image-layer.ts'

/** A part of an image, in its pixels. */
export interface ImagePart extends PixelSize {
  readonly top: number
  readonly left: number
}

/** The largest part in the middle that has the proportions of `target`. */
export function middlePart(size: PixelSize, target: PixelSize): ImagePart {
  const height = Math.max(Math.min(size.height, Math.trunc((size.width * target.height) / target.width)), 1)
  const width = Math.max(Math.min(size.width, Math.trunc((size.height * target.width) / target.height)), 1)
  return { height, width, top: Math.trunc((size.height - height) / 2), left: Math.trunc((size.width - width) / 2) }
}

/** Boxes in the coordinates of a part that is stretched to `target`; what lies outside is cut off. */
export function boxesOnPart(boxes: Tensor, part: ImagePart, target: PixelSize): Tensor {
  const [x1, y1, x2, y2] = columns(image.boundingBoxes.crop(boxes, part))
  const [x, y] = [target.width / part.width, target.height / part.height]
  return boxesOfColumns([x1.multiply(x), y1.multiply(y), x2.multiply(x), y2.multiply(y)])
}

/** The four numbers of each box, `[batch, boxes, 1]` each. */
export function columns(boxes: Tensor): readonly [Tensor, Tensor, Tensor, Tensor] {
  const [a = boxes, b = boxes, c = boxes, d = boxes] = split(boxes, 4, -1)
  return [a, b, c, d]
}

/** Boxes of four columns. */
export const boxesOfColumns = (parts: readonly [Tensor, Tensor, Tensor, Tensor]): Tensor => concat(parts, -1)
