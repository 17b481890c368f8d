// Ways to write a box, and from each to each: corners, corner and size, centre and size; in pixels or as shares of the image.

import { cast, concat, ConfigError, type DType, isFloat, type Operand, ShapeError, slice, Tensor } from '../../../core/index.ts'
import { oneOf } from '../layout.ts'

/**
 * What the four numbers of a box are: x and y of its left top and right bottom corner (`xyxy`), the same with y first (`yxyx`), the left top
 * corner with width and height (`xywh`), the centre with width and height (`center_xywh`) or with y and height first (`center_yxhw`). `rel_`: as
 * shares of the image's width and height.
 */
export type BoxFormat = 'xyxy' | 'yxyx' | 'xywh' | 'center_xywh' | 'center_yxhw' | 'rel_xyxy' | 'rel_yxyx' | 'rel_xywh' | 'rel_center_xywh'

export const boxFormats = ['xyxy', 'yxyx', 'xywh', 'center_xywh', 'center_yxhw', 'rel_xyxy', 'rel_yxyx', 'rel_xywh', 'rel_center_xywh'] as const

/** Boxes `[…, boxes, 4]` of images, with what they show `[…, boxes]`. */
export type LabelledBoxes = { readonly boxes: Tensor; readonly labels: Tensor }

export interface ConvertFormatOptions {
  readonly source: BoxFormat
  readonly target: BoxFormat
  /** Of the images, in pixels; needed where exactly one of the formats is relative. */
  readonly height?: Operand | undefined
  readonly width?: Operand | undefined
  /** Of the result. Default 'f32'. */
  readonly dtype?: DType
}

/** Four columns `[…, 1]`. */
export type Columns = readonly [Tensor, Tensor, Tensor, Tensor]

/** The four numbers of each box, `[…, 1]` each. */
export function columnsOf(where: string, boxes: Tensor): Columns {
  if (boxes.rank === 0 || boxes.dims.at(-1) !== 4) {
    throw new ShapeError(`${where}: expected boxes of shape […, 4], got ${boxes.toString()}. Give four numbers per box.`)
  }
  const column = (i: number): Tensor =>
    slice(
      boxes,
      boxes.dims.map((_, axis) => (axis === boxes.rank - 1 ? i : 0)),
      boxes.dims.map((d, axis) => (axis === boxes.rank - 1 ? 1 : d)),
    )
  return [column(0), column(1), column(2), column(3)]
}

/** Boxes of four columns. */
export const boxesOf = (columns: Columns): Tensor => concat(columns, -1)

type Shapes = 'xyxy' | 'yxyx' | 'xywh' | 'center_xywh' | 'center_yxhw'

const toCorners: { readonly [F in Shapes]: (columns: Columns) => Columns } = {
  xyxy: (corners) => corners,
  yxyx: ([y1, x1, y2, x2]) => [x1, y1, x2, y2],
  xywh: ([x, y, w, h]) => [x, y, x.add(w), y.add(h)],
  center_xywh: ([cx, cy, w, h]) => around(cx, cy, w, h),
  center_yxhw: ([cy, cx, h, w]) => around(cx, cy, w, h),
}

function around(cx: Tensor, cy: Tensor, w: Tensor, h: Tensor): Columns {
  const [halfWidth, halfHeight] = [w.multiply(0.5), h.multiply(0.5)]
  return [cx.subtract(halfWidth), cy.subtract(halfHeight), cx.add(halfWidth), cy.add(halfHeight)]
}

const middle = (low: Tensor, high: Tensor): Tensor => low.add(high.subtract(low).multiply(0.5))

const fromCorners: { readonly [F in Shapes]: (columns: Columns) => Columns } = {
  xyxy: (corners) => corners,
  yxyx: ([x1, y1, x2, y2]) => [y1, x1, y2, x2],
  xywh: ([x1, y1, x2, y2]) => [x1, y1, x2.subtract(x1), y2.subtract(y1)],
  center_xywh: ([x1, y1, x2, y2]) => [middle(x1, x2), middle(y1, y2), x2.subtract(x1), y2.subtract(y1)],
  center_yxhw: ([x1, y1, x2, y2]) => [middle(y1, y2), middle(x1, x2), y2.subtract(y1), x2.subtract(x1)],
}

const absolute: { readonly [F in BoxFormat]: Shapes } = {
  xyxy: 'xyxy',
  yxyx: 'yxyx',
  xywh: 'xywh',
  center_xywh: 'center_xywh',
  center_yxhw: 'center_yxhw',
  rel_xyxy: 'xyxy',
  rel_yxyx: 'yxyx',
  rel_xywh: 'xywh',
  rel_center_xywh: 'center_xywh',
}

/** A box format by name, or a ConfigError. */
export const boxFormatOf = (where: string, option: string, value: string): BoxFormat => oneOf(where, option, value.toLowerCase(), boxFormats)

/**
 * Boxes `[…, 4]` in another format. A ConfigError where `height` and `width` are missing to go between pixels and shares.
 *
 * ```ts
 * const corners = convertFormat(boxes, { source: 'center_xywh', target: 'rel_xyxy', height: 480, width: 640 })
 * ```
 */
export function convertFormat(boxes: Tensor, options: ConvertFormatOptions): Tensor
export function convertFormat(boxes: LabelledBoxes, options: ConvertFormatOptions): LabelledBoxes
export function convertFormat(boxes: Tensor | LabelledBoxes, options: ConvertFormatOptions): Tensor | LabelledBoxes {
  return boxes instanceof Tensor ? converted(boxes, options) : { ...boxes, boxes: converted(boxes.boxes, options) }
}

function converted(boxes: Tensor, { source: from, target: to, height, width, dtype = 'f32' }: ConvertFormatOptions): Tensor {
  const [source, target] = [boxFormatOf('convertFormat', 'source', from), boxFormatOf('convertFormat', 'target', to)]
  const columns = columnsOf('convertFormat', cast(boxes, dtype))
  if (source === target) return cast(boxes, dtype)
  const [wasRelative, isRelative] = [source.startsWith('rel_'), target.startsWith('rel_')]
  const corners = toCorners[absolute[source]](columns)
  if (wasRelative === isRelative) return boxesOf(fromCorners[absolute[target]](corners))
  if (height === undefined || width === undefined) {
    throw new ConfigError(
      `convertFormat: expected height and width of the images to go from '${source}' to '${target}', got ${describe(height)} and ${describe(width)}. Give both in pixels.`,
    )
  }
  const scale = (x: Tensor, size: Operand): Tensor => {
    const pixels = typeof size === 'number' ? size : cast(size, isFloat(dtype) ? dtype : 'f32')
    return wasRelative ? x.multiply(pixels) : x.divide(pixels)
  }
  const [x1, y1, x2, y2] = corners
  const scaled: Columns = [scale(x1, width), scale(y1, height), scale(x2, width), scale(y2, height)]
  return boxesOf(fromCorners[absolute[target]](scaled))
}

const describe = (size: Operand | undefined): string => (size === undefined ? 'nothing' : String(size))
