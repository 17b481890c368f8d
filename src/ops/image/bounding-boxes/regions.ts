// Boxes of images that are cut, padded, clipped or moved.

import {
  asTensor,
  cast,
  compare,
  concat,
  type Dim,
  isFloat,
  matmul,
  max,
  maximum,
  min,
  minimum,
  type Operand,
  reshape,
  sin,
  cos,
  stack,
  squeeze,
  type Tensor,
  where,
  ConfigError,
} from '../../../core/index.ts'
import { boxesOf, columnsOf } from './formats.ts'

export interface ImageSize {
  /** In pixels. */
  readonly height?: Operand
  readonly width?: Operand
}

export interface ClipOptions extends ImageSize {
  /** 'xyxy' (needs height and width) or 'rel_xyxy'. Default 'xyxy'. */
  readonly boundingBoxFormat?: 'xyxy' | 'rel_xyxy'
}

const between = (x: Tensor, high: Operand): Tensor => minimum(maximum(x, 0), high)

/** Boxes cut off at the image's edges; the labels of those that vanish become −1. */
export function clipToImageSize<B extends { readonly boxes: Tensor; readonly labels?: Tensor }>(boundingBoxes: B, options: ClipOptions = {}): B {
  const { boundingBoxFormat = 'xyxy' } = options
  if (boundingBoxFormat !== 'xyxy' && boundingBoxFormat !== 'rel_xyxy') {
    throw new ConfigError(
      `clipToImageSize: expected boundingBoxFormat 'xyxy' or 'rel_xyxy', got '${String(boundingBoxFormat)}'. Convert the boxes first.`,
    )
  }
  const [height, width] = boundingBoxFormat === 'rel_xyxy' ? [1, 1] : [options.height, options.width]
  if (height === undefined || width === undefined) {
    throw new ConfigError("clipToImageSize: expected height and width for boxes in 'xyxy', got none. Give both in pixels.")
  }
  const [x1, y1, x2, y2] = columnsOf('clipToImageSize', boundingBoxes.boxes)
  const [left, top, right, bottom] = [between(x1, width), between(y1, height), between(x2, width), between(y2, height)]
  const boxes = boxesOf([left, top, right, bottom])
  const { labels } = boundingBoxes
  if (labels === undefined) return { ...boundingBoxes, boxes }
  const area = squeeze(right.subtract(left).multiply(bottom.subtract(top)), -1)
  return { ...boundingBoxes, boxes, labels: where(compare('greater', area, 0), labels, -1) }
}

export interface BoxCropOptions {
  /** Of the part that is kept, in pixels of the image. */
  readonly top: Operand
  readonly left: Operand
  readonly height: Operand
  readonly width: Operand
  /** Only 'xyxy'. */
  readonly boundingBoxFormat?: 'xyxy'
}

/** Boxes `[…, 4]` (xyxy) in the coordinates of a part of the image, cut off at its edges. */
export function crop(boxes: Tensor, { top, left, height, width, boundingBoxFormat }: BoxCropOptions): Tensor {
  onlyCorners('crop', boundingBoxFormat)
  const [x1, y1, x2, y2] = columnsOf('crop', boxes)
  return boxesOf([
    between(x1.subtract(left), width),
    between(y1.subtract(top), height),
    between(x2.subtract(left), width),
    between(y2.subtract(top), height),
  ])
}

export interface BoxPadOptions {
  /** Pixels added above and to the left. */
  readonly top: Operand
  readonly left: Operand
  /** Of the padded image; boxes do not depend on them. */
  readonly height?: Operand
  readonly width?: Operand
  /** Only 'xyxy'. */
  readonly boundingBoxFormat?: 'xyxy'
}

/** Boxes `[…, 4]` (xyxy) in the coordinates of a padded image. */
export function pad(boxes: Tensor, { top, left, boundingBoxFormat }: BoxPadOptions): Tensor {
  onlyCorners('pad', boundingBoxFormat)
  const [x1, y1, x2, y2] = columnsOf('pad', boxes)
  return boxesOf([x1.add(left), y1.add(top), x2.add(left), y2.add(top)])
}

function onlyCorners(where: string, format: string | undefined): void {
  if (format === undefined || format === 'xyxy') return
  throw new ConfigError(`${where}: expected boundingBoxFormat 'xyxy', got '${format}'. Convert the boxes first.`)
}

/** How images are moved: one number per image, `[batch]`. */
export interface BoxAffineOptions {
  /** In degrees. */
  readonly angle: Tensor
  /** Shifts as shares of width and height. */
  readonly translateX: Tensor
  readonly translateY: Tensor
  readonly scale: Tensor
  /** In degrees. */
  readonly shearX: Tensor
  readonly shearY: Tensor
  /** Of the images, in pixels. */
  readonly height: Operand
  readonly width: Operand
  /** As shares of width and height. Default 0.5. */
  readonly centerX?: number
  readonly centerY?: number
  /** Only 'xyxy'. */
  readonly boundingBoxFormat?: 'xyxy'
}

/** Boxes `[batch, boxes, 4]` (xyxy) of images that are turned, shifted, zoomed and sheared: the smallest upright boxes around the moved ones. */
export function affineTransform(boxes: Tensor, options: BoxAffineOptions): Tensor {
  onlyCorners('affineTransform', options.boundingBoxFormat)
  const matrix = inverseMatrix(options)
  const dtype = matrix.dtype
  const [x1, y1, x2, y2] = columnsOf('affineTransform', cast(boxes, dtype))
  const one = x1.multiply(0).add(1)
  const corner = (x: Tensor, y: Tensor): Tensor => concat([x, y, one], -1)
  // [batch, boxes, corner, 3] times [batch, 1, 3, 2].
  const corners = stack([corner(x1, y1), corner(x2, y1), corner(x2, y2), corner(x1, y2)], 2)
  const batch: Dim = matrix.dims[0] ?? 1
  const moved = matmul(corners, reshape(matrix, [batch, 1, 3, 2]))
  return concat([min(moved, 2), max(moved, 2)], -1)
}

/** `[batch, 3, 2]`: the columns take x, y, 1 to x′ and y′. */
function inverseMatrix({
  angle,
  translateX,
  translateY,
  scale,
  shearX,
  shearY,
  height,
  width,
  centerX = 0.5,
  centerY = 0.5,
}: BoxAffineOptions): Tensor {
  const float = (x: Operand): Tensor => (typeof x === 'number' ? asTensor(x) : isFloat(x.dtype) ? x : cast(x, 'f32'))
  const radians = (degrees: Tensor): Tensor => float(degrees).multiply(-Math.PI / 180)
  const [lastX, lastY] = [float(width).subtract(1), float(height).subtract(1)]
  const [cx, cy] = [lastX.multiply(centerX), lastY.multiply(centerY)]
  const [turn, sx, sy] = [radians(angle), radians(shearX), radians(shearY)]
  const [movedX, movedY] = [cx.subtract(float(translateX).multiply(lastX)), cy.subtract(float(translateY).multiply(lastY))]
  const [cosSy, tanSx, rest] = [cos(sy), sin(sx).divide(cos(sx)), turn.subtract(sy)]
  const a = cos(rest).divide(cosSy)
  const b = a.multiply(tanSx).add(sin(turn))
  const c = sin(rest).negate().divide(cosSy)
  const d = cos(turn).subtract(c.multiply(tanSx))
  const [a0, a1, b0, b1] = [d.multiply(scale), b.negate().multiply(scale), c.negate().multiply(scale), a.multiply(scale)]
  const a2 = cx.subtract(a0.multiply(movedX)).subtract(a1.multiply(movedY))
  const b2 = cy.subtract(b0.multiply(movedX)).subtract(b1.multiply(movedY))
  return stack([stack([a0, b0], -1), stack([a1, b1], -1), stack([a2, b2], -1)], 1)
}
