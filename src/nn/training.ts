// The compiled steps of a model: forward, backward, update and the running sums of loss and metrics are one program over trees of tensors,
// so that nothing is read back except for display.

import { jit } from '../compiler/index.ts'
import {
  ConfigError,
  dimension,
  equal,
  flattenTree,
  lessEqual,
  logicalAnd,
  logicalNot,
  ones,
  type Operand,
  random,
  rebuildTree,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  where,
  zeros,
} from '../core/index.ts'
import { lossOf, metricOf, type Outputs, outputsOf, withValues } from './forward.ts'
import { keySequence } from './keys.ts'
import { type AnyLayer, parametersOf } from './layer.ts'
import type { LossDefinition } from './losses.ts'
import type { MetricDefinition } from './metrics.ts'
import { checkRate, type Optimizer, type OptimizerState } from './optimizers/index.ts'
import type { Parameter } from './parameter.ts'

/** What `compile` fixes. */
export interface Compiled {
  readonly loss: LossDefinition
  readonly optimizer: Optimizer
  readonly metrics: readonly MetricDefinition[]
}

/** A batch as the programs take it. `count` rows; `capacity` is set where a program for any count up to it shall be used. */
export interface Batch {
  readonly x: Tensor
  readonly y: Tensor
  readonly count: number
  readonly capacity: number | undefined
}

/** What training remembers besides the parameters. `gradients` is empty unless they are accumulated. */
type Memory = { readonly optimizer: OptimizerState; readonly gradients: readonly Tensor[]; readonly iteration: Tensor }

type StepResult = [parameters: Tensor[], memory: Tensor[], sums: Tensor[]]
type Values = readonly Tensor[]
type Step = ReturnType<Training['makeStep']>
type Evaluation = ReturnType<Training['makeEvaluation']>

/** Loss and metrics as means over the samples seen. */
export type Figures = Record<string, number> & { loss: number }

/** A model in training: its optimizer's state, and the programs that move it. */
export class Training {
  readonly compiled: Compiled
  private readonly model: AnyLayer
  private readonly trainable: readonly Parameter[]
  private readonly fixed: readonly Parameter[]
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
  private samples = 0
  private sums: Tensor[]

  constructor(model: AnyLayer, compiled: Compiled, seed: number) {
    const parameters = parametersOf(model)
    this.model = model
    this.compiled = compiled
    this.seed = seed
    this.trainable = parameters.filter(({ trainable }) => trainable).map(({ parameter }) => parameter)
    this.fixed = parameters.filter(({ trainable }) => !trainable).map(({ parameter }) => parameter)
    const values = this.trainable.map((p) => p.value)
    const accumulates = compiled.optimizer.gradientAccumulationSteps > 1
    this.layout = {
      optimizer: compiled.optimizer.initialize(values),
      gradients: accumulates ? values.map((p) => zeros(p.dims, { dtype: p.dtype })) : [],
      iteration: tensor(new Int32Array([0]), []),
    }
    this.memory = flattenTree(this.layout).leaves
    this.sums = this.noSums()
  }

  /** The first bad iteration (−1: none), the loss's sum, the metrics' sums. */
  private noSums(): Tensor[] {
    return [tensor(-1, []), ...Array.from({ length: 1 + this.compiled.metrics.length }, () => tensor(0, []))]
  }

  /** Starts new sums: an epoch begins. */
  resetSums(): void {
    this.sums = this.noSums()
    this.samples = 0
    this.firstIteration = this.iterations
  }

  /** Loss and metrics since the last reset; NaN where nothing was seen. */
  figures(): Promise<Figures> {
    return figuresOf(this.compiled, this.sums, this.samples)
  }

  /** The step since the last reset, from 0, whose loss was the first that is NaN or infinite. */
  async firstNonFiniteStep(): Promise<number | undefined> {
    const first = (await this.sums[0]?.item()) ?? -1
    return first < 0 ? undefined : first - this.firstIteration
  }

  /** The learning rate of the last update; before the first, of that. */
  get learningRate(): number {
    return rebuildTree(this.layout, this.memory).optimizer.learningRate.itemSync()
  }

  set learningRate(rate: number) {
    const { name, learningRate } = this.compiled.optimizer
    if (typeof learningRate !== 'number') {
      throw new ConfigError(
        `${name}: expected a learning rate that is a number to set it, got a schedule. Compile with a number, or change the schedule.`,
      )
    }
    checkRate(name, rate)
    const memory = rebuildTree(this.layout, this.memory)
    this.memory = flattenTree({ ...memory, optimizer: { ...memory.optimizer, learningRate: tensor(rate, []) } }).leaves
  }

  /** {@link learningRate}, fetched off the event loop. */
  fetchLearningRate(): Promise<number> {
    return rebuildTree(this.layout, this.memory).optimizer.learningRate.item()
  }

  /** One step, done when it returns. */
  train(batch: Batch): void {
    const result = this.stepFor(batch)(values(this.trainable), values(this.fixed), this.memory, this.sums, batch.x, batch.y)
    this.take(result, batch.count)
  }

  /** Compiles the step for batches of this kind, so that the first does not wait. */
  compileStep(batch: Batch): void {
    this.stepFor(batch).compile(values(this.trainable), values(this.fixed), this.memory, this.sums, batch.x, batch.y)
  }

  /** One step off the event loop. */
  async trainAsync(batch: Batch): Promise<void> {
    const result = await this.stepFor(batch).async(values(this.trainable), values(this.fixed), this.memory, this.sums, batch.x, batch.y)
    this.take(result, batch.count)
  }

  private take([parameters, memory, sums]: StepResult, count: number): void {
    const { trainable } = this
    for (let i = 0; i < trainable.length; i++) {
      const [cell, value] = [trainable[i], parameters[i]]
      if (cell !== undefined && value !== undefined) cell.value = value
    }
    this.memory = memory
    this.sums = sums
    this.samples += count
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
    const every = optimizer.gradientAccumulationSteps
    const step = (parameters: Values, fixed: Values, flatMemory: Values, sums: Values, x: Tensor, y: Tensor): StepResult => {
      const memory = rebuildTree(this.layout, flatMemory)
      const nextKey = keySequence(random.foldIn(random.key(this.seed), memory.iteration))
      const formula = (own: Values): readonly [Tensor, Outputs] => {
        const outputs = this.outputs(own, fixed, x, { training: true, nextKey })
        return [lossOf(this.compiled.loss, y, outputs), outputs]
      }
      const [[loss, outputs], gradients] = valueAndGrad(formula, { hasAux: true })(parameters)
      const total = memory.gradients.length === 0 ? gradients : gradients.map((g, i): Tensor => memory.gradients[i]?.add(g) ?? g)
      const mean = every === 1 ? total : total.map((g): Tensor => g.multiply(1 / every))
      const next = updates ? optimizer.update(mean, parameters, memory.optimizer) : { parameters: [...parameters], state: memory.optimizer }
      const kept = updates ? memory.gradients.map((g) => zeros(g.dims, { dtype: g.dtype })) : total
      const iteration: Tensor = memory.iteration.add(1)
      return [
        next.parameters,
        flattenTree({ optimizer: next.state, gradients: memory.gradients.length === 0 ? [] : kept, iteration }).leaves,
        this.addSums(sums, loss, outputs, y, memory.iteration),
      ]
    }
    return jit(step, { donate: [0, 2, 3], name: 'train', ...dynamicBatch(capacity, [4, 5]) })
  }

  private outputs(trainable: Values, fixed: Values, x: Tensor, context: { readonly training: boolean; readonly nextKey: () => Tensor }): Outputs {
    return withValues([...this.trainable, ...this.fixed], [...trainable, ...fixed], () => outputsOf(this.model, x, context))
  }

  private addSums([first, ...sums]: Values, loss: Tensor, outputs: Outputs, y: Tensor, iteration: Tensor): Tensor[] {
    if (first === undefined) return []
    const finite = lessEqual<Tensor, number>(loss.abs(), 3.4e38)
    const isFirst = logicalAnd<Tensor, Tensor>(equal<Tensor, number>(first, -1), logicalNot(finite))
    const found = where(isFirst, iteration.cast('f32'), first)
    const count = rowsIn(y)
    const figures = [loss, ...this.compiled.metrics.map((metric) => metricOf(metric, y, outputs))]
    return [found, ...figures.map((figure, i): Tensor => summed(figure, count).add(sums[i] ?? 0))]
  }

  /** A sum over batches without training. */
  evaluation(): EvaluationSums {
    let sums = this.noSums()
    let samples = 0
    const fixed = values(this.fixed)
    const parameters = values(this.trainable)
    const program = ({ capacity }: Batch) => remembered(this.evaluations, capacity, () => this.makeEvaluation(capacity))
    return {
      isReady: (capacity) => this.evaluations.has(capacity),
      add: (batch) => {
        sums = program(batch)(parameters, fixed, sums, batch.x, batch.y)
        samples += batch.count
      },
      addAsync: async (batch) => {
        sums = await program(batch).async(parameters, fixed, sums, batch.x, batch.y)
        samples += batch.count
      },
      figures: () => figuresOf(this.compiled, sums, samples),
    }
  }

  makeEvaluation(capacity: number | undefined) {
    const evaluate = (parameters: Values, fixed: Values, sums: Values, x: Tensor, y: Tensor): Tensor[] => {
      const outputs = this.outputs(parameters, fixed, x, { training: false, nextKey: keySequence(random.key(this.seed)) })
      return this.addSums(sums, lossOf(this.compiled.loss, y, outputs), outputs, y, tensor(0, []))
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

function rowsIn(batch: Tensor): Operand {
  const [rows = 1] = batch.dims
  return typeof rows === 'number' ? rows : sum(ones([rows]))
}

/** The sum over a batch of a figure: of one value for the batch, or of values for each sample. Counts of samples stay whole numbers. */
function summed(figure: Tensor, count: Operand): Tensor {
  if (figure.rank === 0) return figure.cast('f32').multiply(count)
  const total: Tensor = sum(figure).cast('f32')
  const perSample = figure.dims.slice(1).reduce<number>((product, size) => product * Number(size), 1)
  return perSample === 1 ? total : total.multiply(1 / perSample)
}

async function figuresOf({ metrics }: Compiled, [, ...sums]: Values, samples: number): Promise<Figures> {
  const [loss = 0, ...others] = await Promise.all(sums.map(async (sum) => (await sum.item()) / samples))
  return { loss, ...Object.fromEntries(metrics.map(({ name }, i) => [name, others[i] ?? 0])) }
}

function remembered<K, T>(table: Map<K, T>, key: K, make: () => T): T {
  const known = table.get(key)
  if (known !== undefined) return known
  const made = make()
  table.set(key, made)
  return made
}
