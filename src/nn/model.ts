// What every kind of model shares: a layer made of layers that can be compiled, trained, asked, shown, saved and loaded.

import { ConfigError, type Dims, evaluateAsync, random, ShapeError, SymbolicDim, Tensor, type Tree, zeros } from '../core/index.ts'
import { type CallContext, inContext } from './call-context.ts'
import { checkTargets, evaluateModel, type EvaluateOptions } from './evaluate.ts'
import { fitModel, type FitOptions } from './fit.ts'
import { keySequence } from './keys.ts'
import type { History } from './history.ts'
import { type AnyLayer, type InputDims, Layer, type LayerOptions, parametersOf } from './layer.ts'
import { anyBatch } from './layer-calls.ts'
import { LayerGraph } from './layer-graph.ts'
import { type LossIdentifier, resolveLoss } from './losses/resolve.ts'
import { type MetricIdentifier, resolveMetric } from './metrics/resolve.ts'
import { type LoadWeightsOptions, loadWeights, modelToJson, type SaveOptions, saveModel, saveWeights } from './model-files.ts'
import { type Optimizer, resolveOptimizer } from './optimizers/index.ts'
import { Prediction, type PredictOptions } from './predict.ts'
import { countElements, summaryOf } from './summary.ts'
import { type Compiled, Training } from './training.ts'
import type { Figures } from './tracking.ts'
import { asTensor, checkLengths, rowsOf, type TrainingData } from './training-data.ts'
import { setWeightsOf, weightsOf } from './weights.ts'

/** Options of every model. */
export interface ModelOptions<In extends Tree = Tree, Out extends Tree = Tree> extends LayerOptions {
  /** Symbolic tensors that the model starts from, for a functional model: what `Input` has made, several as a list or record. */
  readonly inputs?: In
  /** What layers have made of `inputs`. */
  readonly outputs?: Out
  /** Of initial values, dropout and shuffling: the same seed gives the same numbers. Default 0. */
  readonly seed?: number
}

/** What a model is trained with. */
export interface CompileOptions {
  /** A name (`'categoricalCrossentropy'`; Keras's `'categorical_crossentropy'` does as well), a loss, or a function of targets and predictions. */
  readonly loss: LossIdentifier
  /** A name, for its defaults, or an optimizer. Default 'sgd'. */
  readonly optimizer?: string | Optimizer
  /** Names, metrics, or functions of targets and predictions. Default none. */
  readonly metrics?: readonly MetricIdentifier[]
}

/** What models of any inputs and results have in common. */
export type AnyModel = Model<never, Tree>

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
 *   output = layers.dense({ units: 10 })
 *   override call(x: Tensor) { return this.output(this.hidden(x)) }
 * }
 * ```
 */
export class Model<In extends Tree = Tensor, Out extends Tree = Tensor> extends Layer<In, Out> {
  /** The calls between inputs and outputs of a functional model. */
  readonly graph: LayerGraph | undefined
  readonly seed: number
  /** Set by callbacks to stop `fit` after the present step. */
  stopTraining = false
  private compiled: Compiled | undefined
  private trained: Training | undefined
  private predicting: Prediction | undefined
  private builtFor: readonly number[] | undefined
  private readonly ownKeys: () => Tensor

  constructor(options: ModelOptions<In, Out> = {}, className?: string) {
    const { inputs, outputs } = options
    super(options, className ?? (inputs === undefined ? undefined : 'Functional'))
    this.seed = options.seed ?? 0
    this.ownKeys = keySequence(random.key(this.seed))
    if ((inputs === undefined) !== (outputs === undefined)) {
      const [given, missing] = inputs === undefined ? ['outputs', 'inputs'] : ['inputs', 'outputs']
      throw new ConfigError(`${this.name}: expected both inputs and outputs, got only ${given}. Pass ${missing} too.`)
    }
    if (inputs !== undefined && outputs !== undefined) {
      this.graph = new LayerGraph(this.name, inputs, outputs)
      this.built = true
      if (outputs instanceof Tensor) this.outputDims = outputs.dims
    }
  }

  /** The layers, first to last. */
  get layers(): readonly AnyLayer[] {
    return this.children
  }

  override get children(): readonly AnyLayer[] {
    return this.graph?.layers ?? super.children
  }

  /** The layer of a name or at a position. A ConfigError where there is none. */
  getLayer(which: string | number): AnyLayer {
    const { layers } = this
    const found = typeof which === 'number' ? layers.at(which) : layers.find(({ name }) => name === which)
    if (found !== undefined) return found
    const names = layers.map(({ name }) => name)
    throw new ConfigError(`${this.name}: expected one of the layers ${names.join(', ')}, got '${which}'. Use one of these names.`)
  }

  /** The formula: of a functional model its graph; subclasses give their own. */
  call(inputs: In, context: CallContext): Out
  call(inputs: Tree, context: CallContext): Tree {
    if (this.graph !== undefined) return this.graph.run(this.name, inputs, context)
    throw new ConfigError(`${this.name}: expected a formula, got a model without one. Override call, or pass inputs and outputs.`)
  }

  /** Makes the parameters of all layers for inputs `[batch, …]`; `fit` does so with the shape of its data where no layer has told one. */
  override build(inputs: InputDims): void {
    if (this.built) return
    const context = { training: false, nextKey: this.ownKeys, initialKey: this.initialKey ?? this.ownKeys, shapesOnly: true }
    const formula: { call(inputs: Tree, context: CallContext): Tree } = this
    const result = inContext(context, () => formula.call(zerosOf(inputs), context))
    if (result instanceof Tensor) this.outputDims = result.dims
    this.built = true
  }

  /** Fixes loss, optimizer and metrics. What an earlier compile remembers (moments, steps) is gone; parameters stay. */
  compile({ loss, optimizer = 'sgd', metrics = [] }: CompileOptions): void {
    this.compiled = { loss: resolveLoss(loss), optimizer: resolveOptimizer(optimizer), metrics: metrics.map(resolveMetric) }
    this.trained = undefined
  }

  /** The training of this model, begun where it is not. Needs `compile` and `build`. */
  training(where: string): Training {
    if (this.compiled === undefined) {
      throw new ConfigError(`${where}: expected a compiled model, it is not. Call model.compile({ loss, optimizer, metrics }) first.`)
    }
    this.needBuilt(where)
    this.trained ??= new Training(this, this.compiled, this.seed)
    return this.trained
  }

  /** The learning rate of the last update. Setting it compiles nothing; an optimizer with a schedule does not take it. */
  get learningRate(): number {
    return this.training('learningRate').learningRate
  }

  set learningRate(rate: number) {
    this.training('learningRate').learningRate = rate
  }

  /** Trains on samples and targets; the history of loss and metrics. */
  fit(x: TrainingData, y: TrainingData, options: FitOptions = {}): Promise<History> {
    return fitModel(this, x, y, options)
  }

  /** Loss and metrics on samples and targets. */
  evaluate(x: TrainingData, y: TrainingData, options: EvaluateOptions = {}): Promise<Figures> {
    return evaluateModel(this, x, y, options)
  }

  /** The model's results for samples, `[samples, …]`. */
  predict(x: TrainingData, options: PredictOptions = {}): Promise<Tensor> {
    this.predicting ??= new Prediction(this)
    return this.predicting.run(x, options)
  }

  /** Forgets programs and shapes: the layers are others now. */
  protected changed(): void {
    this.built = false
    this.outputDims = undefined
    this.trained = undefined
    this.predicting = undefined
  }

  /** One step on one batch; its loss and metrics. */
  async trainOnBatch(x: TrainingData, y: TrainingData): Promise<Figures> {
    const [samples, targets] = [asTensor(x), asTensor(y)]
    const [rows, labels] = [await rowsOf('trainOnBatch', 'x', samples), await rowsOf('trainOnBatch', 'y', targets)]
    checkLengths('trainOnBatch', rows, labels)
    this.prepare('trainOnBatch', rows.sampleShape)
    const training = this.training('trainOnBatch')
    checkTargets('trainOnBatch', this, labels)
    await this.settle()
    training.resetSums()
    await training.trainAsync({ x: samples, y: targets, count: rows.count, capacity: undefined })
    return training.figures()
  }

  /** Builds the model for samples of a shape, or checks that they fit it. */
  prepare(where: string, sampleShape: readonly number[]): void {
    const wanted = this.sampleShape
    if (wanted !== undefined && (wanted.length !== sampleShape.length || wanted.some((d, i) => d !== sampleShape[i]))) {
      throw new ShapeError(
        `${where}: expected samples of [${wanted.join(', ')}] for layer '${this.layers[0]?.name ?? this.name}', got [${sampleShape.join(', ')}]. ` +
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

  /** Copies of the parameters, in order. */
  getWeights(): Tensor[] {
    return weightsOf(this)
  }

  /** Copies tensors into the parameters, in the order of {@link getWeights}. */
  setWeights(weights: readonly Tensor[]): void {
    setWeightsOf(this, weights)
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

  private needBuilt(where: string): void {
    if (!this.built)
      throw new ConfigError(`${where}: expected a model with parameters, it is not built. Give its first layer an inputShape, or call build.`)
  }

  /** Number of elements in all parameters. */
  countParams(): number {
    return countElements(this)
  }

  /** Prints the layers with their results' shapes and numbers of parameters; `print` takes the text instead of the console. */
  summary(print: (text: string) => void = console.log): void {
    print(summaryOf(this))
  }

  /** Computes initial values one by one: parameters of one kind and shape share a program. */
  async settle(): Promise<void> {
    for (const { parameter } of parametersOf(this)) await evaluateAsync([parameter.value])
  }
}

/** Inputs of a shape that a batch of any size has. */
function zerosOf(inputs: InputDims): Tree {
  if (isDims(inputs)) return zeros([anyBatch, ...inputs.slice(1)])
  if (Array.isArray(inputs)) return inputs.map(zerosOf)
  return Object.fromEntries(Object.entries(inputs).map(([name, dims]) => [name, zerosOf(dims)]))
}

const isDims = (inputs: InputDims): inputs is Dims =>
  Array.isArray(inputs) && inputs.every((size) => typeof size === 'number' || size instanceof SymbolicDim)
