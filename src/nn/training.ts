// The compiled steps of a model: forward, backward, update and the running sums of loss and metrics are one program over trees of tensors,
// so that nothing is read back except for display.

import { jit } from '../compiler/index.ts'
import { dimension, flattenTree, random, rebuildTree, type Tensor, tensor, valueAndGrad } from '../core/index.ts'
import { lossOf, type Outputs, outputsOf, withValues } from './forward.ts'
import { keySequence } from './keys.ts'
import { type AnyLayer, parametersOf } from './layer.ts'
import type { Loss } from './losses/loss.ts'
import type { Metric } from './metrics/metric.ts'
import type { Optimizer, OptimizerState, ParameterTraits } from './optimizers/index.ts'
import type { Parameter } from './parameter.ts'
import { type Figures, Tracker } from './tracking.ts'

/** What `compile` fixes. */
export interface Compiled {
  readonly loss: Loss
  readonly optimizer: Optimizer
  readonly metrics: readonly Metric[]
}

/** A batch as the programs take it. `count` rows; `capacity` is set where a program for any count up to it shall be used. */
export interface Batch {
  readonly x: Tensor
  readonly y: Tensor
  readonly count: number
  readonly capacity: number | undefined
}

/** What training remembers besides the parameters. */
type Memory = { readonly optimizer: OptimizerState; readonly iteration: Tensor }

type StepResult = [parameters: Tensor[], memory: Tensor[], sums: Tensor[], figures: Tensor[]]
type Values = readonly Tensor[]
type Step = ReturnType<Training['makeStep']>
type Evaluation = ReturnType<Training['makeEvaluation']>

/** A model in training: its optimizer's state, and the programs that move it. */
export class Training {
  readonly compiled: Compiled
  private readonly model: AnyLayer
  private readonly trainable: readonly Parameter[]
  private readonly fixed: readonly Parameter[]
  private readonly traits: readonly ParameterTraits[]
  private readonly seed: number
  private readonly layout: Memory
  private memory: Tensor[]
  /** Programs by the capacity of their batches. */
  private readonly updates = new Map<number | undefined, Step>()
  private readonly accumulations = new Map<number | undefined, Step>()
  private readonly evaluations = new Map<number | undefined, Evaluation>()
  /** Batches seen since compile. */
  iterations = 0
  /** The first iteration of the present sums. */
  private firstIteration = 0
  private readonly tracker: Tracker
  /** What loss and metrics remember, and the figures after the last step. */
  private sums: Tensor[]
  private current: Tensor[] = []

  constructor(model: AnyLayer, compiled: Compiled, seed: number) {
    const parameters = parametersOf(model)
    this.model = model
    this.compiled = compiled
    this.seed = seed
    this.trainable = parameters.filter(({ trainable }) => trainable).map(({ parameter }) => parameter)
    this.fixed = parameters.filter(({ trainable }) => !trainable).map(({ parameter }) => parameter)
    this.traits = parameters.flatMap(({ trainable, path, parameter: { name, constraint } }) => (trainable ? [{ path, name, constraint }] : []))
    this.layout = {
      optimizer: compiled.optimizer.initialize(values(this.trainable), this.traits),
      iteration: tensor(new Int32Array([0]), []),
    }
    this.memory = flattenTree(this.layout).leaves
    this.tracker = new Tracker(compiled.metrics, model.outputDims ?? [])
    this.sums = this.tracker.start()
  }

  /** Starts new sums: an epoch begins. */
  resetSums(): void {
    this.sums = this.tracker.start()
    this.current = []
    this.firstIteration = this.iterations
  }

  /** Loss and metrics since the last reset; NaN where nothing was seen. */
  figures(): Promise<Figures> {
    return this.tracker.read(this.current)
  }

  /** The step since the last reset, from 0, whose loss was the first that is NaN or infinite. */
  async firstNonFiniteStep(): Promise<number | undefined> {
    const first = await this.tracker.firstBad(this.sums)
    return first < 0 ? undefined : first - this.firstIteration
  }

  /** The learning rate of the last update; before the first, of that. */
  get learningRate(): number {
    return this.rate.itemSync()
  }

  set learningRate(rate: number) {
    const memory = rebuildTree(this.layout, this.memory)
    this.memory = flattenTree({ ...memory, optimizer: this.compiled.optimizer.withLearningRate(memory.optimizer, rate) }).leaves
  }

  /** {@link learningRate}, fetched off the event loop. */
  fetchLearningRate(): Promise<number> {
    return this.rate.item()
  }

  private get rate(): Tensor {
    return this.compiled.optimizer.learningRateOf(rebuildTree(this.layout, this.memory).optimizer)
  }

  /** Gives the model the weights that training ends with: their moving averages where the optimizer keeps some. */
  finalizeWeights(): void {
    const { optimizer } = rebuildTree(this.layout, this.memory)
    this.assign(this.compiled.optimizer.finalValues(values(this.trainable), optimizer, this.traits))
  }

  /** Exchanges the weights and their moving averages; a second call takes it back. Nothing where the optimizer keeps none. */
  swapAverages(): void {
    const memory = rebuildTree(this.layout, this.memory)
    const { optimizer } = this.compiled
    const weights = values(this.trainable)
    const swapped = optimizer.withAverages(memory.optimizer, weights, this.traits)
    this.assign(optimizer.finalValues(weights, memory.optimizer, this.traits))
    this.memory = flattenTree({ ...memory, optimizer: swapped }).leaves
  }

  private assign(weights: readonly Tensor[]): void {
    const { trainable } = this
    for (let i = 0; i < trainable.length; i++) {
      const [cell, value] = [trainable[i], weights[i]]
      if (cell !== undefined && value !== undefined) cell.value = value
    }
  }

  /** One step, done when it returns. */
  train(batch: Batch): void {
    const result = this.stepFor(batch)(values(this.trainable), values(this.fixed), this.memory, this.sums, batch.x, batch.y)
    this.take(result)
  }

  /** Compiles the step for batches of this kind, so that the first does not wait. */
  compileStep(batch: Batch): void {
    this.stepFor(batch).compile(values(this.trainable), values(this.fixed), this.memory, this.sums, batch.x, batch.y)
  }

  /** One step off the event loop. */
  async trainAsync(batch: Batch): Promise<void> {
    const result = await this.stepFor(batch).async(values(this.trainable), values(this.fixed), this.memory, this.sums, batch.x, batch.y)
    this.take(result)
  }

  private take([parameters, memory, sums, figures]: StepResult): void {
    this.assign(parameters)
    this.memory = memory
    this.sums = sums
    this.current = figures
    this.iterations++
  }

  /** Whether the next step, on a batch of its own size or of any up to a capacity, needs no compilation. */
  isReady(capacity: number | undefined): boolean {
    return (this.updatesNext ? this.updates : this.accumulations).has(capacity)
  }

  private get updatesNext(): boolean {
    return (this.iterations + 1) % this.compiled.optimizer.gradientAccumulationSteps === 0
  }

  private stepFor({ capacity }: Batch): Step {
    const { updatesNext } = this
    return remembered(updatesNext ? this.updates : this.accumulations, capacity, () => this.makeStep(updatesNext, capacity))
  }

  /** A step that updates the parameters, or only adds its gradients up. */
  makeStep(updates: boolean, capacity: number | undefined) {
    const { optimizer } = this.compiled
    const step = (parameters: Values, fixed: Values, flatMemory: Values, sums: Values, x: Tensor, y: Tensor): StepResult => {
      const memory = rebuildTree(this.layout, flatMemory)
      const nextKey = keySequence(random.foldIn(random.key(this.seed), memory.iteration))
      const formula = (own: Values): readonly [Tensor, { readonly loss: Tensor; readonly outputs: Outputs }] => {
        const outputs = this.outputs(own, fixed, x, { training: true, nextKey })
        const loss = lossOf(this.compiled.loss, y, outputs)
        return [optimizer.scaleLoss(loss, memory.optimizer), { loss, outputs }]
      }
      const [[, { loss, outputs }], gradients] = valueAndGrad(formula, { hasAux: true })(parameters)
      const next = updates
        ? optimizer.update(gradients, parameters, memory.optimizer, this.traits)
        : optimizer.accumulate(gradients, parameters, memory.optimizer, this.traits)
      const iteration: Tensor = memory.iteration.add(1)
      const tracked = this.tracker.step(sums, { loss, outputs, target: y, iteration: memory.iteration })
      return [next.parameters, flattenTree({ optimizer: next.state, iteration }).leaves, tracked.memory, tracked.figures]
    }
    return jit(step, { donate: [0, 2, 3], name: 'train', ...dynamicBatch(capacity, [4, 5]) })
  }

  private outputs(trainable: Values, fixed: Values, x: Tensor, context: { readonly training: boolean; readonly nextKey: () => Tensor }): Outputs {
    return withValues([...this.trainable, ...this.fixed], [...trainable, ...fixed], () => outputsOf(this.model, x, context))
  }

  /** A sum over batches without training. */
  evaluation(): EvaluationSums {
    let sums = this.tracker.start()
    let figures: Tensor[] = []
    const fixed = values(this.fixed)
    const parameters = values(this.trainable)
    const program = ({ capacity }: Batch) => remembered(this.evaluations, capacity, () => this.makeEvaluation(capacity))
    return {
      isReady: (capacity) => this.evaluations.has(capacity),
      add: (batch) => {
        const next = program(batch)(parameters, fixed, sums, batch.x, batch.y)
        sums = next.memory
        figures = next.figures
      },
      addAsync: async (batch) => {
        const next = await program(batch).async(parameters, fixed, sums, batch.x, batch.y)
        sums = next.memory
        figures = next.figures
      },
      figures: () => this.tracker.read(figures),
    }
  }

  makeEvaluation(capacity: number | undefined) {
    const evaluate = (parameters: Values, fixed: Values, sums: Values, x: Tensor, y: Tensor) => {
      const outputs = this.outputs(parameters, fixed, x, { training: false, nextKey: keySequence(random.key(this.seed)) })
      return this.tracker.step(sums, { loss: lossOf(this.compiled.loss, y, outputs), outputs, target: y, iteration: tensor(0, []) })
    }
    return jit(evaluate, { donate: [2], name: 'evaluate', ...dynamicBatch(capacity, [3, 4]) })
  }
}

/** Loss and metrics over batches that are added one by one. */
export interface EvaluationSums {
  /** Whether a batch of its own size, or of any up to a capacity, needs no compilation. */
  isReady(capacity: number | undefined): boolean
  add(batch: Batch): void
  addAsync(batch: Batch): Promise<void>
  figures(): Promise<Figures>
}

const values = (parameters: readonly Parameter[]): Tensor[] => parameters.map((p) => p.value)

/** The batch axis of some arguments as a variable, so that no remainder compiles anything. */
export function dynamicBatch(capacity: number | undefined, positions: readonly number[]) {
  if (capacity === undefined) return {}
  const size = dimension('batch', { max: capacity })
  return { dynamic: Object.fromEntries(positions.map((position) => [position, { 0: size }])) }
}

function remembered<K, T>(table: Map<K, T>, key: K, make: () => T): T {
  const known = table.get(key)
  if (known !== undefined) return known
  const made = make()
  table.set(key, made)
  return made
}
