// The loop over time: a cell at work on a sequence with time first, as one `scan` of the graph, or with its steps written one after another.

import {
  type Dim,
  expandDims,
  flip,
  reshape,
  scan,
  type Shape,
  ShapeError,
  slice,
  stack,
  Tensor,
  type Tree,
  flattenTree,
  mapTree,
  rebuildTree,
  where,
  zeros,
} from '../../../core/index.ts'
import { type Cell, type CellRun, RecurrentCell } from './cell.ts'

/** What the loop is to do. */
export interface LoopOptions {
  readonly cell: Cell
  readonly run: CellRun
  /** `[time, batch, …]`, as the run's `project` gave it. */
  readonly projected: Tensor
  /** `[time, batch]`; masked steps change no state. */
  readonly mask: Tensor | undefined
  readonly initial: readonly Tree[]
  /** Whether the initial states are zeros. */
  readonly fromZeros: boolean
  /** Sizes of one step's output. */
  readonly outputDims: readonly Dim[]
  /** Whether all outputs are wanted, instead of the last one. */
  readonly sequences: boolean
  readonly zeroOutputForMask: boolean
  readonly goBackwards: boolean
  /** Written out step by step. */
  readonly unroll: boolean
}

/** `output`: `[time, batch, …]` in the order of the steps taken, or `[batch, …]` of the last one; and the states after it. */
export interface LoopResult {
  readonly output: Tensor
  readonly states: readonly Tree[]
}

/** What one step leaves to the next: states, and the output where it cannot be found among them. */
interface Carry {
  readonly [key: string]: Tree
  readonly states: readonly Tree[]
  readonly output: readonly Tensor[]
}

/** Runs a cell over all steps. */
export function loopOverTime(options: LoopOptions): LoopResult {
  const { cell, run, projected, mask, initial, sequences, zeroOutputForMask, goBackwards, outputDims } = options
  const found = (states: readonly Tree[]): Tensor | undefined => (cell instanceof RecurrentCell ? cell.outputIn(states) : undefined)
  const repeats = mask !== undefined && !(zeroOutputForMask && sequences)
  // The output is among the states, unless a masked first step gives zeros where the states are others.
  const isState = found(initial) !== undefined && (mask === undefined || options.fromZeros || !repeats)
  const carriesOutput = repeats ? !isState : !sequences && !isState
  const step = (before: Carry, [x, own]: readonly [Tensor, Tensor | undefined]): readonly [Carry, readonly Tensor[]] => {
    const [given, after] = run.advance(x, rebuildTree(before.states, flattenTree(before.states).leaves))
    const states = own === undefined ? rebuildTree(before.states, flattenTree(after).leaves) : kept(own, after, before.states)
    const [last] = before.output
    const output = outputOf(given, own, states, last)
    return [{ states, output: carriesOutput ? [output] : [] }, sequences ? [output] : []]
  }
  const outputOf = (given: Tensor, own: Tensor | undefined, states: readonly Tree[], last: Tensor | undefined): Tensor => {
    if (own === undefined) return given
    if (!repeats) return pick(own, given, undefined)
    return last === undefined ? (found(states) ?? given) : pick(own, given, last)
  }
  const start: Carry = { states: initial, output: carriesOutput ? [zeros(outputDims, { dtype: projected.dtype })] : [] }
  const [end, outputs] = options.unroll ? unrolled(step, start, projected, mask, goBackwards) : scanned(step, start, projected, mask, goBackwards)
  const [all] = outputs
  if (sequences && all !== undefined) return { output: all, states: end.states }
  const last = end.output[0] ?? found(end.states) ?? projected
  if (mask === undefined || !zeroOutputForMask) return { output: last, states: end.states }
  return { output: pick(stepOf(mask, goBackwards ? 0 : -1), last, undefined), states: end.states }
}

type Step = (before: Carry, x: readonly [Tensor, Tensor | undefined]) => readonly [Carry, readonly Tensor[]]

function scanned(step: Step, start: Carry, projected: Tensor, mask: Tensor | undefined, reverse: boolean): [Carry, Tensor[]] {
  const body = (before: Carry, x: Tree): readonly [Carry, readonly Tensor[]] => {
    const [own, counts] = flattenTree(x).leaves
    if (own === undefined) throw new ShapeError('recurrent layer: expected inputs of a step, got none.')
    return step(before, [own, counts])
  }
  const [end, outputs] = scan(body, start, mask === undefined ? [projected] : [projected, mask], { reverse })
  // A scan that runs backwards leaves its results at the places of their inputs.
  return [end, flattenTree(outputs).leaves.map((y) => (reverse ? flip(y, 0) : y))]
}

/** More steps than this would be a program that takes minutes to compile. */
const maxUnrolled = 10_000

function unrolled(step: Step, start: Carry, projected: Tensor, mask: Tensor | undefined, reverse: boolean): [Carry, Tensor[]] {
  const [length] = projected.dims
  if (typeof length !== 'number') {
    throw new ShapeError(
      `recurrent layer: expected a known number of steps to unroll, got ${String(length)}. Fix the time axis, or leave out unroll.`,
    )
  }
  if (length > maxUnrolled) {
    throw new ShapeError(`recurrent layer: expected at most ${maxUnrolled} steps to unroll, got ${length}. Leave out unroll.`)
  }
  let before = start
  const outputs: Tensor[] = []
  for (let i = 0; i < length; i++) {
    const at = reverse ? length - 1 - i : i
    const [after, output] = step(before, [stepOf(projected, at), mask && stepOf(mask, at)])
    before = after
    outputs.push(...output)
  }
  return [before, outputs.length === 0 ? [] : [stack(outputs, 0)]]
}

/** The values of one step: `x[at]`. */
function stepOf(x: Tensor, at: number): Tensor {
  const one: Tensor = slice<Shape, Shape, readonly Dim[]>(x, [at, ...x.dims.slice(1).map(() => 0)], [1, ...x.dims.slice(1)])
  return reshape<Shape, readonly Dim[]>(one, x.dims.slice(1))
}

/** New states where a step counts, the ones before it where not. */
function kept(mask: Tensor, after: Tree, before: readonly Tree[]): readonly Tree[] {
  const next = flattenTree(after).leaves
  let i = 0
  return mapTree(before, (old) => {
    const own = next[i++]
    return own === undefined ? old : pick(mask, own, old)
  })
}

/** `x` `[batch, …]` where the mask `[batch]` holds, `otherwise` (default: zero) elsewhere. */
function pick(mask: Tensor, x: Tensor, otherwise: Tensor | undefined): Tensor {
  let condition: Tensor = mask
  while (condition.rank < x.rank) condition = expandDims<Shape, number>(condition, -1)
  return where(condition, x, otherwise ?? 0)
}
