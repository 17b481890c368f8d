// Batching rules of primitives that only need their axes counted from the second one: elementwise, movement, reductions, orders.

import type { OpOf } from '../gradients/rule.ts'
import { makeNode, type Node } from '../graph.ts'
import { resultsOf } from '../node-algebra.ts'
import type { PrimitiveName } from '../primitives.ts'
import type { BatchRule, BatchUse } from './rule.ts'

/** The same primitive on inputs that all have examples. */
export function onFronts<N extends PrimitiveName>(op: OpOf[N], use: BatchUse): Node[] {
  return resultsOf(
    makeNode(
      op,
      use.node.inputs.map((_, i) => use.front(i)),
    ),
  )
}

const later = (axes: readonly number[]): number[] => axes.map((a) => a + 1)

export const reshapeBatch: BatchRule<'reshape'> = (op, use) => onFronts({ ...op, shape: [use.size, ...op.shape] }, use)

export const permuteBatch: BatchRule<'permute'> = (op, use) => onFronts({ ...op, axes: [0, ...later(op.axes)] }, use)

export const expandBatch: BatchRule<'expand'> = (op, use) => onFronts({ ...op, shape: [use.size, ...op.shape] }, use)

export const padBatch: BatchRule<'pad'> = (op, use) =>
  onFronts({ ...op, low: [0, ...op.low], high: [0, ...op.high], interior: [0, ...op.interior] }, use)

export const sliceBatch: BatchRule<'slice'> = (op, use) =>
  onFronts({ ...op, starts: [0, ...op.starts], sizes: [use.size, ...op.sizes], strides: [1, ...op.strides] }, use)

export const flipBatch: BatchRule<'flip'> = (op, use) => onFronts({ ...op, axes: later(op.axes) }, use)

export const reduceBatch: BatchRule<'reduce'> = (op, use) => onFronts({ ...op, axes: later(op.axes) }, use)

/** For primitives with one `axis`. */
export function alongNextAxis<N extends 'concat' | 'argReduce' | 'cumulative' | 'sort'>(op: OpOf[N], use: BatchUse): Node[] {
  return onFronts({ ...op, axis: op.axis + 1 }, use)
}
