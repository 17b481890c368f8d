// What every kind of model shares: a layer made of layers that can be compiled, trained, asked, shown, saved and loaded.

import {
  ConfigError,
  type Dims,
  evaluateAsync,
  flattenTree,
  random,
  ShapeError,
  showDims,
  SymbolicDim,
  Tensor,
  type Tree,
  type TreeStructure,
  zeros,
} from '../../core/index.ts'
import { numberWithin } from '../options/option-checks.ts'
import { type CallContext, type CallOptions, inContext } from '../layer/call-context.ts'
import { type SummaryOptions, summaryOf } from '../inspection/summary.ts'
import { keySequence } from '../layer/keys.ts'
import type { AnyLayer, InputDims, LayerOptions } from '../layer/layer.ts'
import { parametersOf } from '../layer/named-parameters.ts'
import { anyBatch } from '../functional/layer-calls.ts'
import { LayerGraph } from '../functional/layer-graph.ts'
import { type LoadWeightsOptions, loadWeights, modelToJson, type SaveOptions, saveModel, saveWeights } from '../saving/model-files.ts'
import { inputNamesOf, outputNamesOf } from '../functional/model-names.ts'
import { type ModelOutputs, Trainer } from '../training/trainer.ts'
import type { AnyShape } from '../layer/result-shapes.ts'

/** Options of every model. */
export interface ModelOptions<In extends Tree = Tree, Out extends Tree = Tree> extends LayerOptions {
  /** Symbolic tensors that the model starts from, for a functional model: what `Input` has made, several as a list or record. */
  readonly inputs?: In
  /** What layers have made of `inputs`. */
  readonly outputs?: Out
  /** Of initial values, dropout and shuffling: the same seed gives the same numbers. Default 0. */
  readonly seed?: number
}

/** What models of any inputs and results have in common. */
export type AnyModel = Model<never, Tree>

/** A layer that a model holds, whose exact class is not known: it can be called on whatever it takes, where it gives one tensor. */
export type HeldLayer = AnyLayer & ((inputs: Tree, options?: CallOptions) => Tensor)

const isHeld = (layer: AnyLayer): layer is HeldLayer => typeof layer === 'function'

/** The call of a model: of inputs whose shapes the type system need not know; they are checked when it runs. */
export interface Model<In extends Tree = Tensor, Out extends Tree = Tensor> {
  (inputs: AnyShape<In>, options?: CallOptions): Out
}

/**
 * A layer made of layers, with everything that training needs. Either functional, from symbolic tensors,
 *
 * ```ts
 * const x = Input({ shape: [64] })
 * const h = layers.dense({ units: 64, activation: 'relu' })(x)
 * const model = new Model({ inputs: x, outputs: layers.dense({ units: 10 })(layers.add()([x, h])) })
 * ```
 *
 * or a subclass with a `call` of its own, whose layers are found in its fields:
 *
 * ```ts
 * class Classifier extends Model {
 *   hidden = layers.dense({ units: 64, activation: 'relu' })
 *   head = layers.dense({ units: 10 })
 *   override call(x: Tensor) { return this.head(this.hidden(x)) }
 * }
 * ```
 */
export class Model<In extends Tree = Tensor, Out extends Tree = Tensor> extends Trainer<In, Out> {
  /** The calls between inputs and outputs of a functional model. */
  readonly graph: LayerGraph | undefined
  override readonly seed: number
  private builtFor: readonly number[] | undefined
  private results: Tree | undefined
  private readonly ownKeys: () => Tensor

  constructor(options: ModelOptions<In, Out> = {}, className?: string) {
    // Subclasses with a formula of their own may have options of their own.
    const known = className !== undefined || new.target === Model ? ['inputs', 'outputs', 'seed'] : undefined
    super(options, className ?? (options?.inputs === undefined ? undefined : 'Functional'), known)
    const { inputs, outputs } = options
    this.seed = numberWithin(this.name, 'seed', options.seed ?? 0, { whole: true })
    this.ownKeys = keySequence(random.key(this.seed))
    if ((inputs === undefined) !== (outputs === undefined)) {
      const [given, missing] = inputs === undefined ? ['outputs', 'inputs'] : ['inputs', 'outputs']
      throw new ConfigError(`${this.name}: expected both inputs and outputs, got only ${given}. Pass ${missing} too.`)
    }
    if (inputs !== undefined && outputs !== undefined) {
      this.graph = new LayerGraph(this.name, inputs, outputs)
      this.results = outputs
      this.built = true
      if (outputs instanceof Tensor) this.outputDims = outputs.dims
    }
  }

  protected override get model(): AnyModel {
    return this
  }

  /** The layers, first to last. */
  get layers(): readonly HeldLayer[] {
    return this.children.filter(isHeld)
  }

  override get children(): readonly AnyLayer[] {
    return this.graph?.layers ?? super.children
  }

  /**
   * The layer of a name or at a position (from the end where it is negative); with a class, as one of that class:
   * `model.getLayer('head', layers.Dense).units`. A ConfigError where there is none.
   */
  getLayer(which: string | number): HeldLayer
  getLayer<L extends AnyLayer>(which: string | number, kind: abstract new (...options: never) => L): L
  getLayer(which: string | number, kind?: abstract new (...options: never) => AnyLayer): AnyLayer {
    const { layers } = this
    const found = typeof which === 'number' ? layers.at(which) : layers.find(({ name }) => name === which)
    if (found !== undefined) {
      const { className } = found
      if (kind === undefined || found instanceof kind) return found
      throw new ConfigError(`${this.name}: expected layer '${which}' to be of class ${kind.name}, it is of class ${className}. Ask for that class.`)
    }
    const names = layers.map(({ name }) => name)
    throw new ConfigError(`${this.name}: expected one of the layers ${names.join(', ')}, got '${which}'. Use one of these names.`)
  }

  /** The formula: of a functional model its graph; subclasses give their own. */
  call(inputs: In, context: CallContext): Out
  call(inputs: Tree, context: CallContext): Tree {
    if (this.graph !== undefined) return this.graph.run(this.name, inputs, context)
    throw new ConfigError(
      `${this.name}: expected a formula, got a model without one. Override call, pass inputs and outputs, or build the layers in its fields and override trainStep.`,
    )
  }

  /** Makes the parameters of all layers for inputs `[batch, …]`; `fit` does so with the shape of its data where no layer has told one. */
  override build(inputs: InputDims): void {
    if (this.built) return
    // A model with a step of its own (a GAN) need not have a formula: its parts are built, or say in its steps that they are not.
    const hasFormula = this.call !== Model.prototype.call
    if (!hasFormula && this.children.length > 0 && this.children.every((layer) => layer.built)) {
      this.built = true
      return
    }
    const context = { training: false, nextKey: this.ownKeys, initialKey: this.initialKey ?? this.ownKeys, shapesOnly: true }
    const formula: { call(inputs: Tree, context: CallContext): Tree } = this
    const result = inContext(context, () => formula.call(zerosOf(inputs), context))
    if (result instanceof Tensor) this.outputDims = result.dims
    this.results = result
    this.built = true
  }

  override get inputs(): readonly Tensor[] {
    return this.graph === undefined ? super.inputs : flattenTree(this.graph.inputs).leaves
  }

  override get outputs(): readonly Tensor[] {
    return this.graph === undefined ? super.outputs : flattenTree(this.graph.outputs).leaves
  }

  /** Names, shapes and structure of the inputs of a functional model. */
  get inputSlots(): { readonly names: readonly string[]; readonly structure: TreeStructure; readonly dims: readonly Dims[] } | undefined {
    if (this.graph === undefined) return undefined
    const { structure, leaves } = flattenTree(this.graph.inputs)
    return { names: inputNamesOf(this.graph.inputs), structure, dims: leaves.map(({ dims }) => dims) }
  }

  /** Names and shapes of the outputs: one until the model is built. */
  override get outputSlots(): ModelOutputs {
    const { results } = this
    if (results === undefined || (this.graph === undefined && results instanceof Tensor)) {
      return { names: [this.layers.at(-1)?.name ?? 'output'], dims: results instanceof Tensor ? [results.dims] : [] }
    }
    return { names: outputNamesOf(results, this.graph), dims: flattenTree(results).leaves.map(({ dims }) => dims) }
  }

  /** Forgets programs and shapes: the layers are others now. */
  protected changed(): void {
    this.built = false
    this.outputDims = undefined
    this.results = undefined
    this.forgetTraining()
  }

  /** Builds the model for a batch, or checks that it fits it. */
  override prepareFor(where: string, example: Tree): void {
    const { inputSlots: inputs } = this
    if (inputs === undefined) {
      if (example instanceof Tensor) this.prepare(where, example.shape.slice(1))
      else this.build(anyBatchOf(example))
      return
    }
    flattenTree(example).leaves.forEach(({ dims }, i) => {
      const wanted = inputs.dims[i] ?? []
      if (wanted.length === dims.length && wanted.every((size, axis) => typeof size !== 'number' || size === dims[axis] || axis === 0)) return
      const show = (sizes: Dims): string =>
        `[${sizes
          .slice(1)
          .map((size) => (typeof size === 'number' ? size : 'any'))
          .join(', ')}]`
      throw new ShapeError(`${where}: expected samples of ${show(wanted)} for input '${inputs.names[i] ?? ''}', got ${show(dims)}. Reshape the data.`)
    })
  }

  /** Builds the model for samples of a shape, or checks that they fit it. */
  prepare(where: string, sampleShape: readonly number[]): void {
    const wanted = this.sampleShape
    if (wanted !== undefined && (wanted.length !== sampleShape.length || wanted.some((d, i) => d !== sampleShape[i]))) {
      throw new ShapeError(
        `${where}: expected samples of [${wanted.join(', ')}] for layer '${this.layers[0]?.name ?? this.name}', got ${showDims(sampleShape)}. ` +
          'Reshape the data, or change inputShape.',
      )
    }
    this.build([anyBatch, ...sampleShape])
    this.builtFor ??= sampleShape
  }

  /** Shape of the samples that the model is built for or has been told of. */
  protected get sampleShape(): readonly number[] | undefined {
    return this.builtFor ?? this.inputShape ?? this.layers[0]?.inputShape
  }

  /** Writes the model, its weights and what it was compiled with to a `.keras` archive, which Keras opens too; see {@link loadModel}. */
  save(path: string, options?: SaveOptions): Promise<void> {
    return saveModel(this, path, options)
  }

  /** Writes the parameters to a file, which appears whole or not at all: `.weights.h5` as Keras's, any other name as safetensors. */
  saveWeights(path: string, options?: SaveOptions): Promise<void> {
    return saveWeights(this, path, options)
  }

  /** Reads the parameters from a file of {@link saveWeights} or of Keras; names of layers that were left out, where options allow that. */
  loadWeights(path: string, options?: LoadWeightsOptions): Promise<readonly string[]> {
    return loadWeights(this, path, options)
  }

  /** The model without weights as Keras's JSON; see {@link modelFromJson}. */
  toJson(): Promise<string> {
    return modelToJson(this)
  }

  /** Prints the layers with their results' shapes, numbers of parameters and operations, and the sums of them; `print` takes the text instead of the console. */
  summary(options: SummaryOptions | ((text: string) => void) = {}): void {
    const own = typeof options === 'function' ? { print: options } : options
    const { print = console.log } = own
    print(summaryOf(this, own))
  }

  /** Computes initial values one by one: parameters of one kind and shape share a program. */
  override async settle(): Promise<void> {
    for (const { parameter } of parametersOf(this)) await evaluateAsync([parameter.value])
  }
}

/** Inputs of a shape that a batch of any size has. */
function zerosOf(inputs: InputDims): Tree {
  if (isDims(inputs)) return zeros([anyBatch, ...inputs.slice(1)])
  if (Array.isArray(inputs)) return inputs.map(zerosOf)
  return Object.fromEntries(Object.entries(inputs).map(([name, dims]) => [name, zerosOf(dims)]))
}

/** Whether the inputs are one tensor. */
export const isDims = (inputs: InputDims | undefined): inputs is Dims =>
  Array.isArray(inputs) && inputs.every((size) => typeof size === 'number' || size instanceof SymbolicDim)

/** Sizes of a batch of any size. */
function anyBatchOf(example: Tree): InputDims {
  if (example instanceof Tensor) return [anyBatch, ...example.dims.slice(1)]
  if (isTreeList(example)) return example.map(anyBatchOf)
  return Object.fromEntries(Object.entries(example).map(([name, part]) => [name, anyBatchOf(part)]))
}

const isTreeList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree)
