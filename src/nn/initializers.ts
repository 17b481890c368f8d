// Initial values of parameters, with Keras's defaults.

import { full, random, type Tensor } from '../core/index.ts'
import { lookUp } from './identifiers.ts'

/** Values of a shape from a key. */
export type Initializer = (shape: readonly number[], key: Tensor) => Tensor

/** fan_in and fan_out: a convolution multiplies by its receptive field. */
export function fans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  const field = shape.slice(0, -2).reduce((a, b) => a * b, 1)
  const last = shape.at(-1) ?? 1
  return { fanIn: field * (shape.at(-2) ?? last), fanOut: field * last }
}

export const constant =
  (value: number): Initializer =>
  (shape) =>
    full(shape, value)
export const uniform =
  (min = -0.05, max = 0.05): Initializer =>
  (shape, key) =>
    random.uniform(key, shape, { min, max })
export const normal =
  (std = 0.05, mean = 0): Initializer =>
  (shape, key) =>
    random.normal(key, shape, { mean, std })
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
/** Truncated normal of deviation √(2 / fan_in) (He et al. 2015). */
export const heNormal: Initializer = (shape, key) => random.truncatedNormal(key, shape, { std: Math.sqrt(2 / fans(shape).fanIn), rescale: true })

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
