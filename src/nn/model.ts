// What every kind of model shares: a layer made of layers that can be compiled, trained, asked, shown, saved and loaded.

import {
  ConfigError,
  type Dims,
  evaluateAsync,
  flattenTree,
  random,
  ShapeError,
  sum,
  SymbolicDim,
  Tensor,
  type Tree,
  type TreeStructure,
  zeros,
} from '../core/index.ts'
import { type BatchSource, isBatchSource } from './batch-source.ts'
import { type CallContext, currentContext, inContext } from './call-context.ts'
import { type ClassWeight, checkClassWeight } from './class-weights.ts'
import { type CompileConfig, type Compiled, type CompileOptions, compileConfig, optionsOfConfig, resolveCompile } from './compile-options.ts'
import { totalOf } from './compiled-losses.ts'
import type { DataTree } from './data-tree.ts'
import { evaluateModel, type EvaluateOptions } from './evaluate.ts'
import { fitModel } from './fit.ts'
import type { FitOptions } from './fit-options.ts'
import { outputsOf, predictionOf } from './forward.ts'
import { valueAndGradients } from './gradients-of-cells.ts'
import type { History } from './history.ts'
import { keySequence } from './keys.ts'
import { type AnyLayer, type InputDims, Layer, type LayerOptions, parametersOf } from './layer.ts'
import { anyBatch } from './layer-calls.ts'
import { LayerGraph } from './layer-graph.ts'
import { rowsIn } from './loss-tracker.ts'
import { Accumulator } from './metrics/metric.ts'
import { batchOf, byOutput, inputsFor, isTensor } from './model-data.ts'
import { inputNamesOf, outputNamesOf } from './model-names.ts'
import { checkOptionNames } from './option-names.ts'
import { type LoadWeightsOptions, loadWeights, modelToJson, type SaveOptions, saveModel, saveWeights } from './model-files.ts'
import type { Optimizer } from './optimizers/index.ts'
import type { Parameter } from './parameter.ts'
import { Prediction, predictModel, type PredictOptions } from './predict.ts'
import { countElements, type SummaryOptions, summaryOf } from './inspection/summary.ts'
import { type Figures, type StepBatch, type StepLogs, Training } from './training.ts'
import type { TrainingState } from './training-state.ts'
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

/** The outputs of a model: their names, their shapes (batch included). */
export interface ModelOutputs {
  readonly names: readonly string[]
  readonly dims: readonly Dims[]
}

/** Options of `trainOnBatch` and `testOnBatch`. */
export interface OnBatchOptions {
  /** What samples count for. */
  readonly sampleWeight?: DataTree
  /** What samples of a class count for; `trainOnBatch` only. */
  readonly classWeight?: ClassWeight
  /** Whether the figures are of this batch alone, instead of all since the last reset. Default true, as Keras. */
  readonly resetMetrics?: boolean
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
  /** What {@link compile} was told; undefined before. */
  compileOptions: CompileOptions | undefined
  private compiled: Compiled | undefined
  private trained: Training | undefined
  private predicting: Prediction | undefined
  private builtFor: readonly number[] | undefined
  private results: Tree | undefined
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
      this.results = outputs
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
    this.results = result
    this.built = true
  }

  /** The inputs of a functional model: their names, and the structure that they have. */
  get inputs(): { readonly names: readonly string[]; readonly structure: TreeStructure; readonly dims: readonly Dims[] } | undefined {
    if (this.graph === undefined) return undefined
    const { structure, leaves } = flattenTree(this.graph.inputs)
    return { names: inputNamesOf(this.graph.inputs), structure, dims: leaves.map(({ dims }) => dims) }
  }

  /** The outputs: one until the model is built. */
  get outputs(): ModelOutputs {
    const { results } = this
    if (results === undefined || (this.graph === undefined && results instanceof Tensor)) {
      return { names: [this.layers.at(-1)?.name ?? 'output'], dims: results instanceof Tensor ? [results.dims] : [] }
    }
    return { names: outputNamesOf(results, this.graph), dims: flattenTree(results).leaves.map(({ dims }) => dims) }
  }

  /** Fixes losses, optimizer and metrics. What an earlier compile remembers (moments, steps) is gone; parameters stay. */
  compile(options: CompileOptions): void {
    this.compiled = resolveCompile(options)
    this.compileOptions = options
    this.trained = undefined
  }

  get isCompiled(): boolean {
    return this.compiled !== undefined
  }

  /** What `compile` was given, as plain JSON; undefined before. */
  getCompileConfig(): CompileConfig | undefined {
    return this.compiled && compileConfig(this.compiled, this.compileOptions ?? {})
  }

  /** Compiles with what {@link getCompileConfig} gave. */
  compileFromConfig(config: Readonly<Record<string, unknown>>): void {
    this.compile(optionsOfConfig(config))
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

  // Steps: plain code that is compiled. Override them for steps of one's own.

  /**
   * One step of training: what `fit` and `trainOnBatch` compile. It may read and write parameters, optimizers and metrics; what it returns is
   * reported.
   *
   * ```ts
   * override trainStep({ x, y }: StepBatch) {
   *   const [loss, gradients] = this.valueAndGradients(() => this.computeLoss(x, y, this.run(x, { ...currentContext(), training: true })))
   *   this.optimizer.apply(gradients, this.trainableParameters)
   *   return { loss }
   * }
   * ```
   */
  trainStep({ x, y, sampleWeight }: StepBatch): StepLogs {
    const training = this.training('trainStep')
    let [loss, prediction]: [Tensor | undefined, Tree] = [undefined, []]
    const [, gradients] = this.valueAndGradients(() => {
      prediction = this.respond(x, true)
      loss = this.computeLoss(x, y, prediction, sampleWeight)
      return training.optimizer.scaleLoss(loss)
    })
    if (loss !== undefined) training.tracker.track(loss, rowsIn(flattenTree(x).leaves[0]))
    if (gradients.length > 0) training.applyGradients(gradients)
    return this.computeMetrics(x, y, prediction, sampleWeight)
  }

  /** One step of `evaluate` and `testOnBatch`. */
  testStep({ x, y, sampleWeight }: StepBatch): StepLogs {
    const { tracker } = this.training('testStep')
    const prediction = this.respond(x, false)
    tracker.track(this.computeLoss(x, y, prediction, sampleWeight), rowsIn(flattenTree(x).leaves[0]))
    return this.computeMetrics(x, y, prediction, sampleWeight)
  }

  /** One step of `predict` and `predictOnBatch`: the results for samples. */
  predictStep(x: Tree): Tree {
    return this.run(x, { ...currentContext(), training: false })
  }

  /** The results for samples inside of a step; losses of them are computed from the logits behind them where there are some. */
  respond(x: Tree, training: boolean): Tree {
    return predictionOf(this, x, { ...currentContext(), training })
  }

  /** The loss that training makes smaller: the weighted sum of the outputs' losses, and {@link losses}. */
  computeLoss(x: Tree, y: Tree | undefined, prediction: Tree, sampleWeight?: Tree): Tensor {
    const { losses, tracker } = this.training('computeLoss')
    const values = losses.values('computeLoss', this.targets(y), outputsOf(prediction), this.weights(sampleWeight))
    tracker.trackOutputs(values, rowsIn(flattenTree(x).leaves[0]))
    const added = this.losses.map((loss): Tensor => sum(loss).cast('f32'))
    const parts = [...flattenTree(totalOf(values) ?? []).leaves, ...added]
    const [first, ...others] = parts
    if (first === undefined) throw new ConfigError(`${this.name}: expected a loss, got none. Compile with a loss, or call addLoss in a layer.`)
    return others.reduce((total, part): Tensor => total.add(part), first)
  }

  /** Shows the metrics a batch; what they and the loss stand at since the last reset. */
  computeMetrics(_x: Tree, y: Tree | undefined, prediction: Tree, sampleWeight?: Tree): StepLogs {
    const training = this.training('computeMetrics')
    training.metrics.update(this.targets(y), outputsOf(prediction), this.weights(sampleWeight))
    return training.results()
  }

  /** A scalar and its gradients by parameters, in their order. What the formula changes else (moving averages, metrics) stays changed. */
  valueAndGradients(
    formula: () => Tensor,
    parameters: readonly Parameter[] = this.trainableParameters,
  ): [value: Tensor, gradients: readonly Tensor[]] {
    const [value, gradients] = valueAndGradients(formula, parameters)
    this.trained?.watch(value)
    return [value, gradients]
  }

  private targets(y: Tree | undefined): (Tensor | undefined)[] {
    return byOutput<Tensor>(this, 'computeLoss', 'y', y, isTensor)
  }

  private weights(sampleWeight: Tree | undefined): (Tensor | undefined)[] {
    // One array is for all outputs.
    if (sampleWeight instanceof Tensor) return this.outputs.names.map(() => sampleWeight)
    return byOutput<Tensor>(this, 'computeLoss', 'sampleWeight', sampleWeight, isTensor)
  }

  /** What layers have added to the loss in the step that is being computed, and the penalties on parameters that are trained. */
  get losses(): readonly Tensor[] {
    const penalties = parametersOf(this).flatMap(({ trainable, parameter: { regularizer, value } }) =>
      trainable && regularizer !== undefined ? [regularizer(value)] : [],
    )
    return [...(currentContext().losses ?? []), ...penalties]
  }

  /** The optimizer that the model was compiled with. */
  get optimizer(): Optimizer {
    if (this.compiled !== undefined) return this.compiled.optimizer
    throw new ConfigError(`${this.name}: expected a compiled model, it is not. Call model.compile({ loss, optimizer, metrics }) first.`)
  }

  /** The loss's mean, the metrics that the model was compiled with, and those in its fields. */
  get metrics(): readonly Accumulator[] {
    return this.compiled !== undefined && this.built ? this.training('metrics').accumulators : this.ownMetrics
  }

  /** Metrics in the model's fields. */
  get ownMetrics(): readonly Accumulator[] {
    return Object.values(this).flatMap((value) => (Array.isArray(value) ? value : [value]).filter((part) => part instanceof Accumulator))
  }

  /** Starts new figures. */
  resetMetrics(): void {
    if (this.compiled !== undefined && this.built) this.training('resetMetrics').resetMetrics()
    else for (const metric of this.ownMetrics) metric.resetState()
  }

  /** The parameters that training changes by their gradients. */
  get trainableParameters(): readonly Parameter[] {
    return parametersOf(this).flatMap(({ trainable, parameter }) => (trainable ? [parameter] : []))
  }

  /** The others: of frozen layers, moving averages, states. */
  get nonTrainableParameters(): readonly Parameter[] {
    return parametersOf(this).flatMap(({ trainable, parameter }) => (trainable ? [] : [parameter]))
  }

  /** Everything that a training needs to go on exactly as it would have, as tensors and JSON. */
  trainingState(): Promise<TrainingState> {
    return this.training('trainingState').state()
  }

  /** Puts back what {@link trainingState} gave: in a callback's `onTrainBegin`, or before `fit`, which then goes on from there. */
  restoreTrainingState(state: TrainingState): void {
    this.training('restoreTrainingState').restore(state)
  }

  /** The learning rate of the last update. Setting it compiles nothing; an optimizer with a schedule does not take it. */
  get learningRate(): number {
    return this.training('learningRate').learningRate
  }

  set learningRate(rate: number) {
    this.training('learningRate').learningRate = rate
  }

  /**
   * Trains on samples and targets, or on batches of them; the history of loss and metrics. Models of several inputs or outputs take lists or records
   * of arrays.
   */
  fit(x: DataTree, y?: DataTree, options?: FitOptions): Promise<History>
  fit(batches: BatchSource, options?: FitOptions): Promise<History>
  fit(x: DataTree | BatchSource, y?: DataTree | FitOptions, options?: FitOptions): Promise<History> {
    const given = dataAndOptions(x, y, options)
    return fitModel(this, x, given.y, given.options)
  }

  /** Loss and metrics on samples and targets, or on batches of them. */
  evaluate(x: DataTree, y?: DataTree, options?: EvaluateOptions): Promise<Figures>
  evaluate(batches: BatchSource, options?: EvaluateOptions): Promise<Figures>
  evaluate(x: DataTree | BatchSource, y?: DataTree | EvaluateOptions, options?: EvaluateOptions): Promise<Figures> {
    const given = dataAndOptions(x, y, options)
    return evaluateModel(this, x, given.y, given.options)
  }

  /** The model's results for samples, `[samples, …]`, or for batches of them. */
  predict(x: DataTree | BatchSource, options?: PredictOptions): Promise<Out>
  predict(x: DataTree | BatchSource, options: PredictOptions = {}): Promise<Tree> {
    return predictModel(this, x, options, () => this.prediction())
  }

  private prediction(): Prediction {
    this.predicting ??= new Prediction(this)
    return this.predicting
  }

  /** Forgets programs and shapes: the layers are others now. */
  protected changed(): void {
    this.built = false
    this.outputDims = undefined
    this.results = undefined
    this.trained = undefined
    this.predicting = undefined
  }

  /** One step on one batch; its loss and metrics. */
  async trainOnBatch(x: DataTree, y?: DataTree, options: OnBatchOptions = {}): Promise<Figures> {
    const { training, batch } = await this.oneBatch('trainOnBatch', x, y, options)
    await training.trainAsync(batch)
    return { loss: Number.NaN, ...(await training.figures()) }
  }

  /** Loss and metrics of one batch. */
  async testOnBatch(x: DataTree, y?: DataTree, options: Omit<OnBatchOptions, 'classWeight'> = {}): Promise<Figures> {
    const { training, batch } = await this.oneBatch('testOnBatch', x, y, options)
    await training.testAsync(batch)
    return { loss: Number.NaN, ...(await training.figures()) }
  }

  /** The results for one batch. */
  predictOnBatch(x: DataTree): Promise<Out>
  async predictOnBatch(x: DataTree): Promise<Tree> {
    const batch = await batchOf(this, { where: 'predictOnBatch', x, y: undefined, sampleWeight: undefined })
    this.prepareFor('predictOnBatch', batch.x)
    await this.settle()
    return this.prediction().batch({ ...batch, capacity: undefined })
  }

  private async oneBatch(where: string, x: DataTree, y: DataTree | undefined, options: OnBatchOptions) {
    checkOptionNames(where, options, ['sampleWeight', 'classWeight', 'resetMetrics'])
    const { sampleWeight, classWeight, resetMetrics = true } = options
    this.prepareFor(where, inputsFor(this, where, x))
    const training = this.training(where)
    const batch = await batchOf(this, { where, x, y, sampleWeight, classWeight: classWeight && checkClassWeight(where, classWeight) })
    await this.settle()
    if (resetMetrics) training.resetMetrics()
    return { training, batch: { ...batch, capacity: undefined } }
  }

  /** Builds the model for a batch, or checks that it fits it. */
  prepareFor(where: string, example: Tree): void {
    const { inputs } = this
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

  /** Prints the layers with their results' shapes, numbers of parameters and operations, and the sums of them; `print` takes the text instead of the console. */
  summary(options: SummaryOptions | ((text: string) => void) = {}): void {
    const own = typeof options === 'function' ? { print: options } : options
    const { print = console.log } = own
    print(summaryOf(this, own))
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

/** Sizes of a batch of any size. */
function anyBatchOf(example: Tree): InputDims {
  if (example instanceof Tensor) return [anyBatch, ...example.dims.slice(1)]
  if (isTreeList(example)) return example.map(anyBatchOf)
  return Object.fromEntries(Object.entries(example).map(([name, part]) => [name, anyBatchOf(part)]))
}

const isTreeList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree)

/** Batches are followed by options, samples by targets and options. */
function dataAndOptions<O extends object>(x: DataTree | BatchSource, second: DataTree | O | undefined, options: O | undefined) {
  const isOptions = (value: DataTree | O | undefined): value is O => isBatchSource(x) && options === undefined && value !== undefined
  const isData = (value: DataTree | O | undefined): value is DataTree => value !== undefined && !isOptions(value)
  const none: Partial<O> = {}
  return isOptions(second) ? { y: undefined, options: second } : { y: isData(second) ? second : undefined, options: options ?? none }
}
