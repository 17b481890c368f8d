// Batching rules of contractions. The examples become a batch axis of a dot, more images of a convolution or, where filters differ, groups.

import { type Dim, multiplyDims, staticDim } from '../dimension.ts'
import type { OpOf } from '../gradients/rule.ts'
import { makeNode, type Node } from '../graph.ts'
import { moveAxis, reshapeNode, resultsOf } from '../node-algebra.ts'
import type { PrimitiveName } from '../primitives.ts'
import type { BatchRule, BatchUse } from './rule.ts'

const later = (axes: readonly number[]): number[] => axes.map((a) => a + 1)

export const dotBatch: BatchRule<'dot'> = (op, use) => {
  const [left, right] = [use.batched(0), use.batched(1)]
  const inputs = [use.input(0), use.input(1)]
  const lhs = left ? { lhsBatch: later(op.lhsBatch), lhsContract: later(op.lhsContract) } : op
  const rhs = right ? { rhsBatch: later(op.rhsBatch), rhsContract: later(op.rhsContract) } : op
  const axes = { lhsBatch: lhs.lhsBatch, lhsContract: lhs.lhsContract, rhsBatch: rhs.rhsBatch, rhsContract: rhs.rhsContract }
  if (left && right) return [makeNode({ name: 'dot', ...axes, lhsBatch: [0, ...axes.lhsBatch], rhsBatch: [0, ...axes.rhsBatch] }, inputs)]
  // On one side only the examples are a free axis, the first of that side.
  const lhsFree = use.input(0).shape.length - op.lhsBatch.length - op.lhsContract.length
  const at = op.lhsBatch.length + (left ? 0 : lhsFree)
  return [moveAxis(makeNode({ name: 'dot', ...axes }, inputs), at, 0)]
}

/** `[size, batch, ...]` as `[size · batch, ...]`. */
function mergeExamples(x: Node): Node {
  const [size = 1, batch = 1, ...rest] = x.shape
  return reshapeNode(x, [multiplyDims(size, batch), ...rest])
}

/** The opposite of {@link mergeExamples}. */
function separateExamples(x: Node, size: Dim, batch: Dim): Node {
  return reshapeNode(x, [size, batch, ...x.shape.slice(1)])
}

/** The primitive on `[batch, ...]` inputs whose examples are so many more of the batch; every result starts with the batch too. */
function asLargerBatch<N extends PrimitiveName>(op: OpOf[N], use: BatchUse, inputs: readonly Node[]): Node[] {
  const batch = use.node.shape[0] ?? 1
  return resultsOf(makeNode(op, inputs)).map((y) => separateExamples(y, use.size, batch))
}

/** `[size, ...]` with the examples folded into the axis `axis` of one example, in front of its own elements. */
function foldInto(x: Node, axis: number): Node {
  const moved = moveAxis(x, 0, axis)
  const [size, own] = [moved.shape[axis] ?? 1, moved.shape[axis + 1] ?? 1]
  return reshapeNode(moved, [...moved.shape.slice(0, axis), multiplyDims(size, own), ...moved.shape.slice(axis + 2)])
}

/** The opposite of {@link foldInto}. */
function unfoldFrom(x: Node, axis: number, size: Dim, own: Dim): Node {
  return moveAxis(reshapeNode(x, [...x.shape.slice(0, axis), size, own, ...x.shape.slice(axis + 1)]), axis, 0)
}

const lastAxis = (x: Node): number => x.shape.length - 1

/** A geometry with every example's channels in groups of their own. */
function grouped<G extends { readonly groups: number }>(geometry: G, size: Dim): G {
  return { ...geometry, groups: geometry.groups * staticDim(size, 'vmap of a convolution') }
}

export const convBatch: BatchRule<'conv'> = (op, use) => {
  if (!use.batched(1)) return asLargerBatch(op, use, [mergeExamples(use.input(0)), use.input(1)])
  const last = lastAxis(use.node)
  const filters = use.node.shape[last] ?? 1
  const filter = foldInto(use.input(1), last)
  const shared = !use.batched(0) && op.geometry.groups === 1
  const input = shared ? use.input(0) : foldInto(use.front(0), last)
  const geometry = shared ? op.geometry : grouped(op.geometry, use.size)
  return [unfoldFrom(makeNode({ name: 'conv', geometry }, [input, filter]), last, use.size, filters)]
}

export const convInputGradientBatch: BatchRule<'convInputGradient'> = (op, use) => {
  const [batch = 1, ...rest] = op.inputShape
  if (!use.batched(1)) {
    return asLargerBatch({ ...op, inputShape: [multiplyDims(use.size, batch), ...rest] }, use, [mergeExamples(use.input(0)), use.input(1)])
  }
  const last = lastAxis(use.node)
  const channels = op.inputShape[last] ?? 1
  const inputShape = [...op.inputShape.slice(0, last), multiplyDims(use.size, channels)]
  const inputs = [foldInto(use.front(0), last), foldInto(use.input(1), last)]
  return [unfoldFrom(makeNode({ ...op, geometry: grouped(op.geometry, use.size), inputShape }, inputs), last, use.size, channels)]
}

export const convFilterGradientBatch: BatchRule<'convFilterGradient'> = (op, use) => {
  const last = lastAxis(use.node)
  const filters = op.filterShape[last] ?? 1
  const filterShape = [...op.filterShape.slice(0, last), multiplyDims(use.size, filters)]
  const inputs = [foldInto(use.front(0), last), foldInto(use.front(1), last)]
  return [unfoldFrom(makeNode({ ...op, geometry: grouped(op.geometry, use.size), filterShape }, inputs), last, use.size, filters)]
}

/** For reduceWindow, windowScatter and windowPick. */
export function windowBatch<N extends 'reduceWindow' | 'windowScatter' | 'windowPick'>(op: OpOf[N], use: BatchUse): Node[] {
  return asLargerBatch(
    op,
    use,
    use.node.inputs.map((_, i) => mergeExamples(use.front(i))),
  )
}

/** A bias `[batch or 1, ...]` for the larger batch; one for all stays one for all. */
function mergedBias(use: BatchUse, index: number): Node {
  const batch = use.input(0).shape[use.batched(0) ? 1 : 0] ?? 1
  const own = use.batched(index) ? use.input(index).shape.slice(1) : use.input(index).shape
  if (!use.batched(index) && own[0] === 1) return use.input(index)
  const whole = [use.size, batch, ...own.slice(1)]
  const front = use.front(index)
  return mergeExamples(own[0] === 1 && batch !== 1 ? makeNode({ name: 'expand', shape: whole }, [front]) : front)
}

export const attentionBatch: BatchRule<'attention'> = (op, use) => {
  const bias = use.node.inputs.length > 3 ? [mergedBias(use, 3)] : []
  return asLargerBatch(op, use, [...[0, 1, 2].map((i) => mergeExamples(use.front(i))), ...bias])
}

export const attentionGradientBatch: BatchRule<'attentionGradient'> = (op, use) => {
  const bias = use.node.inputs.length > 6 ? [mergedBias(use, 6)] : []
  return asLargerBatch(op, use, [...[0, 1, 2, 3, 4, 5].map((i) => mergeExamples(use.front(i))), ...bias])
}
