// Boxes as differences from anchors, what detectors predict: the centre's shift in anchor sizes, and the logarithm of the sizes' ratio.

import { cast, concat, ConfigError, exp, log, maximum, type Operand, slice, Tensor, tensor } from '../../../core/index.ts'
import { oneOf } from '../layout.ts'
import { type BoxFormat, convertFormat } from './formats.ts'

/** How differences are ordered. */
export type DeltaFormat = 'center_xywh' | 'center_yxhw'

interface DeltaOptions {
  readonly anchorFormat: BoxFormat
  readonly boxFormat: BoxFormat
  /** What the differences are divided by, for centre and size. */
  readonly variance?: Tensor | readonly number[]
  /** `[height, width, channels]` of the images; needed where formats are relative. */
  readonly imageShape?: readonly [height: number, width: number, channels: number]
}

export interface EncodeOptions extends DeltaOptions {
  /** Default 'center_yxhw'. */
  readonly encodingFormat?: DeltaFormat
}

export interface DecodeOptions extends DeltaOptions {
  /** Default 'center_yxhw'. */
  readonly encodedFormat?: DeltaFormat
}

function varianceOf(where: string, variance: DeltaOptions['variance']): Tensor | undefined {
  if (variance === undefined) return undefined
  const values = variance instanceof Tensor ? cast(variance, 'f32') : tensor(variance)
  if (values.dims.at(-1) !== 4) throw new ConfigError(`${where}: expected variance to be four numbers, got ${values.toString()}. Give four.`)
  return values
}

/** Two columns of `[…, 4]` from `start` on. */
function pair(boxes: Tensor, start: 0 | 2): Tensor {
  return slice(
    boxes,
    boxes.dims.map((_, axis) => (axis === boxes.rank - 1 ? start : 0)),
    boxes.dims.map((d, axis) => (axis === boxes.rank - 1 ? 2 : d)),
  )
}

const formats = ['center_xywh', 'center_yxhw'] as const

/** Boxes `[…, boxes, 4]` as differences from anchors `[boxes, 4]`: (centre − anchor's) / anchor's size, log(size / anchor's size). */
export function encodeBoxToDeltas(anchors: Tensor, boxes: Tensor, options: EncodeOptions): Tensor {
  const target = oneOf('encodeBoxToDeltas', 'encodingFormat', options.encodingFormat ?? 'center_yxhw', formats)
  const variance = varianceOf('encodeBoxToDeltas', options.variance)
  const [height, width] = options.imageShape ?? []
  const anchor = convertFormat(anchors, { source: options.anchorFormat, target, height, width })
  const box = convertFormat(boxes, { source: options.boxFormat, target, height, width })
  const [anchorSize, boxSize] = [maximum(pair(anchor, 2), 1e-7), maximum(pair(box, 2), 1e-7)]
  const shift = pair(box, 0).subtract(pair(anchor, 0)).divide(anchorSize)
  const deltas = concat([shift, log(boxSize.divide(anchorSize))], -1)
  return variance === undefined ? deltas : deltas.divide(variance)
}

/** A tensor, or one for each level of a feature pyramid. */
export type Levels = { readonly [level: string]: Tensor }

/** The inverse of {@link encodeBoxToDeltas}; of several levels each on its own. */
export function decodeDeltasToBoxes(anchors: Tensor, boxesDelta: Tensor, options: DecodeOptions): Tensor
export function decodeDeltasToBoxes(anchors: Levels, boxesDelta: Levels, options: DecodeOptions): Levels
export function decodeDeltasToBoxes(anchors: Tensor | Levels, boxesDelta: Tensor | Levels, options: DecodeOptions): Tensor | Levels {
  if (anchors instanceof Tensor && boxesDelta instanceof Tensor) return decoded(anchors, boxesDelta, options)
  if (anchors instanceof Tensor || boxesDelta instanceof Tensor) {
    throw new ConfigError('decodeDeltasToBoxes: expected anchors and deltas to be both tensors or both levels, got one of each. Make them alike.')
  }
  return Object.fromEntries(
    Object.entries(anchors).map(([level, anchor]) => {
      const delta = boxesDelta[level]
      if (delta === undefined) throw new ConfigError(`decodeDeltasToBoxes: expected deltas for level '${level}', got none. Add them.`)
      return [level, decoded(anchor, delta, options)]
    }),
  )
}

function decoded(anchors: Tensor, boxesDelta: Tensor, options: DecodeOptions): Tensor {
  const source = oneOf('decodeDeltasToBoxes', 'encodedFormat', options.encodedFormat ?? 'center_yxhw', formats)
  const variance = varianceOf('decodeDeltasToBoxes', options.variance)
  const [height, width]: readonly (Operand | undefined)[] = options.imageShape ?? []
  const anchor = convertFormat(anchors, { source: options.anchorFormat, target: source, height, width })
  const delta = variance === undefined ? boxesDelta : boxesDelta.multiply(variance)
  const size = pair(anchor, 2)
  const box = concat([pair(delta, 0).multiply(size).add(pair(anchor, 0)), exp(pair(delta, 2)).multiply(size)], -1)
  return convertFormat(box, { source, target: options.boxFormat, height, width })
}
