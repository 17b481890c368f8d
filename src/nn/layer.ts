// Parameters and the base of layers: options are checked when a layer is made, `build` makes its parameters, `call` is its formula. A layer
// that is made of layers owns them as children; their parameters follow its own.

import { ConfigError, type Dims, DTypeError, ShapeError, type Tensor } from '../core/index.ts'
import { type Initializer, resolveInitializer } from './initializers.ts'

/** A cell that holds a tensor that training changes (or, not trainable, that layers keep). */
export interface Parameter {
  /** Within its layer: `kernel`, `query/bias`. */
  readonly name: string
  value: Tensor
  readonly trainable: boolean
}

/** What every layer can be told. */
export interface LayerOptions {
  /** Default: the kind and, from the second of its kind in a model, a number: `dense`, `dense_1`. */
  readonly name?: string
  /** Shape of one sample, without the batch: `[28, 28, 1]`. */
  readonly inputShape?: readonly number[]
  /** Short for `inputShape: [inputDim]`. */
  readonly inputDim?: number
}

/** What a formula may depend on besides its input. */
export interface CallContext {
  readonly training: boolean
  /** A key for a layer that draws random numbers; every call gives another one. */
  readonly nextKey: () => Tensor
  /** A key for the initial values of one parameter. Present where layers may still be built. */
  readonly initialKey?: () => Tensor
}

/** A layer's formula without its last activation, so that losses can be computed from logits. */
export interface LogitsHook {
  /** What is left out; `none` where the layer's own output are logits. */
  readonly activation: 'softmax' | 'sigmoid' | 'none'
  readonly call: (x: Tensor, context: CallContext) => Tensor
}

/** One step of a model. */
export abstract class Layer {
  name: string
  /** What layers of this class are called without a name of their own: `dense`, `max_pooling2d`. */
  readonly kind: string
  /** Whether the name was given, so that a model must not number it. */
  readonly named: boolean
  readonly inputShape: readonly number[] | undefined
  /** The layer's own, without those of its children. */
  readonly parameters: Parameter[] = []
  readonly children: Layer[] = []
  built = false
  /** Shape of the result, batch included; known once the layer is built. */
  outputDims: Dims | undefined
  protected initialKey: (() => Tensor) | undefined

  constructor(kind: string, options: LayerOptions) {
    this.kind = kind
    this.name = options.name ?? kind
    this.named = options.name !== undefined
    this.inputShape = options.inputShape ?? (options.inputDim === undefined ? undefined : [options.inputDim])
    for (const size of this.inputShape ?? []) positive(this.name, 'every size of inputShape', size)
  }

  /** The formula. */
  abstract call(x: Tensor, context: CallContext): Tensor

  /** The formula without a last softmax or sigmoid, where the layer ends in one. */
  logits(): LogitsHook | undefined {
    return undefined
  }

  /** Makes the parameters for inputs of a shape, batch included. Layers without parameters need none. */
  protected build(_inputShape: Dims): void {}

  /** The formula on `x`, built first where it is not yet; errors name the layer. */
  apply(x: Tensor, context: CallContext): Tensor {
    return this.naming(x, () => {
      this.buildFor(x, context)
      const result = this.call(x, context)
      this.outputDims ??= result.dims
      return result
    })
  }

  /** {@link apply} with the formula of the {@link logits} hook. */
  applyLogits(hook: LogitsHook, x: Tensor, context: CallContext): Tensor {
    return this.naming(x, () => {
      this.buildFor(x, context)
      return hook.call(x, context)
    })
  }

  private buildFor(x: Tensor, context: CallContext): void {
    if (this.built) return
    if (context.initialKey === undefined) {
      throw new ConfigError(`${this.name}: expected to be built before it is called, it is not. Add it to a model.`)
    }
    this.initialKey = context.initialKey
    this.build(x.dims)
    this.built = true
  }

  private naming(x: Tensor, formula: () => Tensor): Tensor {
    try {
      return formula()
    } catch (error) {
      const where = `${this.name} (input [${x.dims.join(', ')}])`
      const known = error instanceof Error && error.message.startsWith(this.name)
      if (error instanceof ShapeError && !known) throw new ShapeError(`${where}: ${error.message}`, { cause: error })
      if (error instanceof DTypeError && !known) throw new DTypeError(`${where}: ${error.message}`, { cause: error })
      throw error
    }
  }

  /** A parameter of this layer; called by `build`. */
  protected parameter(name: string, shape: readonly number[], initializer: string | Initializer): Parameter {
    if (this.initialKey === undefined) throw new ConfigError(`${this.name}: expected to be built by a model, it is not. Add it to a Sequential.`)
    const made: Parameter = { name, value: resolveInitializer(initializer)(shape, this.initialKey()), trainable: true }
    this.parameters.push(made)
    return made
  }

  /** Makes a layer part of this one; its parameters are called `name/…`. Called by `build`. */
  protected child<L extends Layer>(name: string, layer: L): L {
    layer.name = name
    this.children.push(layer)
    return layer
  }
}

/** A parameter and its name in the whole model: `block_0/attention/query/kernel`. */
export interface NamedParameter {
  readonly path: string
  readonly layer: Layer
  readonly parameter: Parameter
}

/** The parameters of a layer and all its children, in order: own first. */
export function parametersOf(layer: Layer, prefix = ''): NamedParameter[] {
  const own = layer.parameters.map((parameter) => ({ path: `${prefix}${parameter.name}`, layer, parameter }))
  return [...own, ...layer.children.flatMap((child) => parametersOf(child, `${prefix}${child.name}/`))]
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
