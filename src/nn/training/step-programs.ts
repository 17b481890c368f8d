// The programs of a model's steps: one that updates the parameters, one that adds gradients up for a later update, one that only measures. Which
// cells steps change besides those that a model is known to have is seen when they are traced.

import { evaluate, flattenTree, random, type Tensor, tensor, type Tree } from '../../core/index.ts'
import type { Batch } from '../feeding/batches.ts'
import { inContext } from '../layer/call-context.ts'
import { keySequence } from '../layer/keys.ts'
import { nextMoment, Parameter } from '../layer/parameter.ts'
import type { AnyModel } from '../model/model.ts'
import { CellProgram } from '../steps/cell-program.ts'
import type { StepLogs } from './step-logs.ts'
import { foundNames } from './training-state.ts'

/** A batch as steps see it; undefined for what was not given. */
export interface StepBatch<In extends Tree = Tensor, Target extends Tree = Tensor> {
  readonly x: In
  readonly y: Target | undefined
  readonly sampleWeight: Tree | undefined
}

/** The steps of a model, for whatever inputs it has. */
interface Steps {
  trainStep(batch: StepBatch<Tree, Tree>): StepLogs
  testStep(batch: StepBatch<Tree, Tree>): StepLogs
}

/** What a step does with a batch. */
export type StepKind = 'update' | 'accumulate' | 'test'

/** What programs of steps are told. */
export interface StepProgramsOptions {
  /** Of the keys that steps draw from. */
  readonly seed: number
  /** Whether steps run as plain code instead. */
  readonly eager: boolean
  /** The cells that steps are known to read. */
  readonly read: readonly Parameter[]
  /** The cells that training is known to change, besides {@link sums}. */
  readonly trained: readonly Parameter[]
  /** The cells that figures are computed from. */
  readonly sums: readonly Parameter[]
}

type StepArguments = [x: Tree, y: Tree, sampleWeight: Tree]

/** The steps of a model as programs. */
export class StepPrograms {
  /** Batches trained on since compile, as steps see it. */
  readonly iteration = new Parameter('iteration', tensor(new Int32Array([0]), []), { trainable: false })
  /** Names of the last step's figures as it gave them: trees are sorted. */
  order: readonly string[] = []
  /** Of the step that is being traced: whether this batch updates the parameters. */
  updates: boolean | undefined
  private readonly model: AnyModel
  private readonly seed: number
  private readonly eager: boolean
  private readonly known: readonly Parameter[]
  private readonly programs: Readonly<Record<StepKind, CellProgram<StepArguments, StepLogs>>>
  /** Cells that only tracing has shown, and what is to be put into those that it will show. */
  private readonly found: Parameter[] = []
  private awaited: ReadonlyMap<string, Tensor> = new Map()
  private awaitedSince = 0
  private readonly standing = new WeakSet<StepLogs>()

  constructor(model: AnyModel, { seed, eager, read, trained, sums }: StepProgramsOptions) {
    this.model = model
    this.seed = seed
    this.eager = eager
    const written = [...trained, this.iteration, ...sums]
    this.known = [...new Set([...read, ...written])]
    const options = { read, batched: [0, 1, 2], onFound: (cells: readonly Parameter[]) => this.noteFound(cells) }
    this.programs = {
      update: new CellProgram(this.formula('update'), { name: 'train', written, ...options }),
      accumulate: new CellProgram(this.formula('accumulate'), { name: 'train', written, ...options }),
      test: new CellProgram(this.formula('test'), { name: 'evaluate', written: sums, ...options }),
    }
  }

  private formula(kind: StepKind): (...args: StepArguments) => StepLogs {
    return (x, y, sampleWeight) => {
      const batch = { x, y: given(y), sampleWeight: given(sampleWeight) }
      const key = kind === 'test' ? random.key(this.seed) : random.foldIn(random.key(this.seed), this.iteration.value)
      const context = { training: false, nextKey: keySequence(key), losses: [] }
      this.updates = kind === 'update'
      try {
        return inContext(context, () => {
          const steps: Steps = this.model
          const logs = kind === 'test' ? steps.testStep(batch) : steps.trainStep(batch)
          if (kind !== 'test') this.iteration.value = this.iteration.value.add(1)
          this.order = Object.keys(logs)
          return this.standing.has(logs) ? {} : logs
        })
      } finally {
        this.updates = undefined
      }
    }
  }

  /** Notes results that are what the cells stand at: programs need not give them, they are read when somebody looks. */
  markStanding(results: StepLogs): void {
    this.standing.add(results)
  }

  /** Whether a step, on a batch of its own size or of any up to a capacity, needs no compilation. */
  isReady(kind: StepKind, capacity: number | undefined): boolean {
    return this.programs[kind].isReady(capacity)
  }

  /** Compiles a step for batches of this kind. */
  compile(kind: StepKind, batch: Batch): void {
    this.programs[kind].compile(batch.capacity, ...argumentsOf(batch))
  }

  /** One step, done when it returns; what it reports. */
  run(kind: StepKind, batch: Batch): StepLogs {
    return this.eager ? this.runEagerly(kind, batch) : this.programs[kind].run(batch.capacity, ...argumentsOf(batch))
  }

  /** {@link run} off the event loop. */
  async runAsync(kind: StepKind, batch: Batch): Promise<StepLogs> {
    return this.eager ? this.runEagerly(kind, batch) : await this.programs[kind].runAsync(batch.capacity, ...argumentsOf(batch))
  }

  private runEagerly(kind: StepKind, batch: Batch): StepLogs {
    const logs = this.formula(kind)(...argumentsOf(batch))
    evaluate([...Object.values(logs), ...this.known.map(({ value }) => value)])
    return logs
  }

  private noteFound(cells: readonly Parameter[]): void {
    const news = cells.filter((cell) => !this.found.includes(cell))
    this.found.push(...news)
    for (const [name, cell] of this.namedFound()) {
      if (news.includes(cell) && (cell.decidedAt ?? 0) <= this.awaitedSince) cell.value = this.awaited.get(name) ?? cell.value
    }
  }

  /** The cells that only tracing has shown, by names under which a state keeps them. */
  namedFound(): [name: string, cell: Parameter][] {
    return foundNames(this.found, new Set(this.model.ownMetrics.flatMap(({ variables }) => variables)))
  }

  /** Values of cells that tracing has not shown yet, by the names of {@link namedFound}: cells start from them when they are found. */
  awaitFound(values: ReadonlyMap<string, Tensor>): void {
    this.awaited = values
    this.awaitedSince = nextMoment()
  }

  /** Lets metrics that are not found yet start from nothing. */
  forgetAwaitedSums(): void {
    this.awaited = new Map([...this.awaited].filter(([name]) => !name.startsWith('sums/')))
  }
}

const none: readonly Tree[] = []
const argumentsOf = ({ x, y = none, sampleWeight = none }: Batch): StepArguments => [x, y, sampleWeight]
const given = (tree: Tree): Tree | undefined => (flattenTree(tree).leaves.length === 0 ? undefined : tree)
