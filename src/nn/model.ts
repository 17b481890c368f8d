// What every kind of model shares: a layer made of layers that can be compiled, trained, asked, shown, saved and loaded.

import { ConfigError, type Dims, dimension, evaluateAsync, random, ShapeError, type Tensor, zeros } from '../core/index.ts'
import { checkTargets, evaluateModel, type EvaluateOptions } from './evaluate.ts'
import { fitModel, type FitOptions } from './fit.ts'
import { keySequence } from './forward.ts'
import type { History } from './history.ts'
import { Layer, type LayerOptions, parametersOf } from './layer.ts'
import { type Loss, type LossDefinition, resolveLoss } from './losses.ts'
import { type Metric, resolveMetric } from './metrics.ts'
import { type Optimizer, resolveOptimizer } from './optimizers/index.ts'
import { Prediction, type PredictOptions } from './predict.ts'
import { countElements, summaryOf } from './summary.ts'
import { type Compiled, type Figures, Training } from './training.ts'
import { asTensor, checkLengths, rowsOf, type TrainingData } from './training-data.ts'
import { loadWeightsOf, saveWeightsOf, setWeightsOf, weightsOf } from './weights.ts'

/** Options of every model. */
export interface ModelOptions extends LayerOptions {
  /** Of initial values, dropout and shuffling: the same seed gives the same numbers. Default 0. */
  readonly seed?: number
}

/** What a model is trained with. */
export interface CompileOptions {
  /** A name (`'categoricalCrossentropy'`; Keras's `'categorical_crossentropy'` does as well), a function, or `fromLogits(…)`. */
  readonly loss: string | Loss | LossDefinition
  /** A name, for its defaults, or an optimizer. Default 'sgd'. */
  readonly optimizer?: string | Optimizer
  /** Names or functions. Default none. */
  readonly metrics?: readonly (string | Metric)[]
}

/** A batch size of the symbol that models are built with: what memory would be planned for, were it run. */
const anyBatch = dimension('batch', { max: 2 ** 20 })

/** A layer made of layers, with everything that training needs. */
export abstract class Model extends Layer {
  readonly seed: number
  /** Set by callbacks to stop `fit` after the present step. */
  stopTraining = false
  private compiled: Compiled | undefined
  private trained: Training | undefined
  private predicting: Prediction | undefined
  private builtFor: readonly number[] | undefined
  private readonly ownKeys: () => Tensor

  constructor(kind: string, options: ModelOptions) {
    super(kind, options)
    this.seed = options.seed ?? 0
    this.ownKeys = keySequence(random.key(this.seed))
  }

  /** The layers, first to last. */
  get layers(): readonly Layer[] {
    return this.children
  }

  /** Makes the parameters of all layers for inputs `[batch, …]`; `fit` does so with the shape of its data where no layer has told one. */
  override build(inputShape: Dims): void {
    if (this.built) return
    const context = { training: false, nextKey: this.ownKeys, initialKey: this.initialKey ?? this.ownKeys }
    this.outputDims = this.call(zeros([anyBatch, ...inputShape.slice(1)]), context).dims
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

  /** Writes the parameters to a safetensors file, which appears whole or not at all. */
  async saveWeights(path: string): Promise<void> {
    this.needBuilt('saveWeights')
    await saveWeightsOf(this, path)
  }

  /** Reads the parameters from a file of {@link saveWeights}; names and shapes must be this model's. */
  async loadWeights(path: string): Promise<void> {
    this.needBuilt('loadWeights')
    await loadWeightsOf(this, path)
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
