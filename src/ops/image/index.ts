// Operations on images: `ops.image.resize`, `ops.image.rgbToHsv`.

export * as boundingBoxes from './bounding-boxes/index.ts'
export { gaussianBlur, type GaussianBlurOptions, sobelEdges } from './blur.ts'
export { hsvToRgb, rgbToGrayscale, rgbToHsv } from './color.ts'
export { cropImages, type CropImagesOptions, padImages, type PadImagesOptions } from './crop-pad.ts'
export { elasticTransform, type ElasticTransformOptions } from './elastic-transform.ts'
export type { DataFormat, DataFormatOption } from '../data-format.ts'
export { type FillMode, mapCoordinates, type MapCoordinatesOptions } from './map-coordinates.ts'
export { extractPatches, extractPatches3d, type ExtractPatchesOptions, reconstructPatches, type ReconstructPatchesOptions } from './patches.ts'
export {
  affineTransform,
  type AffineTransformOptions,
  homography,
  perspectiveTransform,
  type PerspectiveTransformOptions,
} from './projective-transform.ts'
export { type Interpolation, resize, type ResizeOptions } from './resize.ts'
export { scaleAndTranslate, type ScaleAndTranslateOptions } from './scale-and-translate.ts'
export { smartResize, type SmartResizeOptions } from './smart-resize.ts'
export { ssim, type SsimOptions } from './ssim.ts'
