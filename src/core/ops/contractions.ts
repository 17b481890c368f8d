// Products that sum over axes: matrix products, general contractions and attention.

import { showDims, staticDim, type Dims } from '../dimension.ts'
import { promote } from '../dtype.ts'
import { ShapeError } from '../errors.ts'
import { elementOf, makeNode, type Node } from '../graph.ts'
import type { Fits, MatMul, MatMulProblem, Shape, Show } from '../shape-types.ts'
import { Tensor } from '../tensor.ts'
import { broadcastDims, broadcastNode, castNode, normalizeAxis, reshapeNode } from './broadcast.ts'

/** A right operand whose inner size fits, or a type that says why it does not. */
export type Multipliable<A extends Shape, B extends Shape> = Tensor<B> &
  Fits<MatMul<A, B>, `matmul: ${MatMulProblem<A, B>}: [${Show<A>}] × [${Show<B>}]`>

/** Matrix product over the last two axes; leading axes broadcast, 1-D operands are vectors (as NumPy's matmul). */
export function matmul<A extends Shape, B extends Shape>(a: Tensor<A>, b: Multipliable<A, B>): Tensor<MatMul<A, B>> {
  return new Tensor<MatMul<A, B>>(matmulNode(a.node, b.node))
}

/** {@link matmul} on nodes. */
export function matmulNode(left: Node, right: Node): Node {
  const dtype = promote(left.dtype, right.dtype)
  const a = castNode(left, dtype)
  const b = castNode(right, dtype)
  const [ra, rb] = [a.shape.length, b.shape.length]
  const inner = [a.shape[ra - 1], b.shape[Math.max(0, rb - 2)]]
  if (ra === 0 || rb === 0 || String(inner[0]) !== String(inner[1])) {
    throw new ShapeError(
      `matmul: expected equal inner sizes, got ${showDims(a.shape)} and ${showDims(b.shape)} (${String(inner[0])} and ${String(inner[1])}). ` +
        'Transpose one side, or check the layer before.',
    )
  }
  if (rb <= 2) return dot(a, b, [], [], [ra - 1], [Math.max(0, rb - 2)])
  if (ra === 1) {
    const row = matmulNode(reshapeNode(a, [1, ...a.shape]), b)
    return reshapeNode(
      row,
      row.shape.filter((_, i) => i !== row.shape.length - 2),
    )
  }
  const batch = broadcastDims('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
  const axes = batch.map((_, i) => i)
  const lhs = broadcastNode(a, [...batch, ...a.shape.slice(-2)], 'matmul')
  const rhs = broadcastNode(b, [...batch, ...b.shape.slice(-2)], 'matmul')
  return dot(lhs, rhs, axes, axes, [batch.length + 1], [batch.length])
}

function dot(
  a: Node,
  b: Node,
  lhsBatch: readonly number[],
  rhsBatch: readonly number[],
  lhsContract: readonly number[],
  rhsContract: readonly number[],
): Node {
  return makeNode({ name: 'dot', lhsBatch, rhsBatch, lhsContract, rhsContract }, [a, b])
}

/** Axes of a general product, `[left, right]` for each pair. */
export interface ContractOptions {
  readonly contract: readonly (readonly [left: number, right: number])[]
  readonly batch?: readonly (readonly [left: number, right: number])[]
}

/** Sum over pairs of axes; the result has the batch axes, the left's free axes, the right's free axes. */
export function contract(a: Tensor, b: Tensor, options: ContractOptions): Tensor {
  const dtype = promote(a.dtype, b.dtype)
  const left = (pairs: ContractOptions['contract']) => pairs.map(([l]) => normalizeAxis('contract', l, a.dims))
  const right = (pairs: ContractOptions['contract']) => pairs.map(([, r]) => normalizeAxis('contract', r, b.dims))
  const batch = options.batch ?? []
  return new Tensor(dot(castNode(a.node, dtype), castNode(b.node, dtype), left(batch), right(batch), left(options.contract), right(options.contract)))
}

export interface AttentionOptions {
  /** Position t sees only positions up to t (the last query sees the last key). Default false. */
  readonly causal?: boolean
  /** What scores are multiplied by. Default 1/√size. */
  readonly scale?: number
  /** Added to the scores, `[batch or 1, heads or 1, time, keyTime]`. */
  readonly bias?: Tensor
}

/** softmax(scale · q kᵀ + bias) v on `[batch, time, heads, size]` (Vaswani et al. 2017, §3.2); key heads may be shared by groups of query heads. */
export function attention(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}): Tensor {
  const size: Dims = query.dims.slice(-1)
  const scale = options.scale ?? 1 / Math.sqrt(staticDim(size[0] ?? 1, 'attention'))
  const inputs = [query.node, key.node, value.node, ...(options.bias === undefined ? [] : [castNode(options.bias.node, query.dtype)])]
  return new Tensor(elementOf(makeNode({ name: 'attention', scale, causal: options.causal ?? false }, inputs), 0))
}
