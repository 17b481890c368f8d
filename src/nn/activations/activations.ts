// Activation functions and their names. The formulas are those of `ops`; what stands here is what layers add to them: names, configs, and the
// logits behind a softmax or sigmoid.

import { binary, clip, compare, ConfigError, exp, type Operand, type Shape, ShapeError, showDims, tanh, Tensor, where } from '../../core/index.ts'
import { shown } from '../options/option-checks.ts'
import {
  celu,
  elu,
  gelu as geluOf,
  glu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardTanh,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  relu as reluOf,
  relu6,
  selu,
  sigmoid as sigmoidOf,
  silu,
  softmax as softmaxOf,
  softplus,
  softShrink,
  softsign,
  sparsemax,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  tanhShrink,
  threshold,
} from '../../ops/index.ts'
import { lookUp } from '../options/identifiers.ts'
import { withLogits } from './logits-behind.ts'

export {
  celu,
  elu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardTanh,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  relu6,
  selu,
  silu,
  softplus,
  softShrink,
  softsign,
  sparsemax,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  tanh,
  tanhShrink,
  threshold,
}

/** A function of a layer's result. */
export type Activation = (x: Tensor) => Tensor

/** x. */
export const linear = <S extends Shape>(x: Tensor<S>): Tensor<S> => x
/** eˣ. */
export const exponential = <S extends Shape>(x: Tensor<S>): Tensor<S> => exp(x)
/** x · tanh(softplus(x)) (Misra 2020). */
export const mish = <S extends Shape>(x: Tensor<S>): Tensor<S> => binary<S>('multiply', x, tanh(softplus(x)))

/** Options of {@link relu}. */
export interface ReluOptions {
  /** Slope below the threshold. Default 0. */
  readonly negativeSlope?: number
  /** Where the result is cut off. Default: nowhere. */
  readonly maxValue?: number
  /** What x has to be above. Default 0. */
  readonly threshold?: number
}

/**
 * max(x, 0); with options x above the threshold, at most maxValue, and negativeSlope · (x − threshold) below.
 *
 * @throws ConfigError where maxValue or negativeSlope is negative.
 */
export function relu<S extends Shape>(x: Tensor<S>, options: ReluOptions = {}): Tensor<S> {
  const { negativeSlope = 0, maxValue, threshold: limit = 0 } = options
  for (const [option, value] of Object.entries({ negativeSlope, maxValue })) {
    if (value !== undefined && !(value >= 0)) throw new ConfigError(`relu: expected ${option} to be at least 0, got ${value}. Leave it out.`)
  }
  if (negativeSlope !== 0 && maxValue === undefined && limit === 0) return leakyRelu(x, { negativeSlope })
  const above = limit === 0 ? reluOf(x) : pick<S>(compare('greater', x, limit), x, 0)
  const bounded = maxValue === undefined ? above : clip(above, 0, maxValue)
  if (negativeSlope === 0) return bounded
  return binary<S>('subtract', bounded, binary('multiply', reluOf(binary<S>('subtract', limit, x)), negativeSlope))
}

const pick = <S extends Shape>(condition: Tensor, whenTrue: Operand, whenFalse: Operand): Tensor<S> =>
  new Tensor<S>(where(condition, whenTrue, whenFalse).node)

/** 1 / (1 + e⁻ˣ). */
export function sigmoid<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return withLogits(sigmoidOf(x), { value: x, activation: 'sigmoid' })
}

/**
 * eˣ / Σ eˣ along an axis, the last by default.
 *
 * @throws ShapeError where x has fewer than two axes: the batch's would be taken for the classes'. `ops.softmax` takes vectors, too.
 */
export function softmax<S extends Shape>(x: Tensor<S>, axis = -1): Tensor<S> {
  if (x.rank < 2) {
    throw new ShapeError(`softmax: expected [batch, …, classes], got ${showDims(x.dims)}. Add a batch axis, or use ops.softmax for a vector.`)
  }
  const result = softmaxOf(x, axis)
  return axis === -1 || axis === x.rank - 1 ? withLogits(result, { value: x, activation: 'softmax' }) : result
}

/** x · Φ(x), with erf: ½ x (1 + erf(x / √2)) (Hendrycks & Gimpel 2016); `approximate` takes the tanh form. */
export function gelu<S extends Shape>(x: Tensor<S>, { approximate = false }: { readonly approximate?: boolean } = {}): Tensor<S> {
  return geluOf(x, { approximate })
}

/** {@link gelu} in its tanh form (Hendrycks & Gimpel 2016, §2). */
export function geluApproximate<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return geluOf(x, { approximate: true })
}

const functions = {
  celu,
  elu,
  exponential,
  gelu,
  geluApproximate,
  glu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardTanh,
  leakyRelu,
  linear,
  logSigmoid,
  logSoftmax,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softShrink,
  softsign,
  sparsemax,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  tanh,
  tanhShrink,
}

/** `threshold` has no defaults, so that it has no name; it is given as a function of x. */
const named: Readonly<Record<string, Activation>> = { ...functions, swish: silu, hardSwish: hardSilu }

/** A function as Keras writes one into a config. */
export interface SerializedActivation {
  readonly className?: string
  readonly class_name?: string
  /** Its name. */
  readonly config?: unknown
}

/** What an `activation` option takes: a name in any spelling (`hardSigmoid`, `hard_sigmoid`), a function, a config, or nothing for `linear`. */
export type ActivationIdentifier = string | Activation | SerializedActivation | null | undefined

/**
 * The name of an activation: what `deserialize` takes. A function of one's own gives its own name.
 *
 * @throws ConfigError where a function has no name.
 */
export function serialize(activation: Activation): string {
  const known = Object.entries(named).find(([, fn]) => fn === activation)
  if (known !== undefined) return known[0]
  if (activation.name !== '') return activation.name
  throw new ConfigError('activations.serialize: expected a function with a name, got one without. Give it one: const mine = (x) => …')
}

/**
 * An activation by its name or from `{ className: 'function', config: name }`; `customObjects` are functions of one's own by name.
 *
 * @throws ConfigError where there is no such function, naming the nearest.
 */
export function deserialize(config: string | SerializedActivation, customObjects: Readonly<Record<string, Activation>> = {}): Activation {
  if (typeof config === 'string') return lookUp('activation', config, { ...named, ...customObjects })
  const kind = config.className ?? config.class_name
  if (kind !== 'function' || typeof config.config !== 'string') {
    throw new ConfigError(`activation: expected { className: 'function', config: name }, got ${shown(config)}. Give the name.`)
  }
  return deserialize(config.config, customObjects)
}

/** An activation from what an `activation` option takes. */
export function resolveActivation(identifier?: ActivationIdentifier): Activation {
  if (typeof identifier === 'function') return identifier
  return identifier === undefined || identifier === null ? linear : deserialize(identifier)
}

/** Activation functions, and their names: `get` and `deserialize` find one, `serialize` names it. */
export const activations = { ...functions, threshold, get: resolveActivation, serialize, deserialize }
