// Parameters and the base of layers: options are checked when a layer is made, `build` makes its parameters, `call` is its formula.

import { ConfigError, type Dims, type Tensor } from '../core/index.ts'
import { type Initializer, resolveInitializer } from './initializers.ts'

/** A cell that holds a tensor that training changes (or, not trainable, that layers keep). */
export interface Parameter {
  readonly name: string
  value: Tensor
  readonly trainable: boolean
}

export interface LayerOptions {
  /** Default: the kind and a number, unique in its model. */
  readonly name?: string
  /** Shape of one sample, without the batch. */
  readonly inputShape?: readonly number[]
  /** Short for `inputShape: [inputDim]`. */
  readonly inputDim?: number
}

export interface CallContext {
  readonly training: boolean
  /** For layers that draw random numbers. */
  readonly key: Tensor
}

/** One step of a model. */
export abstract class Layer {
  name: string
  readonly inputShape: readonly number[] | undefined
  readonly parameters: Parameter[] = []
  built = false
  private nextKey: (() => Tensor) | undefined

  constructor(kind: string, options: LayerOptions) {
    this.name = options.name ?? kind
    this.inputShape = options.inputShape ?? (options.inputDim === undefined ? undefined : [options.inputDim])
  }

  /** The formula. */
  abstract call(x: Tensor, context: CallContext): Tensor

  /** The formula without a last softmax or sigmoid, and which of them it leaves out. */
  logits(): { readonly activation: 'softmax' | 'sigmoid'; readonly call: (x: Tensor, context: CallContext) => Tensor } | undefined {
    return undefined
  }

  /** Makes the parameters for inputs of a shape (batch included). */
  protected build(_inputShape: Dims): void {}

  /** Builds once. */
  buildOnce(inputShape: Dims, nextKey: () => Tensor): void {
    if (this.built) return
    this.nextKey = nextKey
    this.build(inputShape)
    this.built = true
  }

  protected parameter(name: string, shape: readonly number[], initializer: string | Initializer): Parameter {
    if (this.nextKey === undefined) throw new ConfigError(`${this.name}: expected to be built by a model, it is not. Add it to a Sequential.`)
    const made: Parameter = { name, value: resolveInitializer(initializer)(shape, this.nextKey()), trainable: true }
    this.parameters.push(made)
    return made
  }
}

/** The number, or a ConfigError: options that count something are positive whole numbers. */
export function positive(where: string, what: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw new ConfigError(`${where}: expected ${what} to be a positive whole number, got ${value}. Change it.`)
  return value
}

/** A parameter that `build` has made. */
export function madeBy(layer: Layer, parameter: Parameter | undefined): Tensor {
  if (parameter === undefined) throw new ConfigError(`${layer.name}: expected to be built before it is called, it is not. Add it to a model.`)
  return parameter.value
}
