// Where the body of a loop reads and writes, so that no step copies what it hands to the next.

import type { Node } from '../../core/graph.ts'
import type { Op, Subgraph } from '../../core/primitives.ts'
import { bytesOf } from '../../compiler/memory-plan.ts'
import { type Count, countOf, timesCount } from './counts.ts'

/** A slot that stands for another place at each step of a loop. */
export interface Move {
  readonly slot: number
  readonly base: number
  /** Per step. */
  readonly bytes: Count
  /** The place is that of so many steps later; earlier where it is negative. */
  readonly ahead: number
  /** What it stands for where that step is not one of the loop. */
  readonly outside: number
  /** Goes to and fro between `base` and the place after it. */
  readonly alternates: boolean
}

/** A scan that is being placed. */
export interface PlacedLoop {
  readonly op: Extract<Op, { name: 'scan' }>
  /** The body, for one part of the rows. */
  readonly graph: Subgraph
  readonly parts: number
  /** What the loop is given. */
  readonly given: readonly Node[]
  /** Inputs and outputs of the loop as a whole. */
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** Those of a part; the same where there is one. */
  readonly ownInputs: readonly number[]
  readonly ownOutputs: readonly number[]
  /** Two places of its own for each carry, one after the other. */
  readonly between: (carry: number) => readonly [number, number]
  readonly moving: (move: Pick<Move, 'base' | 'bytes'> & Partial<Move>) => number
  /** Before the loop. */
  readonly copy: (target: number, source: number, bytes: Count) => void
  /** The slot so many bytes after one; `undefined` where that one moves in a loop around this one. */
  readonly after: (slot: number, bytes: number) => number | undefined
}

/** Places of a body, and what is copied after the last step. */
export interface LoopPlaces {
  readonly parameters: readonly number[]
  readonly results: readonly number[]
  readonly finals: readonly { readonly target: number; readonly source: number; readonly bytes: Count }[]
}

/**
 * A carry whose values are all kept, before or after each step, is handed on where they are kept; any other goes to and fro between two places.
 * The first step reads the loop's input, the last writes its result.
 */
export function loopPlaces(loop: PlacedLoop): LoopPlaces {
  const { op, graph, parts, given, inputs, outputs, ownInputs, ownOutputs } = loop
  const steps = typeof op.length === 'number' ? op.length : 0
  const kept = new Map(graph.results.map((node, i) => [node, i] as const).filter(([, i]) => i >= op.carries))
  const stepBytes = (node: Node): Count => timesCount(countOf(node), parts)
  const stacked = new Map<number, number>()
  const along = (i: number, node: Node): number => {
    const slot = stacked.get(i) ?? loop.moving({ base: ownOutputs[i] ?? 0, bytes: stepBytes(node) })
    stacked.set(i, slot)
    return slot
  }
  const results: number[] = []
  const finals: LoopPlaces['finals'][number][] = []

  /** The place of a step in what output `i` stacks. */
  const stepPlace = (i: number | undefined, step: number, bytes: Count): number | undefined =>
    i === undefined || steps === 0 || typeof bytes !== 'number'
      ? undefined
      : loop.after(outputs[i] ?? 0, (op.reverse ? steps - 1 - step : step) * bytes)

  const carry = (p: Node, i: number): number => {
    const result = graph.results[i] ?? p
    const [input, output] = [inputs[i] ?? 0, outputs[i] ?? 0]
    const bytes = stepBytes(result)
    // A loop of no steps hands its input on.
    if (steps === 0) loop.copy(output, input, bytes)
    const [before, after] = [kept.get(p), kept.get(result)]
    const first = stepPlace(before, 0, bytes)
    if (before !== undefined && first !== undefined) {
      loop.copy(first, input, bytes)
      results[i] = loop.moving({ base: ownOutputs[before] ?? 0, bytes, ahead: 1, outside: ownOutputs[i] ?? 0 })
      return along(before, p)
    }
    const last = stepPlace(after, steps - 1, bytes)
    if (after !== undefined && last !== undefined) {
      results[i] = along(after, result)
      finals.push({ target: output, source: last, bytes })
      return loop.moving({ base: ownOutputs[after] ?? 0, bytes, ahead: -1, outside: ownInputs[i] ?? 0 })
    }
    const [one, other] = loop.between(i)
    const size = bytesBetween(result)
    let from = ownInputs[i] ?? 0
    if (input === output && steps < 2) {
      from = other
      loop.copy(other, input, bytes)
    }
    results[i] = loop.moving({ base: other, bytes: -size, ahead: 1, outside: ownOutputs[i] ?? 0, alternates: true })
    return loop.moving({ base: one, bytes: size, ahead: -1, outside: from, alternates: true })
  }

  const parameters = graph.parameters.map((p, i) => {
    if (i < op.carries) return carry(p, i)
    const moves = (given[i]?.shape.length ?? 0) > p.shape.length
    if (!moves) return ownInputs[i] ?? 0
    const whole = ownInputs[i] === inputs[i]
    return loop.moving({ base: ownInputs[i] ?? 0, bytes: whole ? countOf(p) : stepBytes(p) })
  })
  graph.results.forEach((node, i) => {
    if (i >= op.carries) results[i] = along(i, node)
  })
  return { parameters, results, finals }
}

/** Bytes from one of a carry's two places to the other. */
export const bytesBetween = (carry: Node): number => Math.ceil(bytesOf(carry) / 64) * 64
