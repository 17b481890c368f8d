// Resampling any axes with a scale and a shift each.

import { ConfigError, max, min, maximum, minimum, cast, isFloat, round, staticDim, type Tensor, slice, reshape } from '../../core/index.ts'
import { oneOf } from './layout.ts'
import { asFloats, resample } from './resize.ts'
import type { SamplingKernel } from './sampling-weights.ts'

/** Kernels by name; those of one row are the same. */
const methods = {
  linear: 'linear',
  bilinear: 'linear',
  trilinear: 'linear',
  cubic: 'cubic',
  bicubic: 'cubic',
  tricubic: 'cubic',
  lanczos3: 'lanczos3',
  lanczos5: 'lanczos5',
} as const satisfies { readonly [name: string]: SamplingKernel }

export interface ScaleAndTranslateOptions {
  /** Axes that are resampled, one for each scale and translation. */
  readonly spatialDims: readonly number[]
  readonly method: keyof typeof methods
  /** Average over all input pixels that an output pixel covers where an axis shrinks. Default true. */
  readonly antialias?: boolean
}

const names = ['linear', 'bilinear', 'trilinear', 'cubic', 'bicubic', 'tricubic', 'lanczos3', 'lanczos5'] as const

/**
 * `images` resampled to `outputShape`: along spatial axis i, output place p shows input place (p − translation[i]) / scale[i], edges counted from
 * pixel corners; outside the input is 0. `scale` and `translation` are `[spatialDims.length]`, differentiable. Whole numbers are rounded and kept
 * between the images' extremes.
 */
export function scaleAndTranslate(
  images: Tensor,
  outputShape: readonly number[],
  scale: Tensor,
  translation: Tensor,
  { spatialDims, method, antialias = true }: ScaleAndTranslateOptions,
): Tensor {
  const kernel = methods[oneOf('scaleAndTranslate', 'method', method, names)]
  const axes = spatialDims.map((axis) => (axis < 0 ? axis + images.rank : axis))
  if (axes.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= images.rank) || new Set(axes).size !== axes.length) {
    throw new ConfigError(
      `scaleAndTranslate: expected spatialDims to be different axes of ${images.toString()}, got [${spatialDims.join(', ')}]. Change them.`,
    )
  }
  if (outputShape.length !== images.rank) {
    throw new ConfigError(
      `scaleAndTranslate: expected outputShape to have ${images.rank} sizes for ${images.toString()}, got [${outputShape.join(', ')}]. Give one per axis.`,
    )
  }
  for (const [name, values] of [
    ['scale', scale],
    ['translation', translation],
  ] as const) {
    if (values.rank !== 1 || staticDim(values.dims[0] ?? 0, 'scaleAndTranslate') !== axes.length) {
      throw new ConfigError(
        `scaleAndTranslate: expected ${name} to be [${axes.length}], one for each of spatialDims, got ${values.toString()}. Give one per axis.`,
      )
    }
  }
  if (axes.length === 0) return images
  const entry = (values: Tensor, i: number): Tensor => reshape(slice(values, [i], [1]), [])
  const floats = asFloats(images)
  const sizes = axes.map((axis) => outputShape[axis] ?? 1)
  const result = resample(floats, axes, sizes, (_, i) => ({
    scale: cast(entry(scale, i), floats.dtype),
    translation: cast(entry(translation, i), floats.dtype),
    kernel,
    antialias,
  }))
  if (isFloat(images.dtype)) return result
  return cast(minimum(maximum(round(result), cast(min(images), 'f32')), cast(max(images), 'f32')), images.dtype)
}
