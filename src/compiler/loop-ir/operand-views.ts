// Operands of contractions and attention as strided views of stored values: movements between the value and its reader become strides.

import { type Dim, type Dims, multiplyDims, sameDim } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import { type Axis, axis, axisIndex, type Index, strideOf } from './index-expression.ts'
import type { MatrixView, StridedView } from './loop-ir.ts'
import { Lowering } from './lower.ts'

export interface DotAxes {
  readonly batch: readonly Dim[]
  readonly m: Dim
  readonly n: Dim
  readonly k: Dim
}

/** Sizes of a product: batch, rows, columns, contracted. */
export function dotAxes(node: Node): DotAxes {
  const { op } = node
  const [lhs, rhs] = node.inputs
  if (op.name !== 'dot' || lhs === undefined || rhs === undefined) throw new RangeError('compiler: expected a dot')
  const product = (dims: readonly Dim[]) => dims.reduce<Dim>((a, b) => multiplyDims(a, b), 1)
  const free = (shape: Dims, batch: readonly number[], contract: readonly number[]) =>
    shape.filter((_, i) => !batch.includes(i) && !contract.includes(i))
  return {
    batch: op.lhsBatch.map((a) => lhs.shape[a] ?? 1),
    m: product(free(lhs.shape, op.lhsBatch, op.lhsContract)),
    n: product(free(rhs.shape, op.rhsBatch, op.rhsContract)),
    k: product(op.lhsContract.map((a) => lhs.shape[a] ?? 1)),
  }
}

/** One side of a dot as a strided view over the product's batch loops, or `undefined` where it is not one (or not yet stored). */
export function matrixView(node: Node, side: number, batch: readonly Axis[], stored: (node: Node) => boolean): MatrixView | undefined {
  const { op } = node
  const input = node.inputs[side]
  if (op.name !== 'dot' || input === undefined) return undefined
  const batchAxes = side === 0 ? op.lhsBatch : op.rhsBatch
  const contract = side === 0 ? op.lhsContract : op.rhsContract
  const free = [...input.shape.keys()].filter((a) => !batchAxes.includes(a) && !contract.includes(a))
  const axes = input.shape.map((d, a) => batch[batchAxes.indexOf(a)] ?? axis(d))
  const pick = (list: readonly number[]) => list.map((a) => axes[a] ?? axis(1))
  const expression = new Lowering(stored).valueAt(input, axes.map(axisIndex))
  if (expression.kind !== 'load') return undefined
  const { index } = expression
  const freeStride = mergedStride(index, pick(free))
  const contractStride = mergedStride(index, pick(contract))
  if (freeStride === undefined || contractStride === undefined) return undefined
  if (batch.some((a) => strideOf(index, a) === undefined)) return undefined
  const isBatch = (id: number) => batch.some((a) => a.id === id)
  const offset: Index = { constant: index.constant, terms: index.terms.filter((t) => t.atom.kind === 'axis' && isBatch(t.atom.axis.id)) }
  return side === 0
    ? { node: expression.from, offset, rowStride: freeStride, columnStride: contractStride }
    : { node: expression.from, offset, rowStride: contractStride, columnStride: freeStride }
}

/** The stride of several axes taken as one, outermost first, or `undefined` if they do not follow each other in memory. */
function mergedStride(index: Index, axes: readonly Axis[]): Dim | undefined {
  const real = axes.filter((a) => a.extent !== 1)
  const last = real.at(-1)
  if (last === undefined) return 1
  const innermost = strideOf(index, last)
  if (innermost === undefined) return undefined
  let stride: Dim = innermost
  for (let i = real.length - 2; i >= 0; i--) {
    const [outer, inner] = [real[i], real[i + 1]]
    if (outer === undefined || inner === undefined) return undefined
    stride = multiplyDims(stride, inner.extent)
    const own = strideOf(index, outer)
    if (own === undefined || !sameDim(own, stride)) return undefined
  }
  return innermost
}

/** How many of a primitive's inputs its kernel reads with strides: query, key and value of attention. */
export function stridedInputs(node: Node): number {
  return node.op.name === 'attention' || node.op.name === 'attentionGradient' ? 3 : 0
}

/** A value as a view of the stored value behind its movements, if it is one whose last axis is contiguous. */
export function stridedView(node: Node, stored: (node: Node) => boolean): StridedView | undefined {
  const axes = node.shape.map((d) => axis(d))
  const expression = new Lowering(stored).valueAt(node, axes.map(axisIndex))
  if (expression.kind !== 'load') return undefined
  const { index } = expression
  const strides = axes.map((a) => (a.extent === 1 ? 0 : strideOf(index, a)))
  const known = strides.filter((s) => s !== undefined)
  if (known.length < strides.length || index.terms.some((t) => t.atom.kind !== 'axis')) return undefined
  const last = known.at(-1)
  if (last !== undefined && last !== 1 && axes.at(-1)?.extent !== 1) return undefined
  return { node: expression.from, offset: index.constant, strides: known }
}
