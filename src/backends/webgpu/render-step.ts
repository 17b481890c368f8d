// One sweep over a row at one point of it: stores and running reductions that share a loop.

import type { Node } from '../../core/graph.ts'
import type { Statement } from '../../compiler/loop-ir/loop-ir.ts'
import type { ExpressionText, KernelNames } from './render-expression.ts'
import { type Accumulator, accumulator } from './wgsl-reduction.ts'

export type ReduceStatement = Extract<Statement, { kind: 'reduce' }>

/** The value that a statement computes. */
export const writtenBy = (s: Statement): Node => (s.kind === 'map' ? s.store.node : s.node)

/** A running reduction for each reducing statement of a sweep. */
export function accumulatorsOf(names: KernelNames, sweep: readonly Statement[]): Map<ReduceStatement, Accumulator> {
  const found = new Map<ReduceStatement, Accumulator>()
  for (const s of sweep) if (s.kind === 'reduce') found.set(s, accumulator(names, s.fn, s.value.dtype))
  return found
}

/** The statements of a sweep at one point of the row. */
export function renderStep(
  text: ExpressionText,
  sweep: readonly Statement[],
  accumulators: ReadonlyMap<ReduceStatement, Accumulator>,
  isKept: (node: Node) => boolean,
  position: string,
): void {
  for (const s of sweep) {
    if (s.kind === 'map') text.store(s.store, isKept(s.store.node))
    else text.push(...(accumulators.get(s)?.add(text.value(s.value), position) ?? []))
  }
}
