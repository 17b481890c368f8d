// The base of layers: options are checked when a layer is made, `build` makes its parameters, `call` is its formula. A layer can be called like a
// function, on tensors with numbers or on symbolic ones. Layers that a layer keeps in its fields are part of it; their parameters follow its own.

import {
  ConfigError,
  type Dim,
  type Dims,
  DTypeError,
  flattenTree,
  mapTree,
  ones,
  ShapeError,
  showDims,
  sum,
  Tensor,
  type Tree,
} from '../../core/index.ts'
import { type CallContext, type CallOptions, currentContext, inContext, isInsideCall } from './call-context.ts'
import { Callable, invoke } from './callable.ts'
import { type DTypePolicy, policyOf } from '../dtype-policies/dtype-policy.ts'
import { get as initializerOf, type InitializerIdentifier } from '../initializers/registry.ts'
import { firstCallOf, hasSymbolic, recordCall } from '../functional/layer-calls.ts'
import { snakeCase } from './layer-names.ts'
import { parametersOf } from './named-parameters.ts'
import { attachMask, firstMask, type Mask, maskOf, maskOfAll, withMask } from './masks.ts'
import { flag, listOf, lookedUp, positive, textOf } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { Parameter, type ParameterOptions, type Penalty } from './parameter.ts'
import { get as regularizerOf, type RegularizerIdentifier } from '../regularizers/registry.ts'
import { rulesOf, type WeightSettings } from '../layers/parameter-rules.ts'
import { serializedFunction } from '../saving/serialized.ts'
import { setWeightsOf, weightsOf } from '../model/weights.ts'

/** What every layer can be told. */
export interface LayerOptions {
  /** Default: the kind and, from the second of its kind in a model, a number: `dense`, `dense_1`. */
  readonly name?: string
  /** Shape of one sample, without the batch: `[28, 28, 1]`. */
  readonly inputShape?: readonly number[]
  /** Short for `inputShape: [inputDim]`. */
  readonly inputDim?: number
  /** Whether training changes the parameters. Default true; see {@link Layer.trainable}. */
  readonly trainable?: boolean
  /** In which dtype the layer computes and keeps its parameters: `float32`, `mixed_bfloat16`, … Default: {@link setDtypePolicy}'s. */
  readonly dtype?: string | DTypePolicy
  /** A penalty on the layer's result, added to the loss (divided by the batch size). */
  readonly activityRegularizer?: RegularizerIdentifier | null | undefined
}

/** Options as plain JSON, under the names that the constructor takes. */
export type LayerConfig = Readonly<Record<string, unknown>> & { readonly name: string }

/** A layer's formula without its last activation, so that losses can be computed from logits. */
export interface LogitsHook {
  /** What is left out; `none` where the layer's own output are logits. */
  readonly activation: 'softmax' | 'sigmoid' | 'none'
  readonly call: (x: Tensor, context: CallContext) => Tensor
}

/** The shapes of a layer's inputs, batch included: of one tensor its sizes, of several a list or record of them. */
export type InputDims = Dims | readonly InputDims[] | { readonly [key: string]: InputDims }

/** A layer of whatever inputs and results. */
export type AnyLayer = Layer<never, Tree, never>

interface Formula<Out> {
  call(inputs: Tree, context: CallContext): Out
  build(inputs: InputDims): void
  computeMask(inputs: Tree, mask: Mask): Mask
}

/** The call of a layer: the base's; layers whose result's shape follows from their options say so more exactly. */
export interface Layer<In extends Tree = Tensor, Out extends Tree = Tensor, Options extends object = object> {
  (inputs: In, options?: CallOptions & Options): Out
}

/**
 * One step of a model. Subclasses give `call`, and `build` where they have parameters of their own:
 *
 * ```ts
 * class Scale extends Layer {
 *   private factor?: Parameter
 *   override build(shape: Dims) { this.factor = this.parameter('factor', [Number(shape.at(-1))], 'ones') }
 *   call(x: Tensor) { return x.multiply(this.read(this.factor)) }
 * }
 * const y = new Scale()(x)
 * ```
 */
export abstract class Layer<In extends Tree = Tensor, Out extends Tree = Tensor, Options extends object = object> extends Callable {
  name: string
  /** Keras's name of the class: `MaxPooling2D`. */
  readonly className: string
  /** What layers of this class are called without a name of their own: `max_pooling2d`. */
  readonly kind: string
  /** Whether the name was given, so that a model must not number it. */
  readonly named: boolean
  readonly inputShape: readonly number[] | undefined
  readonly dtypePolicy: DTypePolicy
  /** The layer's own, without those of its children. */
  readonly parameters: Parameter[] = []
  built = false
  /** Shape of the result, batch included; known once the layer is built, where it is one tensor. */
  outputDims: Dims | undefined
  /** Shapes of the inputs of the first call, batch included. */
  inputDims: InputDims | undefined
  /** Whether masks of the inputs are passed on to the result. Default false. */
  supportsMasking = false
  protected initialKey: (() => Tensor) | undefined
  private readonly added: AnyLayer[] = []
  private trains: boolean
  protected activityRegularizer: Penalty | undefined

  /** `known`: the names of the class's own options, where others are to be refused. `null` is the same as leaving an option out. */
  constructor(options?: LayerOptions, className?: string, known?: readonly string[]) {
    super()
    this.className = className ?? new.target.name
    this.kind = snakeCase(this.className)
    const { name, inputShape, inputDim, trainable, dtype, activityRegularizer } = options ?? {}
    // A layer given in their place has a name, too.
    this.name = textOf(this.kind, 'name', (typeof options === 'object' ? name : undefined) ?? this.kind)
    this.named = (name ?? undefined) !== undefined
    // A constructor that needs no options has a default for them, so that its length is 0.
    if (known !== undefined && (options !== undefined || new.target.length > 0)) checkOptionNames(this.name, options, [...known, ...commonOptions])
    const dim = inputDim === undefined || inputDim === null ? undefined : [positive(this.name, 'inputDim', inputDim)]
    this.inputShape = inputShape ?? dim
    if (this.inputShape !== undefined) {
      listOf(this.name, 'inputShape', this.inputShape, (size) => positive(this.name, 'every size of inputShape', size))
    }
    this.trains = flag(this.name, 'trainable', trainable ?? true)
    this.dtypePolicy = lookedUp(this.name, 'dtype', () => policyOf(dtype ?? undefined))
    this.activityRegularizer = lookedUp(this.name, 'activityRegularizer', () => regularizerOf(activityRegularizer))
  }

  /** The formula. Inputs and context are as the caller gives them; inputs are cast to the policy's dtype. */
  abstract call(inputs: In, context: CallContext & Options): Out

  /** The formula without a last softmax or sigmoid, where the layer ends in one. */
  logits(): LogitsHook | undefined {
    return undefined
  }

  /** Makes the parameters for inputs of a shape, batch included. Layers without parameters need none. */
  build(_inputs: InputDims): void {}

  /** The mask of the result. Default: the first of the inputs' masks where {@link supportsMasking}, else none. */
  computeMask(_inputs: In, mask: Mask): Mask {
    return this.supportsMasking ? firstMask(mask) : undefined
  }

  /** The options that make an equal layer, as plain JSON: `new Dense(layer.getConfig())`. */
  getConfig(): LayerConfig {
    const { activityRegularizer, trains, dtypePolicy, inputShape } = this
    return {
      name: this.name,
      ...(!trains && { trainable: false }),
      ...(dtypePolicy.name !== 'float32' && { dtype: dtypePolicy.name }),
      ...(activityRegularizer !== undefined && { activityRegularizer: serializedFunction(activityRegularizer) }),
      ...(inputShape !== undefined && { inputShape: [...inputShape] }),
    }
  }

  /** Layers that are part of this one, in order: those that its fields hold (also in arrays), then those that `child` has made. */
  get children(): readonly AnyLayer[] {
    const held: AnyLayer[] = []
    for (const [field, value] of Object.entries(this)) {
      if (field === 'added') continue
      for (const [index, layer] of (Array.isArray(value) ? value : [value]).entries()) {
        if (!(layer instanceof Layer) || held.includes(layer)) continue
        if (!layer.named && layer.name === layer.kind) layer.name = Array.isArray(value) ? `${field}_${index}` : field
        held.push(layer)
      }
    }
    return held.length === 0 ? this.added : [...held, ...this.added.filter((layer) => !held.includes(layer))]
  }

  /** Whether training changes the parameters; normalisation of a layer that is not trainable uses its moving averages. */
  get trainable(): boolean {
    return this.trains
  }

  /** Gives up training the parameters of this layer and of its children, or takes it up again. */
  set trainable(trainable: boolean) {
    this.trains = trainable
    for (const child of this.children) child.trainable = trainable
  }

  /** The parameters of this layer and of those that are part of it, own first: `layer.weights.map(({ name, value }) => …)`. */
  get weights(): readonly Parameter[] {
    return parametersOf(this).map(({ parameter }) => parameter)
  }

  /** The parameters that training changes by their gradients. */
  get trainableParameters(): readonly Parameter[] {
    return parametersOf(this).flatMap(({ trainable, parameter }) => (trainable ? [parameter] : []))
  }

  /** The others: of frozen layers, moving averages, states. */
  get nonTrainableParameters(): readonly Parameter[] {
    return parametersOf(this).flatMap(({ trainable, parameter }) => (trainable ? [] : [parameter]))
  }

  /** {@link trainableParameters}, as Keras calls them. */
  get trainableWeights(): readonly Parameter[] {
    return this.trainableParameters
  }

  /** {@link nonTrainableParameters}, as Keras calls them. */
  get nonTrainableWeights(): readonly Parameter[] {
    return this.nonTrainableParameters
  }

  /** Copies of the parameters' values, in the order of {@link weights}. */
  getWeights(): Tensor[] {
    return weightsOf(this)
  }

  /** Copies tensors into the parameters, in the order of {@link getWeights}. A ShapeError where one has another shape. */
  setWeights(weights: readonly Tensor[]): void {
    setWeightsOf(this, weights)
  }

  /** Number of elements in all parameters. */
  countParams(): number {
    return this.weights.reduce((sum, { value }) => sum + value.size, 0)
  }

  /** The layer that {@link getConfig} describes: `layers.Dense.fromConfig(layer.getConfig())`. */
  static fromConfig<L extends AnyLayer>(this: new (options: never) => L, config: Readonly<Record<string, unknown>>): L {
    // biome-ignore lint/complexity/noThisInStatic: of the subclass that it is called on
    return Reflect.construct(this, [config])
  }

  /**
   * The symbolic tensor that the layer's first call in a graph of layers took; of a model, where it begins. A ConfigError where there are several:
   * see {@link inputs}.
   */
  get input(): Tensor {
    return this.only('input', this.inputs)
  }

  /**
   * The symbolic tensor that the layer's first call in a graph of layers gave; of a model, where it ends:
   * `new Model({ inputs: model.input, outputs: model.getLayer('features').output })`. A ConfigError where there are several: see {@link outputs}.
   */
  get output(): Tensor {
    return this.only('output', this.outputs)
  }

  /** {@link input}, or all of them where there are several. */
  get inputs(): readonly Tensor[] {
    return flattenTree(firstCallOf(this).inputs).leaves
  }

  /** {@link output}, or all of them where there are several. */
  get outputs(): readonly Tensor[] {
    return flattenTree(firstCallOf(this).outputs).leaves
  }

  private only(what: 'input' | 'output', tensors: readonly Tensor[]): Tensor {
    const [only, another] = tensors
    if (only !== undefined && another === undefined) return only
    throw new ConfigError(`${this.name}.${what}: expected one tensor, it has ${tensors.length}. Use ${what}s, which is a list.`)
  }

  /** What `console.log` shows in Node. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.className} '${this.name}'`
  }

  [invoke](inputs: In, options: CallOptions & Partial<Options> = {}): Tree {
    if (options instanceof Tensor) {
      throw new ConfigError(
        `${this.name}: expected inputs and then an object of options, got two tensors. Put the inputs into a list: layer([query, value]).`,
      )
    }
    const context = currentContext()
    if (isInsideCall() || !(hasSymbolic(inputs) || hasSymbolic(options))) return this.run(inputs, context, options)
    return recordCall(this, inputs, { ...options }, this.run(inputs, { ...context, shapesOnly: true }, options))
  }

  /** The formula on `inputs`, built first where it is not yet; errors name the layer. */
  apply(inputs: In, context: CallContext, options: CallOptions & Partial<Options> = {}): Out {
    return this.run(inputs, context, options)
  }

  /** {@link apply} for callers that do not know what the layer takes; its own formula says where they are wrong. */
  run(inputs: Tree, context: CallContext, options: CallOptions = {}): Out {
    return this.naming(inputs, () => {
      const cast = this.cast(inputs)
      this.buildFor(cast, context)
      this.inputDims ??= dimsOf(cast)
      const own = contextFor(context, options, maskOfAll(inputs))
      const before = own.shapesOnly === true ? this.parameters.map(({ value }) => value) : undefined
      const formula: Formula<Out> = this
      const result = inContext(own, () => formula.call(cast, own))
      this.noteActivity(result, own)
      attachMask(result, formula.computeMask(cast, own.mask))
      before?.forEach((value, i) => {
        const parameter = this.parameters[i]
        if (parameter !== undefined) parameter.value = value
      })
      if (result instanceof Tensor) this.outputDims ??= result.dims
      return result
    })
  }

  /** {@link apply} with the formula of the {@link logits} hook. */
  applyLogits(hook: LogitsHook, x: Tensor, context: CallContext): Tensor {
    return this.naming(x, () => {
      const cast = this.castTensor(x)
      this.buildFor(cast, context)
      const own = contextFor(context, {}, maskOf(x))
      const result = inContext(own, () => hook.call(cast, own))
      if (own.mask !== undefined) attachMask(result, firstMask(own.mask))
      return result
    })
  }

  /** A scalar that is added to the loss of the model that this formula is part of; called by `call`. */
  protected addLoss(loss: Tensor): void {
    currentContext().losses?.push(loss)
  }

  /** A parameter's value in the dtype that this layer computes in; called by `call`. A ConfigError where `build` has not made it. */
  protected read(parameter: Parameter | undefined): Tensor {
    if (parameter === undefined) throw new ConfigError(`${this.name}: expected to be built before it is called, it is not. Add it to a model.`)
    return this.castTensor(parameter.value)
  }

  /** A parameter of this layer; called by `build`. */
  protected parameter(name: string, shape: readonly number[], initializer: InitializerIdentifier, options: ParameterOptions = {}): Parameter {
    if (this.initialKey === undefined)
      throw new ConfigError(`${this.name}: expected to be built by a call, it is not. Call the layer, or add it to a model.`)
    const value = initializerOf(initializer)(shape, this.initialKey())
    const made = new Parameter(name, this.dtypePolicy.variableDtype === 'f32' ? value : value.cast(this.dtypePolicy.variableDtype), options)
    this.parameters.push(made)
    return made
  }

  /** {@link parameter} with everything by name, as Keras has it; called by `build`. */
  protected addWeight(settings: WeightSettings = {}): Parameter {
    checkOptionNames(`${this.name}.addWeight`, settings, ['name', 'shape', 'trainable', 'initializer', 'regularizer', 'constraint'])
    const { name = 'variable', shape = [], trainable = true, initializer = 'glorotUniform', regularizer, constraint } = settings
    return this.parameter(name, shape, initializer, { trainable, ...rulesOf(this.name, name, { initializer, regularizer, constraint }) })
  }

  /** Makes a layer part of this one; its parameters are called `name/…`. Layers in fields are part of it by themselves. */
  protected child<L extends AnyLayer>(name: string, layer: L): L {
    layer.name = name
    if (!this.trains) layer.trainable = false
    this.added.push(layer)
    return layer
  }

  private cast(inputs: Tree): Tree {
    return this.dtypePolicy.computeDtype === 'f32' ? inputs : mapTree(inputs, (x) => this.castTensor(x))
  }

  private castTensor(x: Tensor): Tensor {
    return this.dtypePolicy.casts(x.dtype) && x.dtype !== 'f64' ? withMask(x.cast(this.dtypePolicy.computeDtype), maskOf(x)) : x
  }

  private buildFor(inputs: Tree, context: CallContext): void {
    if (this.built) return
    if (context.initialKey === undefined) {
      throw new ConfigError(`${this.name}: expected to be built before it is called, it is not. Add it to a model.`)
    }
    this.initialKey = context.initialKey
    const formula: Formula<Out> = this
    formula.build(dimsOf(inputs))
    this.built = true
  }

  private noteActivity(result: Tree, { losses }: CallContext): void {
    if (this.activityRegularizer === undefined || losses === undefined) return
    for (const leaf of flattenTree(result).leaves) {
      const penalty = this.activityRegularizer(leaf)
      losses.push(leaf.rank === 0 ? penalty : penalty.divide(countOf(leaf.dims[0] ?? 1)))
    }
  }

  private naming<R>(inputs: Tree, formula: () => R): R {
    try {
      return formula()
    } catch (error) {
      const known = error instanceof Error && error.message.startsWith(this.name)
      if (known || !(error instanceof ShapeError || error instanceof DTypeError)) throw error
      const shapes = flattenTree(inputs).leaves.map(({ dims }) => showDims(dims))
      const message = `${this.name} (input ${shapes.join(', ')}): ${error.message}`
      throw error instanceof ShapeError ? new ShapeError(message, { cause: error }) : new DTypeError(message, { cause: error })
    }
  }
}

/** A size as a factor, also where it is bound only when the program runs. */
export function countOf(size: Dim): number | Tensor {
  return typeof size === 'number' ? size : sum(ones([size]))
}

/** What a formula sees: the caller's context without what was meant for the caller's own formula. */
function contextFor({ training, nextKey, initialKey, losses, shapesOnly }: CallContext, options: CallOptions, mask: Mask): CallContext {
  return { training, nextKey, initialKey, losses, shapesOnly, mask, ...options }
}

function dimsOf(inputs: Tree): InputDims {
  if (inputs instanceof Tensor) return inputs.dims
  if (isList(inputs)) return inputs.map(dimsOf)
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, dimsOf(value)]))
}

const isList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree)

/** The names of {@link LayerOptions}. */
export const commonOptions: readonly (keyof LayerOptions)[] = ['name', 'inputShape', 'inputDim', 'trainable', 'dtype', 'activityRegularizer']
