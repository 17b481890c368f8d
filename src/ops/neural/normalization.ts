// Normalisation: values brought to mean 0 and variance 1, or to length 1.

import {
  abs,
  type Axes,
  binary,
  cast,
  ConfigError,
  type Dims,
  isFloat,
  max,
  mean,
  normalizeAxes,
  normalizeAxis,
  promote,
  reshape,
  rsqrt,
  type Shape,
  ShapeError,
  showDims,
  square,
  sum,
  type Tensor,
  variance,
} from '../../core/index.ts'

/** Keras's `backend.epsilon()`. */
const fuzz = 1e-7

/** x in at least 32 bits: sums of squares overflow in f16. */
const wide = (x: Tensor): Tensor => cast(x, promote(x.dtype, 'f32'))
const back = (result: Tensor, x: Tensor): Tensor => (isFloat(x.dtype) ? cast(result, x.dtype) : result)

/** Options of {@link batchNormalization}. */
export interface BatchNormalizationOptions {
  /** The axis that mean and variance belong to. Default −1, the channels. */
  readonly axis?: number
  /** Added at the end, `[channels]`: beta. */
  readonly offset?: Tensor
  /** Multiplies what is normalised, `[channels]`: gamma. */
  readonly scale?: Tensor
  /** Added to the variance. Default 0.001. */
  readonly epsilon?: number
}

/** (x − mean) / √(variance + epsilon) · scale + offset, with one mean and variance `[channels]` for each element of an axis (Ioffe & Szegedy 2015). */
export function batchNormalization(x: Tensor, mean_: Tensor, variance_: Tensor, options: BatchNormalizationOptions = {}): Tensor {
  const { axis = -1, offset, scale, epsilon = 1e-3 } = options
  const at = normalizeAxis('batchNormalization', axis, x.dims)
  const channels = x.dims[at] ?? 1
  const spread = (name: string, t: Tensor): Tensor => {
    if (t.rank !== 1 || String(t.dims[0]) !== String(channels)) {
      throw new ShapeError(
        `batchNormalization: expected ${name} of [${String(channels)}] for axis ${axis} of ${showDims(x.dims)}, got ${showDims(t.dims)}. Check the axis.`,
      )
    }
    const shape: Dims = x.dims.map((_, i) => (i === at ? channels : 1))
    return reshape<Shape, Dims>(t, shape)
  }
  const inverse = rsqrt(binary('add', spread('variance', variance_), epsilon))
  const factor = scale === undefined ? inverse : binary('multiply', inverse, spread('scale', scale))
  const scaled = binary('multiply', binary('subtract', x, spread('mean', mean_)), factor)
  return offset === undefined ? scaled : binary('add', scaled, spread('offset', offset))
}

/** Options of {@link layerNormalization}. */
export interface LayerNormalizationOptions {
  /** Multiplies what is normalised, of the sizes of the axes. */
  readonly gamma?: Tensor
  /** Added at the end, of the sizes of the axes. */
  readonly beta?: Tensor
  /** Axes over which mean and variance are taken. Default −1, the last. */
  readonly axis?: Axes
  /** Added to the variance. Default 1e-7. */
  readonly epsilon?: number
}

/** (x − mean) / √(variance + epsilon) · gamma + beta, mean and variance of each example over its axes (Ba et al. 2016). */
export function layerNormalization(x: Tensor, { gamma, beta, axis = -1, epsilon = fuzz }: LayerNormalizationOptions = {}): Tensor {
  const axes = normalizeAxes('layerNormalization', axis, x.dims)
  const values = wide(x)
  const centred = binary('subtract', values, mean<Shape, Shape, true>(values, axes, { keepDims: true }))
  const inverse = rsqrt(binary('add', variance<Shape, Shape, true>(values, axes, { keepDims: true }), epsilon))
  return back(scaledBy('layerNormalization', binary('multiply', centred, inverse), axes, gamma, beta), x)
}

/** Options of {@link rmsNormalization}. */
export interface RmsNormalizationOptions {
  /** Multiplies what is normalised, of the sizes of the axes. */
  readonly scale?: Tensor
  /** Axes over which the mean square is taken. Default −1, the last. */
  readonly axis?: Axes
  /** Added to the mean square. Default 1e-7. */
  readonly epsilon?: number
}

/** x / √(mean x² + epsilon) · scale (Zhang & Sennrich 2019). */
export function rmsNormalization(x: Tensor, { scale, axis = -1, epsilon = fuzz }: RmsNormalizationOptions = {}): Tensor {
  const axes = normalizeAxes('rmsNormalization', axis, x.dims)
  const values = wide(x)
  const inverse = rsqrt(binary('add', mean<Shape, Shape, true>(square(values), axes, { keepDims: true }), epsilon))
  return back(scaledBy('rmsNormalization', binary('multiply', values, inverse), axes, scale, undefined), x)
}

/** x · scale + offset, both of the sizes of some axes. */
function scaledBy(where: string, x: Tensor, axes: readonly number[], scale: Tensor | undefined, offset: Tensor | undefined): Tensor {
  const spread = (t: Tensor): Tensor => {
    if (t.rank === x.rank) return cast(t, x.dtype)
    const sizes: Dims = axes.map((axis) => x.dims[axis] ?? 1)
    if (t.rank !== sizes.length || t.dims.some((d, i) => String(d) !== String(sizes[i]))) {
      throw new ShapeError(
        `${where}: expected scale and offset of ${showDims(sizes)}, the sizes of axes [${axes.join(', ')}], got ${showDims(t.dims)}. Reshape it.`,
      )
    }
    return reshape<Shape, Dims>(
      cast(t, x.dtype),
      x.dims.map((d, i) => (axes.includes(i) ? d : 1)),
    )
  }
  const scaled = scale === undefined ? x : binary('multiply', x, spread(scale))
  return offset === undefined ? scaled : binary('add', scaled, spread(offset))
}

/** Options of {@link normalize}. */
export interface NormalizeOptions {
  /** Of the norm, (Σ |x|ᵒʳᵈᵉʳ)^(1/order); ∞ is the largest |x|. Default 2. */
  readonly order?: number
  /** Norms below are taken as this. Default 1e-7. */
  readonly epsilon?: number
}

/** x divided by its norm along axes (the last by default); zeros stay zeros. @throws ConfigError where the order is below 1 or not whole. */
export function normalize(x: Tensor, axis: Axes = -1, { order = 2, epsilon = fuzz }: NormalizeOptions = {}): Tensor {
  if (order !== Infinity && (!Number.isInteger(order) || order < 1)) {
    throw new ConfigError(`normalize: expected order to be a whole number of at least 1, got ${order}. 1 and 2 are usual.`)
  }
  const values = isFloat(x.dtype) ? x : cast(x, 'f32')
  return binary('divide', values, flooredNorm(values, axis, order, epsilon))
}

/** The norm, but at least epsilon; the root is not taken below it, where its slope is steep. */
function flooredNorm(x: Tensor, axis: Axes, order: number, epsilon: number): Tensor {
  const total = (t: Tensor): Tensor => sum<Shape, Axes, true>(t, axis, { keepDims: true })
  if (order === Infinity) return binary('maximum', max<Shape, Axes, true>(abs(x), axis, { keepDims: true }), epsilon)
  if (order === 1) return binary('maximum', total(abs(x)), epsilon)
  if (order === 2) return binary('maximum', total(square(x)), epsilon ** 2).sqrt()
  return binary('power', binary('maximum', total(binary('power', abs(x), order)), epsilon ** order), 1 / order)
}
