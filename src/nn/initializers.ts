// Initial values of parameters, with Keras's defaults.

import { full, random, type Tensor } from '../core/index.ts'
import { lookUp } from './identifiers.ts'

/** Values of a shape from a key. */
export type Initializer = (shape: readonly number[], key: Tensor) => Tensor

/** fan_in and fan_out: the last two sizes; a convolution multiplies them by its receptive field. */
export function fans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  const field = shape.slice(0, -2).reduce((a, b) => a * b, 1)
  const last = shape.at(-1) ?? 1
  return { fanIn: field * (shape.at(-2) ?? last), fanOut: field * last }
}

/** Every element `value`. */
export const constant =
  (value: number): Initializer =>
  (shape) =>
    full(shape, value)

/** Uniform in [min, max). Default ±0.05. */
export const uniform =
  (min = -0.05, max = 0.05): Initializer =>
  (shape, key) =>
    random.uniform(key, shape, { min, max })

/** Normal of deviation `std` (default 0.05) around `mean` (default 0). */
export const normal =
  (std = 0.05, mean = 0): Initializer =>
  (shape, key) =>
    random.normal(key, shape, { mean, std })

/** {@link normal}, cut at two deviations. */
export const truncatedNormal =
  (std = 0.05, mean = 0): Initializer =>
  (shape, key) =>
    random.truncatedNormal(key, shape, { mean, std })

/** Uniform within ±√(6 / (fan_in + fan_out)) (Glorot & Bengio 2010). */
export const glorotUniform: Initializer = (shape, key) => {
  const { fanIn, fanOut } = fans(shape)
  const limit = Math.sqrt(6 / (fanIn + fanOut))
  return random.uniform(key, shape, { min: -limit, max: limit })
}

/** Normal of deviation √(2 / fan_in), cut at two deviations and rescaled (He et al. 2015). */
export const heNormal: Initializer = (shape, key) => random.truncatedNormal(key, shape, { std: Math.sqrt(2 / fans(shape).fanIn), rescale: true })

/** The names that `…Initializer` options take. */
export const initializers: Readonly<Record<string, Initializer>> = {
  zeros: constant(0),
  ones: constant(1),
  uniform: uniform(),
  randomUniform: uniform(),
  normal: normal(),
  randomNormal: normal(),
  truncatedNormal: truncatedNormal(),
  glorotUniform,
  heNormal,
}

/** An initializer by name, or the function itself. */
export function resolveInitializer(initializer: string | Initializer): Initializer {
  return typeof initializer === 'function' ? initializer : lookUp('initializer', initializer, initializers)
}
