// What recurrent layers step through time: cells. A cell is a layer that takes one step's inputs and the states before it, and gives its output and
// the states after it. Cells of one's own need no more than that; those of this folder also say what can be done for all steps before the first.

import { ConfigError, type DType, type Dim, type Dims, flattenTree, type Tensor, type Tree, zeros } from '../../../core/index.ts'
import { shown } from '../../options/option-checks.ts'
import type { CallContext, CallOptions } from '../../layer/call-context.ts'
import { Layer } from '../../layer/layer.ts'

/** Sizes of a cell's states: one number for one state `[batch, size]`, a list for several, lists in lists for cells made of cells. */
export type StateSize = number | readonly StateSize[]

/** What a cell takes besides its inputs. */
export interface CellCall {
  /** The states before the step. */
  readonly states: Tree
}

/** What a cell gives: its output, and the states after the step (as it got them, or the only one by itself). */
export type CellResult = readonly [output: Tensor, states: Tree]

/**
 * A layer that {@link RNN} can step through time:
 *
 * ```ts
 * class Leaky extends Layer<Tensor, CellResult, CellCall> {
 *   readonly stateSize = 8
 *   call(x: Tensor, { states }: CallContext & CellCall): CellResult {
 *     const [before = x] = flattenTree(states).leaves
 *     const h = before.multiply(0.9).add(x)
 *     return [h, [h]]
 *   }
 * }
 * const rnn = layers.rnn({ cell: new Leaky() })
 * ```
 */
export interface Cell extends Layer<never, CellResult, never> {
  readonly stateSize: StateSize
  /** Size of the output's last axis. Default: the first of the states'. */
  readonly outputSize?: number
  /** The states before the first step, for inputs of one step of these sizes. Default: zeros `[batch, size]`. */
  getInitialState?(step: Dims, dtype: DType): Tree
}

/** A cell at work on one sequence: its weights read, its dropout drawn. */
export interface CellRun {
  /** What depends on the inputs alone, for one step `[batch, …]` or all `[time, batch, …]`. */
  project(x: Tensor): Tensor
  /** One step, from what {@link project} gave. */
  advance(projected: Tensor, states: Tree): CellResult
}

/** The base of Tenon's own cells. */
export abstract class RecurrentCell extends Layer<Tensor, CellResult, CellCall> implements Cell {
  abstract readonly stateSize: StateSize
  abstract readonly outputSize: number

  /** Reads weights and draws dropout for sequences whose steps have these sizes, batch first. */
  abstract begin(step: Dims, context: CallContext): CellRun

  call(x: Tensor, context: CallContext & CellCall): CellResult {
    const run = this.begin(x.dims, context)
    return run.advance(run.project(x), context.states)
  }

  getInitialState(step: Dims, dtype: DType): Tree {
    return zeroStates(this.stateSize, step[0] ?? 1, dtype)
  }

  /** The output among the states after the same step. */
  outputIn(states: Tree): Tensor | undefined {
    return flattenTree(states).leaves[0]
  }

  /** Sizes of one step's output for inputs of one step, batch first. */
  resultDims(step: Dims): Dims {
    return [step[0] ?? 1, this.outputSize]
  }
}

/** A cell at work; one of somebody's own is called as a layer at every step. */
export function beginCell(cell: Cell, step: Dims, context: CallContext): CellRun {
  if (cell instanceof RecurrentCell) return cell.begin(step, context)
  return {
    project: (x) => x,
    advance: (x, states) => callCell(cell, x, states, context),
  }
}

/** One call of a cell as a layer; its states come back as a list. */
export function callCell(cell: Cell, x: Tensor, states: Tree, { mask: _, ...context }: CallContext): CellResult {
  const options: CellCall & CallOptions = { states }
  const result: unknown = cell.run(x, context, options)
  if (!isResult(result)) {
    throw new ConfigError(`${cell.name}: expected call to return [output, states], got something else. Return both, states as a list.`)
  }
  const [output, after] = result
  return [output, listed(after)]
}

const isResult = (result: unknown): result is CellResult => Array.isArray(result) && result.length === 2

/** States as a list, also the only one. */
export const listed = (states: Tree): readonly Tree[] => (isList(states) ? states : [states])

const isList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree)

/** The states of a cell before the first step: its own initial ones, or zeros. */
export function initialStates(cell: Cell, step: Dims, dtype: DType): readonly Tree[] {
  return listed(cell.getInitialState?.(step, dtype) ?? zeroStates(cell.stateSize, step[0] ?? 1, dtype))
}

/** Sizes of one step's output. */
export function resultDimsOf(cell: Cell, step: Dims): Dims {
  if (cell instanceof RecurrentCell) return cell.resultDims(step)
  return [step[0] ?? 1, cell.outputSize ?? firstSize(cell.stateSize)]
}

/** Size of the first state. */
export function firstSize(size: StateSize): number {
  if (typeof size === 'number') return size
  const [first] = size
  return first === undefined ? 0 : firstSize(first)
}

function zeroStates(size: StateSize, batch: Dim, dtype: DType): Tree {
  return typeof size === 'number' ? zeros([batch, size], { dtype }) : size.map((part) => zeroStates(part, batch, dtype))
}

/** The cell of an option, or a ConfigError that says what is missing of one. */
export function checkedCell(where: string, option: string, cell: unknown): Cell {
  if (!(cell instanceof Layer) || !('stateSize' in cell)) {
    throw new ConfigError(
      `${where}: expected ${option} to be a layer with a stateSize, got ${cell instanceof Layer ? `${cell.className} without one` : shown(cell)}. ` +
        'Make one: layers.lstmCell({ units: 64 }).',
    )
  }
  if (!isCell(cell)) {
    throw new ConfigError(
      `${where}: expected stateSize of ${cell.className} to be a positive whole number or a list of such, got ${JSON.stringify(cell.stateSize)}. Change it.`,
    )
  }
  return cell
}

const isCell = (cell: Layer & { readonly stateSize: unknown }): cell is Layer & Cell => isStateSize(cell.stateSize)

const isStateSize = (size: unknown): size is StateSize =>
  Array.isArray(size) ? size.length > 0 && size.every(isStateSize) : typeof size === 'number' && Number.isInteger(size) && size > 0
