// Programs over cells: plain code that reads and writes parameters, moving averages, an optimizer's and metrics' variables, compiled into one program
// that takes the values of these cells and gives their new ones, in the same buffers. Which cells it touches is seen when it is traced.

import { type Jitted, jit, type JitOptions } from '../../compiler/index.ts'
import { ConfigError, dimension, type Tensor, traced, type Tree } from '../../core/index.ts'
import { observingCells, type Parameter } from '../layer/parameter.ts'

/** What a {@link CellProgram} can be told. */
export interface CellProgramOptions {
  /** Shown by `tenon explain` and in errors. */
  readonly name: string
  /** Cells that are expected to change, and others that are expected to be read: guesses that save a second trace. */
  readonly written?: readonly Parameter[]
  readonly read?: readonly Parameter[]
  /** Positions of the arguments whose first axis is the batch. */
  readonly batched?: readonly number[]
  /** Told of cells that were not expected, when they are found. */
  readonly onFound?: (cells: readonly Parameter[]) => void
}

type Values = readonly Tensor[]
type Program<A extends readonly Tree[], R extends Tree> = Jitted<[written: Values, read: Values, ...args: A], readonly [Tensor[], R]>

/** Cells that a trace has found: those that it has changed, and those that it has only read. */
class NewCells extends Error {
  readonly written: readonly Parameter[]
  readonly read: readonly Parameter[]

  constructor(written: readonly Parameter[], read: readonly Parameter[]) {
    super('cells: found others than expected')
    this.written = written
    this.read = read
  }
}

/** Traces until the cells are known; a formula that makes new ones every time would go on for ever. */
const mostTraces = 5

/** A formula over cells; one program for each capacity of its batches. */
export class CellProgram<A extends readonly Tree[], R extends Tree> {
  private readonly name: string
  private readonly formula: (...args: A) => R
  private readonly batched: readonly number[]
  private readonly variants = new Map<number | undefined, Program<A, R>>()
  private readonly onFound: ((cells: readonly Parameter[]) => void) | undefined
  private written: readonly Parameter[]
  private read: readonly Parameter[]

  constructor(formula: (...args: A) => R, { name, written = [], read = [], batched = [], onFound }: CellProgramOptions) {
    this.formula = formula
    this.name = name
    this.batched = batched
    this.onFound = onFound
    this.written = [...new Set(written)]
    this.read = [...new Set(read)].filter((cell) => !this.written.includes(cell))
  }

  /** Whether batches of their own size, or of any up to a capacity, need no compilation. */
  isReady(capacity: number | undefined): boolean {
    return this.variants.has(capacity)
  }

  /** Runs the formula; the cells hold their new values when it returns. */
  run(capacity: number | undefined, ...args: A): R {
    return this.settled(() => this.keep(this.variant(capacity)(valuesOf(this.written), valuesOf(this.read), ...args)))
  }

  /** {@link run} off the event loop. */
  async runAsync(capacity: number | undefined, ...args: A): Promise<R> {
    const program = this.traceFor(capacity, args)
    return this.keep(await program.async(valuesOf(this.written), valuesOf(this.read), ...args))
  }

  /** Compiles the program for arguments like these, so that the first run does not wait. */
  compile(capacity: number | undefined, ...args: A): void {
    this.settled(() => this.variant(capacity).compile(valuesOf(this.written), valuesOf(this.read), ...args))
  }

  private traceFor(capacity: number | undefined, args: A): Program<A, R> {
    return this.settled(() => {
      const program = this.variant(capacity)
      program.trace(valuesOf(this.written), valuesOf(this.read), ...args)
      return program
    })
  }

  private variant(capacity: number | undefined): Program<A, R> {
    const known = this.variants.get(capacity)
    if (known !== undefined) return known
    const formula = (written: Values, read: Values, ...args: A): readonly [Tensor[], R] => this.traced(written, read, args)
    const made: Program<A, R> = jit(formula, { name: this.name, donate: [0], ...dynamicBatch(capacity, this.batched) })
    this.variants.set(capacity, made)
    return made
  }

  /** Does something that may find new cells, again with them. */
  private settled<T>(action: () => T): T {
    for (let trace = 0; trace < mostTraces; trace++) {
      try {
        return action()
      } catch (error) {
        if (!(error instanceof NewCells)) throw error
        this.onFound?.([...error.written, ...error.read].filter((cell) => !this.read.includes(cell)))
        this.written = [...this.written, ...error.written]
        this.read = [...this.read.filter((cell) => !error.written.includes(cell)), ...error.read]
        this.variants.clear()
      }
    }
    throw new ConfigError(
      `${this.name}: expected the same parameters every time it is traced, got new ones ${mostTraces} times. Make layers, metrics and optimizers outside of it.`,
    )
  }

  /** The formula on the program's values; afterwards the cells hold their own again. */
  private traced(written: Values, read: Values, args: A): readonly [Tensor[], R] {
    const own = [...this.written, ...this.read]
    const before = own.map((cell) => cell.value)
    const given = [...written, ...read]
    const known = new Set(own)
    const found = new Map<Parameter, Tensor>()
    const put = (values: Values): void =>
      own.forEach((cell, i) => {
        cell.value = values[i] ?? cell.value
      })
    put(given)
    try {
      const note = (cell: Parameter, held: Tensor): void => {
        if (!known.has(cell) && !found.has(cell)) found.set(cell, held)
      }
      const result = observingCells(note, () => traced(() => this.formula(...args)))
      const changed = this.read.filter((cell, i) => cell.value !== read[i])
      const foundCells = [...found.keys()]
      const isChanged = (cell: Parameter): boolean => cell.value !== found.get(cell)
      if (foundCells.length + changed.length > 0)
        throw new NewCells(
          [...changed, ...foundCells.filter(isChanged)],
          foundCells.filter((cell) => !isChanged(cell)),
        )
      return [this.written.map((cell) => cell.value), result]
    } finally {
      put(before)
      for (const [cell, held] of found) cell.value = held
    }
  }

  private keep([values, result]: readonly [Tensor[], R]): R {
    const { written } = this
    for (let i = 0; i < written.length; i++) {
      const [cell, value] = [written[i], values[i]]
      if (cell !== undefined && value !== undefined) cell.value = value
    }
    return result
  }
}

const valuesOf = (cells: readonly Parameter[]): Tensor[] => cells.map((cell) => cell.value)

/** The batch axis of some arguments (after those for cells) as a variable, so that no remainder compiles anything. */
function dynamicBatch(capacity: number | undefined, positions: readonly number[]): Pick<JitOptions, 'dynamic'> {
  if (capacity === undefined) return {}
  const size = dimension('batch', { max: capacity })
  return { dynamic: Object.fromEntries(positions.map((position) => [position + 2, { 0: size }])) }
}
