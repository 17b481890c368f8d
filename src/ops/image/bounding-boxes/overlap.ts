// How much boxes overlap: intersection over union, plain and complete (Zheng et al. 2020).

import { compare, ConfigError, logicalOr, max, maximum, minimum, ShapeError, squeeze, type Tensor, transpose, where } from '../../../core/index.ts'
import { arctan } from '../../elementwise/trigonometry.ts'
import { type BoxFormat, columnsOf, convertFormat } from './formats.ts'

/** Keras's fuzz factor: what keeps quotients finite. */
const epsilon = 1e-7

export interface IouOptions {
  readonly boundingBoxFormat: BoxFormat
  /** `[height, width, channels]` of the images; needed for relative formats. */
  readonly imageShape?: readonly [height: number, width: number, channels: number]
  /** Whether pairs with a box that lies left or above of the image (such as one of −1s) get `maskVal`. Default false. */
  readonly useMasking?: boolean
  /** Default −1. */
  readonly maskVal?: number
}

/**
 * Intersection over union of every pair: boxes `[n, 4]` and `[m, 4]` give `[n, m]`, with a batch axis on either (or both) `[batch, n, m]`.
 */
export function computeIou(boxes1: Tensor, boxes2: Tensor, options: IouOptions): Tensor {
  const { boundingBoxFormat, imageShape, useMasking = false, maskVal = -1 } = options
  for (const boxes of [boxes1, boxes2]) {
    if (boxes.rank !== 2 && boxes.rank !== 3)
      throw new ShapeError(`computeIou: expected boxes of shape [boxes, 4] or [batch, boxes, 4], got ${boxes.toString()}. Reshape them.`)
  }
  if (boundingBoxFormat.startsWith('rel') && imageShape === undefined) {
    throw new ConfigError(`computeIou: expected imageShape for boxes in '${boundingBoxFormat}', got none. Give [height, width, channels].`)
  }
  const [height, width] = imageShape ?? []
  const corners = (boxes: Tensor): Tensor => convertFormat(boxes, { source: boundingBoxFormat, target: 'yxyx', height, width })
  const [first, second] = [corners(boxes1), corners(boxes2)]
  const [top1, left1, bottom1, right1] = columnsOf('computeIou', first)
  const [top2, left2, bottom2, right2] = columnsOf('computeIou', second)
  const across = (x: Tensor): Tensor => transpose(x)
  const shared = (low1: Tensor, high1: Tensor, low2: Tensor, high2: Tensor): Tensor =>
    maximum(minimum(high1, across(high2)).subtract(maximum(low1, across(low2))), 0)
  const intersection = shared(top1, bottom1, top2, bottom2).multiply(shared(left1, right1, left2, right2))
  const area1 = bottom1.subtract(top1).multiply(right1.subtract(left1))
  const area2 = bottom2.subtract(top2).multiply(right2.subtract(left2))
  const union = area1.add(across(area2)).subtract(intersection)
  const iou = intersection.divide(union.add(epsilon))
  if (!useMasking) return iou
  const outside = (boxes: Tensor): Tensor => compare('less', max(boxes, -1, { keepDims: true }), 0)
  return where(logicalOr(outside(first), across(outside(second))), maskVal, iou)
}

/**
 * Complete intersection over union of boxes one by one, `[…, 4]` and `[…, 4]` to `[…]`: the overlap less the distance of the centres (as a share of
 * the diagonal around both) less how much the proportions differ. Not for relative formats.
 */
export function computeCiou(
  boxes1: Tensor,
  boxes2: Tensor,
  { boundingBoxFormat, imageShape }: Pick<IouOptions, 'boundingBoxFormat' | 'imageShape'>,
): Tensor {
  if (boundingBoxFormat.includes('rel')) {
    throw new ConfigError(`computeCiou: expected boxes in pixels, got '${boundingBoxFormat}'. Convert them first.`)
  }
  const [imageHeight, imageWidth] = imageShape ?? []
  const corners = (boxes: Tensor): Tensor =>
    convertFormat(boxes, { source: boundingBoxFormat, target: 'xyxy', height: imageHeight, width: imageWidth })
  const [left1, top1, right1, bottom1] = columnsOf('computeCiou', corners(boxes1))
  const [left2, top2, right2, bottom2] = columnsOf('computeCiou', corners(boxes2))
  const [width1, height1] = [right1.subtract(left1), bottom1.subtract(top1).add(epsilon)]
  const [width2, height2] = [right2.subtract(left2), bottom2.subtract(top2).add(epsilon)]
  const shared = maximum(minimum(right1, right2).subtract(maximum(left1, left2)), 0).multiply(
    maximum(minimum(bottom1, bottom2).subtract(maximum(top1, top2)), 0),
  )
  const union = width1.multiply(height1).add(width2.multiply(height2)).subtract(shared).add(epsilon)
  const iou = shared.divide(union.add(epsilon))
  const aroundWidth = maximum(right1, right2).subtract(minimum(left1, left2))
  const aroundHeight = maximum(bottom1, bottom2).subtract(minimum(top1, top2))
  const diagonal = aroundWidth.multiply(aroundWidth).add(aroundHeight.multiply(aroundHeight)).add(epsilon)
  const acrossX = left1.add(right1).subtract(left2.add(right2)).multiply(0.5)
  const acrossY = top1.add(bottom1).subtract(top2.add(bottom2)).multiply(0.5)
  const distance = acrossX.multiply(acrossX).add(acrossY.multiply(acrossY))
  const difference = arctan(width2.divide(height2)).subtract(arctan(width1.divide(height1)))
  const v = difference.multiply(difference).multiply(4 / Math.PI ** 2)
  const alpha = v.divide(v.subtract(iou).add(1 + epsilon))
  return squeeze(iou.subtract(distance.divide(diagonal)).subtract(v.multiply(alpha)), -1)
}
