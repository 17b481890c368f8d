// A model in training: its steps over the cells that they change (parameters, the optimizer's memory, metrics), so that nothing is read back except
// for display; the figures so far, where fit is, and all of that as a state that can be put back.

import { ConfigError, evaluateAsync, type Tensor } from '../../core/index.ts'
import type { Batch } from '../feeding/batches.ts'
import type { Compiled } from './compile-options.ts'
import { CompiledLosses } from './compiled-losses.ts'
import { CompiledMetrics } from './compiled-metrics.ts'
import { parametersOf } from '../layer/named-parameters.ts'
import { LossTracker } from './loss-tracker.ts'
import type { Accumulator } from '../metrics/metric.ts'
import { History } from '../callbacks/history.ts'
import type { AnyModel } from '../model/model.ts'
import type { Optimizer } from '../optimizers/index.ts'
import type { Parameter } from '../layer/parameter.ts'
import { figuresOf, logsOf, type StepLogs } from './step-logs.ts'
import { type StepKind, StepPrograms } from './step-programs.ts'
import { checkState, type TrainingPosition, type TrainingProgress, type TrainingState } from './training-state.ts'
import { copied, ownCopy } from '../model/weights.ts'

/** Loss and metrics over the samples seen. */
export type Figures = Record<string, number> & { loss: number }

/** What a model's training consists of. */
export class Training {
  readonly optimizer: Optimizer
  readonly losses: CompiledLosses
  readonly metrics: CompiledMetrics
  readonly tracker: LossTracker
  /** Those that gradients change. */
  readonly trainable: readonly Parameter[]
  /** Batches seen since compile. */
  iterations = 0
  /** The first iteration of the present figures. */
  private firstIteration = 0
  private logs: StepLogs = {}
  /** Whether there was a batch since the last reset. */
  private seen = false
  private readonly model: AnyModel
  private readonly programs: StepPrograms
  /** Whether the weights are where their averages were, and the averages in the model: see {@link swapAverages}. */
  hasAverages = false
  /** Where fit is, or was. */
  position: TrainingPosition = { epoch: 0, step: 0 }
  /** Whether fit goes on where a restored state was. */
  isResumed = false
  private history: History | undefined
  private restored: TrainingProgress | undefined

  constructor(model: AnyModel, compiled: Compiled, seed: number) {
    const parameters = parametersOf(model)
    for (const { parameter, path } of parameters) parameter.path = path
    this.model = model
    this.optimizer = compiled.optimizer
    this.trainable = parameters.filter(({ trainable }) => trainable).map(({ parameter }) => parameter)
    if (this.trainable.length > 0) this.optimizer.build(this.trainable)
    const { outputSlots: outputs } = model
    this.losses = new CompiledLosses(compiled, outputs.names)
    this.metrics = new CompiledMetrics(compiled, outputs.names)
    this.metrics.build(outputs.dims)
    this.tracker = new LossTracker(this.losses.parts)
    this.programs = new StepPrograms(model, {
      seed,
      eager: compiled.runEagerly,
      read: parameters.map(({ parameter }) => parameter),
      trained: [...this.trainable, ...this.optimizer.memory],
      sums: [...this.tracker.cells, ...this.metrics.parts.flatMap(({ metric }) => metric.variables)],
    })
  }

  /** Everything that figures are computed from: the loss, the metrics that were compiled, those that the model's fields hold. */
  get accumulators(): readonly Accumulator[] {
    return [...new Set([...this.tracker.means, ...this.metrics.parts.map(({ metric }) => metric), ...this.model.ownMetrics])]
  }

  /** Starts new figures: an epoch begins. */
  resetMetrics(): void {
    this.tracker.reset()
    for (const metric of this.accumulators) metric.resetState()
    this.programs.forgetAwaitedSums()
    this.logs = {}
    this.seen = false
    this.firstIteration = this.iterations
  }

  /** What the last step has reported: means since the last reset, for most. */
  async figures(): Promise<Record<string, number>> {
    if (Object.keys(this.logs).length > 0) return figuresOf(this.logs, this.programs.order)
    return this.seen ? { ...(await this.tracker.figures()), ...(await this.metrics.figures()) } : {}
  }

  /** What the loss and the metrics stand at; called by steps. */
  results(): StepLogs {
    const results = { ...this.tracker.results(), ...this.metrics.results() }
    this.programs.markStanding(results)
    return results
  }

  /** The step since the last reset, from 0, whose loss was the first that is NaN or infinite. */
  async firstNonFiniteStep(): Promise<number | undefined> {
    const first = await this.tracker.firstNonFinite()
    return first === undefined ? undefined : first - this.firstIteration
  }

  // Steps

  /** Looks whether what gradients are taken of is finite; called by steps. */
  watch(loss: Tensor): void {
    const { updates, iteration } = this.programs
    if (updates !== undefined) this.tracker.watch(loss, iteration.value)
  }

  /** One update of the parameters, or one batch of several whose gradients are added up; called by steps. */
  applyGradients(gradients: readonly Tensor[]): void {
    const { updates } = this.programs
    this.optimizer.apply(gradients, this.trainable, updates === undefined ? {} : { updates })
  }

  private get kind(): StepKind {
    return (this.iterations + 1) % this.optimizer.gradientAccumulationSteps === 0 ? 'update' : 'accumulate'
  }

  /** Whether the next step, on a batch of its own size or of any up to a capacity, needs no compilation. */
  isReady(capacity: number | undefined): boolean {
    return this.programs.isReady(this.kind, capacity)
  }

  /** Compiles the step for batches of this kind, so that the first does not wait. */
  compileStep(batch: Batch): void {
    this.programs.compile(this.kind, batch)
  }

  /** One step, done when it returns. */
  train(batch: Batch): void {
    this.takeRate()
    this.logs = this.programs.run(this.kind, batch)
    this.iterations++
    this.seen = true
  }

  /** One step off the event loop. */
  async trainAsync(batch: Batch): Promise<void> {
    this.takeRate()
    this.logs = await this.programs.runAsync(this.kind, batch)
    this.iterations++
    this.seen = true
  }

  /** A rate that was set since the last step. */
  private takeRate(): void {
    const { optimizer } = this
    if (optimizer.hasNewRate) optimizer.changeState((state) => optimizer.withNewRate(state))
  }

  /** One batch without training. */
  test(batch: Batch): void {
    this.logs = this.programs.run('test', batch)
    this.seen = true
  }

  /** {@link test} off the event loop. */
  async testAsync(batch: Batch): Promise<void> {
    this.logs = await this.programs.runAsync('test', batch)
    this.seen = true
  }

  /** Whether {@link test} of a batch of its own size, or of any up to a capacity, needs no compilation. */
  isTestReady(capacity: number | undefined): boolean {
    return this.programs.isReady('test', capacity)
  }

  /** Does something with other figures, as validation does; afterwards they are what they were. */
  async keepingFigures<R>(action: () => Promise<R>): Promise<R> {
    const { logs, seen, firstIteration } = this
    const cells = [...this.tracker.cells, ...this.accumulators.flatMap(({ variables }) => variables)]
    const values = cells.map(({ value }) => value)
    await evaluateAsync(values)
    try {
      return await action()
    } finally {
      this.logs = logs
      this.seen = seen
      this.firstIteration = firstIteration
      cells.forEach((cell, i) => {
        cell.value = values[i] ?? cell.value
      })
    }
  }

  // Averages of the weights

  /** Gives the model the weights that training ends with: their moving averages where the optimizer keeps some. */
  finalizeWeights(): void {
    if (this.hasAverages) this.swapAverages()
    if (this.trainable.length > 0) this.optimizer.finalizeVariableValues(this.trainable)
  }

  /** Exchanges the weights and their moving averages; a second call takes it back. Nothing where the optimizer keeps none. */
  swapAverages(): void {
    const { optimizer, trainable } = this
    const weights = trainable.map(({ value }) => value)
    optimizer.changeState((state) => {
      const averages = optimizer.finalValues(weights, state, trainable)
      const swapped = optimizer.withAverages(state, weights, trainable)
      trainable.forEach((parameter, i) => {
        parameter.value = averages[i] ?? parameter.value
      })
      return swapped
    })
    this.hasAverages = !this.hasAverages
  }

  // Where fit is

  /** A fit begins, at a position or where a state that was restored before it says. */
  begin(history: History, position: TrainingPosition): void {
    this.history = history
    this.isResumed = false
    this.position = position
    if (this.restored !== undefined) this.goOn(this.restored)
    this.restored = undefined
  }

  /** A fit has ended. */
  finish(): void {
    this.history = undefined
    this.isResumed = false
  }

  private goOn({ position, history }: TrainingProgress): void {
    this.position = position
    this.isResumed = true
    this.history?.take(history)
  }

  /** What has to be kept of the training between two steps. */
  async state(): Promise<TrainingState> {
    const tensors = new Map<string, Tensor>()
    for (const [name, cell] of this.namedCells()) tensors.set(name, await copied(cell.value))
    for (const [name, value] of Object.entries(this.logs)) tensors.set(`logs/${name}`, await copied(value))
    const { epoch, history } = this.history ?? new History()
    return {
      tensors,
      progress: {
        version: 1,
        position: this.position,
        iterations: this.iterations,
        epochIterations: this.iterations - this.firstIteration,
        history: { epoch: [...epoch], history: Object.fromEntries(Object.entries(history).map(([name, series]) => [name, [...series]])) },
        optimizer: this.optimizer.className,
        hasAverages: this.hasAverages,
      },
    }
  }

  /** Puts a state back: the next step is the one that would have come. A FormatError where it is of another model or optimizer; nothing is changed then. */
  restore({ tensors, progress }: TrainingState): void {
    const cells = this.namedCells()
    checkState(this.model.name, this.optimizer.className, cells, { tensors, progress })
    // A rate that was set before is older than the one in the state.
    this.takeRate()
    for (const [name, cell] of cells) cell.value = ownCopy(tensors.get(name) ?? cell.value)
    const others = [...tensors].filter(([name]) => /^(?:cells|sums)\//.test(name) && !cells.has(name))
    this.programs.awaitFound(new Map(others.map(([name, value]) => [name, ownCopy(value)])))
    this.logs = logsOf(tensors)
    this.seen = progress.epochIterations > 0
    if (Object.keys(this.logs).length === 0) this.tracker.resume()
    this.hasAverages = progress.hasAverages
    this.iterations = progress.iterations
    this.firstIteration = progress.iterations - progress.epochIterations
    if (this.history === undefined) this.restored = progress
    else this.goOn(progress)
  }

  private namedCells(): Map<string, Parameter> {
    const numbered = (kind: string, cells: readonly Parameter[]) => cells.map((cell, i) => [`${kind}/${i}`, cell] as const)
    return new Map<string, Parameter>([
      ...parametersOf(this.model).map(({ path, parameter }) => [`weights/${path}`, parameter] as const),
      ...numbered('optimizer', this.optimizer.memory),
      ...numbered(
        'metrics',
        this.metrics.parts.flatMap(({ metric }) => metric.variables),
      ),
      ...numbered('loss', this.tracker.cells),
      ['training/iteration', this.programs.iteration] as const,
      ...this.programs.namedFound(),
    ])
  }

  // The learning rate

  /** The learning rate of the last update; before the first, of that. */
  get learningRate(): number {
    this.takeRate()
    return this.rate.itemSync()
  }

  set learningRate(rate: number) {
    const { optimizer } = this
    optimizer.changeState((state) => optimizer.withLearningRate(state, rate))
  }

  /** {@link learningRate}, fetched off the event loop. */
  fetchLearningRate(): Promise<number> {
    return this.rate.item()
  }

  private get rate(): Tensor {
    const rate = this.optimizer.currentLearningRate
    if (rate === undefined) throw new ConfigError(`${this.model.name}: expected parameters that are trained, got none. Set trainable before compile.`)
    return rate
  }
}
