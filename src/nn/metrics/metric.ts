// The base of metrics: what they remember is a tree of tensors that pure functions make, grow and read, so that a compiled step can carry it; the
// stateful face keeps that tree in cells.

import {
  ConfigError,
  type DType,
  type Dims,
  evaluate,
  flattenTree,
  type Node,
  numbersOf,
  random,
  rebuildTree,
  type Tensor,
  type Tree,
} from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { lookedUp, textOf } from '../options/option-checks.ts'
import { kerasName, policyOf } from '../dtype-policies/dtype-policy.ts'
import { nameOfClass } from '../options/identifiers.ts'
import type { WeightOptions } from '../losses/weighting.ts'
import { get as initializerOf, type InitializerIdentifier } from '../initializers/registry.ts'
import { Parameter } from '../layer/parameter.ts'
import type { Config } from '../saving/serialized.ts'
import { asTensor, type TrainingData } from '../feeding/training-data.ts'

/** Options of every metric. */
export interface MetricOptions {
  /** What it is reported as. Default: the class's own, `meanSquaredError`. */
  readonly name?: string | null
  /** Of what it remembers. Default `float32`. */
  readonly dtype?: string | null
}

/** Weights of the stateful face: tensors or arrays. */
export interface WeightData {
  /** A weight for each sample, or for each step of it. */
  readonly sampleWeight?: TrainingData | undefined
  /** True (not zero) where a sample or step counts. */
  readonly mask?: TrainingData | undefined
}

/** What `addVariable` can be told. */
export interface MetricVariableOptions {
  /** Default: one number. */
  readonly shape?: readonly number[]
  /** Of what it holds before the first update. Default 'zeros'. */
  readonly initializer?: InitializerIdentifier
  /** Default `variable`. */
  readonly name?: string
}

/** Something that accumulates: `S` is what it remembers. */
export abstract class Accumulator<S extends Tree = Tree> {
  /** The name of the class, which does not change when code is minified. */
  readonly className: string
  readonly name: string
  protected readonly dtype: DType
  private cells: readonly Parameter[] = []
  private layout: S | undefined
  private readonly added: { readonly cell: Parameter; readonly initial: () => Tensor }[] = []
  private builtFor: Dims | undefined

  constructor(options: MetricOptions = {}, className?: string, defaultName?: string) {
    const { name, dtype, ...others } = options ?? {}
    this.className = className ?? new.target.name
    this.name = textOf(this.className, 'name', name ?? defaultName ?? nameOfClass(this.className))
    if (className !== undefined) checkOptionNames(this.name, typeof options === 'object' ? options && others : options, ['name', 'dtype'])
    this.dtype = lookedUp(this.name, 'dtype', () => accumulatorDtype(dtype ?? 'float32'))
  }

  /** What is remembered before the first update; some metrics need the shape of the predictions for it. */
  initialState(_output?: Dims): S {
    throw this.incomplete('initialState')
  }

  /** The figure that the remembered stands for. */
  compute(_state: S): Tensor {
    throw this.incomplete('compute')
  }

  /** A cell that `updateState` of a subclass writes and its `result` reads; called by the constructor. */
  protected addVariable({ shape = [], initializer = 'zeros', name = 'variable' }: MetricVariableOptions = {}): Parameter {
    const initial = (): Tensor => initializerOf(initializer)(shape, random.key(0)).cast(this.dtype)
    const cell = new Parameter(`${this.name}/${name}`, initial(), { trainable: false })
    this.added.push({ cell, initial })
    return cell
  }

  protected incomplete(method: string): ConfigError {
    return new ConfigError(
      `${this.name}: expected ${this.className} to have ${method}, it has not. ` +
        'Override initialState, update and compute; or make cells with addVariable and override updateState and result.',
    )
  }

  /** What the constructor makes the same metric from. */
  getConfig(): Config {
    return { name: this.name, dtype: kerasName(this.dtype) }
  }

  /** The cells that hold what {@link updateState} remembers; there are none before {@link build}. */
  get variables(): readonly Parameter[] {
    return [...this.cells, ...this.added.map(({ cell }) => cell)]
  }

  /** Makes the cells for predictions of a shape, where there are none yet. */
  build(output?: Dims): void {
    if (this.layout !== undefined || this.added.length > 0) return
    this.builtFor = output
    this.layout = this.initialState(output)
    this.cells = flattenTree(this.layout).leaves.map((value, i) => new Parameter(`${this.name}/${i}`, value, { trainable: false }))
  }

  /** The figure of everything since the last {@link resetState}. */
  result(): Tensor {
    return this.compute(this.state())
  }

  /** {@link result} as a number, or as several, fetched off the event loop. */
  async read(): Promise<number | readonly number[]> {
    const result = this.result()
    const numbers = Array.from(numbersOf(await result.storage()))
    return result.rank === 0 ? (numbers[0] ?? Number.NaN) : numbers
  }

  /** Forgets everything. */
  resetState(): void {
    if (this.layout !== undefined) this.keep(this.initialState(this.builtFor))
    for (const { cell, initial } of this.added) cell.value = initial()
  }

  protected state(): S {
    this.build()
    if (this.layout === undefined) throw new ConfigError(`${this.name}: expected to be built, it is not. Call updateState first.`)
    return rebuildTree(
      this.layout,
      this.cells.map(({ value }) => value),
    )
  }

  protected keep(state: S): void {
    const { leaves } = flattenTree(state)
    // Computed now, so that the graphs of earlier batches can go; inside a program that is being traced there is nothing to compute yet.
    if (!dependOnParameters(leaves)) evaluate(leaves)
    this.cells.forEach((cell, i) => {
      cell.value = leaves[i] ?? cell.value
    })
  }
}

/**
 * A metric: what it remembers grows with targets and predictions. Subclasses give the pure functions `initialState`, `update` and `compute`, or, as
 * in Keras, make cells and change them:
 *
 * ```ts
 * class TruePositives extends Metric {
 *   hits = this.addVariable({ name: 'hits' })
 *   override updateState(yTrue: Tensor, yPred: Tensor) { this.hits.assignAdd(yTrue.multiply(yPred.greater(0.5).cast('f32')).sum()) }
 *   override result() { return this.hits.value }
 * }
 * ```
 */
export abstract class Metric<S extends Tree = Tree> extends Accumulator<S> {
  /** It only looks at the order of the outputs, so that logits before a softmax do as well as probabilities. */
  get ordersOnly(): boolean {
    return false
  }

  /** What is remembered after a batch. */
  update(_state: S, _yTrue: Tensor, _yPred: Tensor, _weights?: WeightOptions): S {
    throw this.incomplete('update')
  }

  /** Remembers a batch. */
  updateState(yTrue: TrainingData, yPred: TrainingData, weights: WeightData = {}): void {
    const prediction = asTensor(yPred)
    this.build(prediction.dims)
    this.keep(this.update(this.state(), asTensor(yTrue), prediction, weightTensors(weights)))
  }
}

/** Weights as tensors. */
export function weightTensors({ sampleWeight, mask }: WeightData): WeightOptions {
  return {
    sampleWeight: sampleWeight === undefined ? undefined : asTensor(sampleWeight),
    mask: mask === undefined ? undefined : asTensor(mask),
  }
}

const integers: Readonly<Record<string, DType>> = { int: 'i32', int32: 'i32', int64: 'i64' }

function accumulatorDtype(name: string): DType {
  return integers[name] ?? policyOf(name).computeDtype
}

/** Whether tensors are made from the parameters of a program that is being traced, and have no numbers therefore. */
function dependOnParameters(tensors: readonly Tensor[]): boolean {
  const seen = new Set<Node>()
  const stack = tensors.map(({ node }) => node)
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    if (node.op.name === 'parameter') return true
    stack.push(...node.inputs)
  }
  return false
}
