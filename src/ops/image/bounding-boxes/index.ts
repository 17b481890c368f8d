// Bounding boxes: formats, cutting and moving, overlap, differences from anchors.

export { type DecodeOptions, decodeDeltasToBoxes, type DeltaFormat, encodeBoxToDeltas, type EncodeOptions, type Levels } from './deltas.ts'
export { type BoxFormat, boxFormats, convertFormat, type ConvertFormatOptions, type LabelledBoxes } from './formats.ts'
export { computeCiou, computeIou, type IouOptions } from './overlap.ts'
export {
  affineTransform,
  type BoxAffineOptions,
  type BoxCropOptions,
  type BoxPadOptions,
  clipToImageSize,
  type ClipOptions,
  crop,
  pad,
} from './regions.ts'
