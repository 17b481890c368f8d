// Activation functions by name.

import { erf, multiply, relu, sigmoid, softmax, tanh, type Tensor } from '../core/index.ts'
import { lookUp } from './identifiers.ts'

export type Activation = (x: Tensor) => Tensor

/** x · Φ(x), with erf. */
export const gelu: Activation = (x) => multiply(multiply(x, 0.5), erf(multiply(x, Math.SQRT1_2)).add(1))
/** The tanh form of gelu (Hendrycks & Gimpel 2016, §2). */
export const geluApproximate: Activation = (x) => {
  const inner = x.add(x.multiply(x).multiply(x).multiply(0.044715)).multiply(Math.sqrt(2 / Math.PI))
  return x.multiply(0.5).multiply(tanh(inner).add(1))
}
/** x · sigmoid(x). */
export const silu: Activation = (x) => multiply(x, sigmoid(x))

export const activations: Readonly<Record<string, Activation>> = {
  linear: (x) => x,
  relu: (x) => relu(x),
  gelu,
  geluApproximate,
  silu,
  swish: silu,
  tanh: (x) => tanh(x),
  sigmoid: (x) => sigmoid(x),
  softmax: (x) => softmax(x, -1),
}

/** An activation by name, or the function itself. */
export function resolveActivation(activation: string | Activation | undefined): Activation {
  if (typeof activation === 'function') return activation
  return lookUp('activation', activation ?? 'linear', activations)
}
