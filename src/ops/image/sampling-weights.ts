// How much each input position adds to each output position when an axis is resampled: a kernel around the output's place in the input, wider
// where the axis shrinks and antialiasing is asked for (the weights of jax.image.scale_and_translate).

import { abs, compare, divide, type DType, iota, logicalAnd, maximum, type Operand, sin, sum, type Tensor, where } from '../../core/index.ts'

/** Kernels of resampling: triangle, Keys's cubic with a = −0.5 (Keys 1981), windowed sinc (Lanczos) of radius 3 and 5. */
export type SamplingKernel = 'linear' | 'cubic' | 'lanczos3' | 'lanczos5'

const triangle = (x: Tensor): Tensor => maximum(x.negate().add(1), 0)

function keysCubic(x: Tensor): Tensor {
  const near = x.multiply(1.5).subtract(2.5).multiply(x).multiply(x).add(1)
  const far = x.multiply(-0.5).add(2.5).multiply(x).subtract(4).multiply(x).add(2)
  return where(compare('greaterEqual', x, 2), 0, where(compare('greaterEqual', x, 1), far, near))
}

function lanczos(x: Tensor, radius: number): Tensor {
  const product = sin(x.multiply(Math.PI))
    .multiply(sin(x.multiply(Math.PI / radius)))
    .multiply(radius)
  const away = compare('greater', x, 1e-3)
  const safe = where(away, x, 1)
  const inside = where(away, product.divide(safe.multiply(safe).multiply(Math.PI ** 2)), 1)
  return where(compare('greater', x, radius), 0, inside)
}

const kernels: { readonly [K in SamplingKernel]: (distance: Tensor) => Tensor } = {
  linear: triangle,
  cubic: keysCubic,
  lanczos3: (x) => lanczos(x, 3),
  lanczos5: (x) => lanczos(x, 5),
}

/** What {@link samplingWeights} resamples. */
export interface AxisResampling {
  readonly inputSize: number
  readonly outputSize: number
  /** Output pixels per input pixel: a number or a scalar tensor. */
  readonly scale: Operand
  /** Where the input's edge comes to lie, in output pixels. */
  readonly translation: Operand
  readonly kernel: SamplingKernel
  readonly antialias: boolean
  readonly dtype: DType
}

/** Weights `[inputSize, outputSize]` whose columns add up to 1, or to 0 where the output lies outside the input. */
export function samplingWeights({ inputSize, outputSize, scale, translation, kernel, antialias, dtype }: AxisResampling): Tensor {
  const inverse: Operand = typeof scale === 'number' ? 1 / scale : divide(1, scale)
  const stretch: Operand = antialias ? (typeof inverse === 'number' ? Math.max(inverse, 1) : maximum(inverse, 1)) : 1
  const place = iota([1, outputSize], 1, dtype).add(0.5).subtract(translation).multiply(inverse).subtract(0.5)
  const weights = kernels[kernel](abs(place.subtract(iota([inputSize, 1], 0, dtype))).divide(stretch))
  const total = sum(weights, 0, { keepDims: true })
  const known = compare('greater', abs(total), 1000 * 2 ** -23)
  const inside = logicalAnd(compare('greaterEqual', place, -0.5), compare('lessEqual', place, inputSize - 0.5))
  return where(logicalAnd(known, inside), weights.divide(where(known, total, 1)), 0)
}
