// Cells one above the other, as one cell.

import { ConfigError, type DType, type Dims, type Tensor, type Tree } from '../../../core/index.ts'
import { shown } from '../../options/option-checks.ts'
import type { CallContext } from '../../layer/call-context.ts'
import type { LayerConfig, LayerOptions } from '../../layer/layer.ts'
import {
  beginCell,
  callCell,
  type Cell,
  type CellCall,
  type CellResult,
  type CellRun,
  checkedCell,
  firstSize,
  initialStates,
  listed,
  RecurrentCell,
  resultDimsOf,
  type StateSize,
} from './cell.ts'

/** Options of {@link StackedRNNCells}. */
export interface StackedRNNCellsOptions extends LayerOptions {
  /** The cells, from the one that takes the inputs to the one that gives the output. */
  readonly cells: readonly Cell[]
}

/**
 * Several cells as one: each takes the output of the one before. States: a list with the states of each cell.
 *
 * ```ts
 * const cell = layers.stackedRNNCells({ cells: [layers.lstmCell({ units: 64 }), layers.gruCell({ units: 32 })] })
 * const layer = layers.rnn({ cell })
 * ```
 */
export class StackedRNNCells extends RecurrentCell {
  readonly cells: readonly Cell[]

  constructor(options: StackedRNNCellsOptions) {
    super(options, 'StackedRNNCells', ['cells'])
    if (!Array.isArray(options.cells) || options.cells.length === 0) {
      throw new ConfigError(`${this.name}: expected cells to be a list of at least one cell, got ${shown(options.cells)}. Pass the cells.`)
    }
    this.cells = options.cells.map((cell) => checkedCell(this.name, 'every one of cells', cell))
  }

  get stateSize(): StateSize {
    return this.cells.map(({ stateSize }) => stateSize)
  }

  get outputSize(): number {
    const last = this.cells.at(-1)
    return last === undefined ? 0 : (last.outputSize ?? firstSize(last.stateSize))
  }

  override getInitialState(step: Dims, dtype: DType): Tree {
    return this.steps(step).map(([cell, own]) => asGiven(cell, initialStates(cell, own, dtype)))
  }

  override outputIn(states: Tree): Tensor | undefined {
    const [last, own] = [this.cells.at(-1), listed(states).at(-1)]
    return last instanceof RecurrentCell && own !== undefined ? last.outputIn(own) : undefined
  }

  override resultDims(step: Dims): Dims {
    return this.cells.reduce<Dims>((dims, cell) => resultDimsOf(cell, dims), step)
  }

  /** The cells with the sizes of what each of them takes. */
  private steps(step: Dims): (readonly [Cell, Dims])[] {
    let dims = step
    return this.cells.map((cell) => {
      const own = dims
      dims = resultDimsOf(cell, own)
      return [cell, own] as const
    })
  }

  /** Calls the cells as layers, which builds them. */
  override call(x: Tensor, context: CallContext & CellCall): CellResult {
    if (this.cells.every(({ built }) => built)) return super.call(x, context)
    const given = this.counted(context.states)
    let output = x
    const after = this.cells.map((cell, i): Tree => {
      const [next, own] = callCell(cell, output, listed(given[i] ?? []), context)
      output = next
      return asGiven(cell, listed(own))
    })
    return [output, after]
  }

  begin(step: Dims, context: CallContext): CellRun {
    const runs = this.steps(step).map(([cell, own]) => ({ cell, run: beginCell(cell, own, context) }))
    return {
      project: (x) => runs[0]?.run.project(x) ?? x,
      advance: (projected, states) => {
        const given = this.counted(states)
        let output = projected
        const after = runs.map(({ cell, run }, i): Tree => {
          const [next, own] = run.advance(i === 0 ? output : run.project(output), listed(given[i] ?? []))
          output = next
          return asGiven(cell, listed(own))
        })
        return [output, after]
      },
    }
  }

  private counted(states: Tree): readonly Tree[] {
    const given = listed(states)
    if (given.length === this.cells.length) return given
    throw new ConfigError(`${this.name}: expected the states of ${this.cells.length} cells, got ${given.length}. Pass one entry for each cell.`)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), cells: this.cells.map((cell) => ({ className: cell.className, config: cell.getConfig() })) }
  }
}

/** States as a cell's stateSize has them: one by itself, several in a list. */
function asGiven({ stateSize }: Cell, states: readonly Tree[]): Tree {
  const [only] = states
  return typeof stateSize === 'number' && only !== undefined ? only : states
}
