// Activation functions by name.

import { erf, multiply, relu as reluOf, sigmoid as sigmoidOf, softmax as softmaxOf, type Tensor, tanh as tanhOf } from '../core/index.ts'
import { lookUp } from './identifiers.ts'
import { withLogits } from './logits-behind.ts'

/** An elementwise function (softmax: along the last axis) of a layer's result. */
export type Activation = (x: Tensor) => Tensor

/** x. */
export const linear: Activation = (x) => x
/** max(x, 0). */
export const relu: Activation = (x) => reluOf(x)
/** (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ). */
export const tanh: Activation = (x) => tanhOf(x)
/** 1 / (1 + e⁻ˣ). */
export const sigmoid: Activation = (x) => withLogits(sigmoidOf(x), { value: x, activation: 'sigmoid' })
/** eˣ / Σ eˣ along the last axis. */
export const softmax: Activation = (x) => withLogits(softmaxOf(x, -1), { value: x, activation: 'softmax' })
/** x · sigmoid(x) (Elfwing et al. 2018). */
export const silu: Activation = (x) => multiply(x, sigmoidOf(x))
/** x · Φ(x), with erf: ½ x (1 + erf(x / √2)) (Hendrycks & Gimpel 2016). */
export const gelu: Activation = (x) => multiply(multiply(x, 0.5), erf(multiply(x, Math.SQRT1_2)).add(1))
/** The tanh form of gelu: ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))) (Hendrycks & Gimpel 2016, §2). */
export const geluApproximate: Activation = (x) => {
  const inner = x.add(x.multiply(x).multiply(x).multiply(0.044715)).multiply(Math.sqrt(2 / Math.PI))
  return x.multiply(0.5).multiply(tanhOf(inner).add(1))
}

/** The names that `activation` options take. */
export const activations: Readonly<Record<string, Activation>> = {
  linear,
  relu,
  gelu,
  geluApproximate,
  silu,
  swish: silu,
  tanh,
  sigmoid,
  softmax,
}

/** An activation by name, or the function itself; `linear` where none is given. */
export function resolveActivation(activation: string | Activation | undefined): Activation {
  return typeof activation === 'function' ? activation : lookUp('activation', activation ?? 'linear', activations)
}
