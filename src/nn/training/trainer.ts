// What is trained: compile, fit, evaluate, predict, and the steps that they run. A model is one of these; how it is built is its own affair.

import { ConfigError, type Dims, flattenTree, sum, Tensor, type Tree } from '../../core/index.ts'
import { type BatchSource, isBatchSource } from '../feeding/batch-source.ts'
import { currentContext } from '../layer/call-context.ts'
import { type ClassWeight, checkClassWeight } from '../feeding/class-weights.ts'
import { type CompileConfig, type Compiled, type CompileOptions, compileConfig, optionsOfConfig, resolveCompile } from './compile-options.ts'
import { totalOf } from './compiled-losses.ts'
import type { DataTree } from '../feeding/data-tree.ts'
import { evaluateModel, evaluateOptionNames, type EvaluateOptions } from './evaluate.ts'
import { fitModel } from './fit.ts'
import { type FitOptions, fitOptionNames } from './fit-options.ts'
import { outputsOf, predictionOf } from './forward.ts'
import { valueAndGradients } from '../steps/gradients-of-cells.ts'
import type { History } from '../callbacks/history.ts'
import { Layer } from '../layer/layer.ts'
import { parametersOf } from '../layer/named-parameters.ts'
import { rowsIn } from './loss-tracker.ts'
import { Accumulator } from '../metrics/metric.ts'
import type { AnyModel } from '../model/model.ts'
import { batchOf, byOutput, inputsFor, isTensor } from '../feeding/model-data.ts'
import { checkOptionNames } from '../options/option-names.ts'
import type { Optimizer } from '../optimizers/index.ts'
import type { Parameter } from '../layer/parameter.ts'
import { Prediction, predictModel, type PredictOptions } from './predict.ts'
import type { StepLogs } from './step-logs.ts'
import type { StepBatch } from './step-programs.ts'
import { type Figures, Training } from './training.ts'
import type { TrainingState } from './training-state.ts'

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

/** A layer that can be trained by itself. */
export abstract class Trainer<In extends Tree = Tensor, Out extends Tree = Tensor> extends Layer<In, Out> {
  /** Of initial values, dropout and shuffling. */
  abstract readonly seed: number
  /** Set by callbacks to stop `fit` after the present step. */
  stopTraining = false
  /** What {@link compile} was told; undefined before. */
  compileOptions: CompileOptions | undefined
  private compiled: Compiled | undefined
  private trained: Training | undefined
  private predicting: Prediction | undefined

  /** This, as a model of any inputs and results. */
  protected abstract readonly model: AnyModel
  /** Names and shapes of the outputs: one until the model is built. */
  abstract readonly outputSlots: ModelOutputs
  /** Builds the model for a batch, or checks that it fits it. */
  abstract prepareFor(where: string, example: Tree): void
  /** Computes initial values. */
  abstract settle(): Promise<void>

  /** Forgets programs: the layers are others now. */
  protected forgetTraining(): void {
    this.trained = undefined
    this.predicting = undefined
  }

  /** Fixes losses, optimizer and metrics. What an earlier compile remembers (moments, steps) is gone; parameters stay. */
  compile(options: CompileOptions): void {
    this.compiled = resolveCompile(options, this.dtypePolicy)
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
    this.trained ??= new Training(this.model, this.compiled, this.seed)
    return this.trained
  }

  // Steps: plain code that is compiled. Override them for steps of one's own.

  /**
   * One step of training: what `fit` and `trainOnBatch` compile. It may read and write parameters, optimizers and metrics; what it returns is
   * reported.
   *
   * ```ts
   * override trainStep({ x, y, sampleWeight }: StepBatch) {
   *   const [loss, gradients] = this.valueAndGradients(() => this.computeLoss(x, y, this.respond(x, true), sampleWeight))
   *   this.optimizer.apply(gradients, this.trainableParameters)
   *   return { loss }
   * }
   * ```
   */
  trainStep({ x, y, sampleWeight }: StepBatch<In>): StepLogs {
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
  testStep({ x, y, sampleWeight }: StepBatch<In>): StepLogs {
    const { tracker } = this.training('testStep')
    const prediction = this.respond(x, false)
    tracker.track(this.computeLoss(x, y, prediction, sampleWeight), rowsIn(flattenTree(x).leaves[0]))
    return this.computeMetrics(x, y, prediction, sampleWeight)
  }

  /** One step of `predict` and `predictOnBatch`: the results for samples. */
  predictStep(x: In): Tree {
    return this.run(x, { ...currentContext(), training: false })
  }

  /** The results for samples inside of a step; losses of them are computed from the logits behind them where there are some. */
  respond(x: In, training: boolean): Out
  respond(x: Tree, training: boolean): Tree {
    return predictionOf(this, x, { ...currentContext(), training })
  }

  /** The loss that training makes smaller: the weighted sum of the outputs' losses, and {@link losses}. */
  computeLoss(x: Tree, y: Tree | undefined, prediction: Tree, sampleWeight?: Tree): Tensor {
    const { losses, tracker } = this.training('computeLoss')
    const values = losses.values('computeLoss', this.targets(y), outputsOf(prediction), this.weightsByOutput(sampleWeight))
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
    training.metrics.update(this.targets(y), outputsOf(prediction), this.weightsByOutput(sampleWeight))
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
    return byOutput<Tensor>(this.model, 'computeLoss', 'y', y, isTensor)
  }

  private weightsByOutput(sampleWeight: Tree | undefined): (Tensor | undefined)[] {
    // One array is for all outputs.
    if (sampleWeight instanceof Tensor) return this.outputSlots.names.map(() => sampleWeight)
    return byOutput<Tensor>(this.model, 'computeLoss', 'sampleWeight', sampleWeight, isTensor)
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
   * Trains on samples and targets, on samples alone, or on batches; the history of loss and metrics. Models of several inputs or outputs take lists or records
   * of arrays.
   */
  fit(x: DataTree, y?: DataTree, options?: FitOptions): Promise<History>
  fit(samplesOrBatches: DataTree | BatchSource, options?: FitOptions): Promise<History>
  fit(x: DataTree | BatchSource, y?: DataTree | FitOptions, options?: FitOptions): Promise<History> {
    const given = dataAndOptions(x, y, options, fitOptionNames)
    return fitModel(this.model, x, given.y, given.options)
  }

  /** Loss and metrics on samples and targets, or on batches of them. */
  evaluate(x: DataTree, y?: DataTree, options?: EvaluateOptions): Promise<Figures>
  evaluate(samplesOrBatches: DataTree | BatchSource, options?: EvaluateOptions): Promise<Figures>
  evaluate(x: DataTree | BatchSource, y?: DataTree | EvaluateOptions, options?: EvaluateOptions): Promise<Figures> {
    const given = dataAndOptions(x, y, options, evaluateOptionNames)
    return evaluateModel(this.model, x, given.y, given.options)
  }

  /** The model's results for samples, `[samples, …]`, or for batches of them. */
  predict(x: DataTree | BatchSource, options?: PredictOptions): Promise<Out>
  predict(x: DataTree | BatchSource, options: PredictOptions = {}): Promise<Tree> {
    return predictModel(this.model, x, options, () => this.prediction())
  }

  private prediction(): Prediction {
    this.predicting ??= new Prediction(this.model)
    return this.predicting
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
    const batch = await batchOf(this.model, { where: 'predictOnBatch', x, y: undefined, sampleWeight: undefined, checked: false })
    this.prepareFor('predictOnBatch', batch.x)
    await this.settle()
    return this.prediction().batch({ ...batch, capacity: undefined })
  }

  private async oneBatch(where: string, x: DataTree, y: DataTree | undefined, options: OnBatchOptions) {
    checkOptionNames(where, options, ['sampleWeight', 'classWeight', 'resetMetrics'])
    const { sampleWeight, classWeight, resetMetrics = true } = options
    this.prepareFor(where, inputsFor(this.model, where, x))
    const training = this.training(where)
    const batch = await batchOf(this.model, { where, x, y, sampleWeight, classWeight: classWeight && checkClassWeight(where, classWeight) })
    await this.settle()
    if (resetMetrics) training.resetMetrics()
    return { training, batch: { ...batch, capacity: undefined } }
  }

  protected needBuilt(where: string): void {
    if (!this.built)
      throw new ConfigError(`${where}: expected a model with parameters, it is not built. Give its first layer an inputShape, or call build.`)
  }
}

/** Whether an object is of options, also where one is misspelt: targets by the names of outputs are neither called so nor single numbers. */
function namesOptions(value: object | string | number | boolean | null, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false
  const entries = Object.entries(value)
  const known = entries.filter(([key]) => names.includes(key))
  return known.length > 0 && (known.length === entries.length || known.some(([, one]) => typeof one !== 'object'))
}

/** Batches, and samples without targets, are followed by options, samples by targets and options. */
function dataAndOptions<O extends object>(
  x: DataTree | BatchSource,
  second: DataTree | O | undefined,
  options: O | undefined,
  names: readonly string[],
) {
  const isOptions = (value: DataTree | O | undefined): value is O =>
    options === undefined && value !== undefined && (isBatchSource(x) || namesOptions(value, names))
  const isData = (value: DataTree | O | undefined): value is DataTree => value !== undefined && !isOptions(value)
  const none: Partial<O> = {}
  return isOptions(second) ? { y: undefined, options: second } : { y: isData(second) ? second : undefined, options: options ?? none }
}
