// Scaled dot-product attention as plain primitives: its definition, and the way to every derivative that has no primitive of its own.

import { type Dims, divideDims, subtractDims } from './dimension.ts'
import { ShapeError } from './errors.ts'
import { makeNode, type Node } from './graph.ts'
import {
  add,
  binary,
  castNode,
  compare,
  divide,
  filledLike,
  iota,
  permute,
  reshapeNode,
  restoreAxes,
  scale,
  sizeLike,
  sum,
  unary,
  where,
} from './node-algebra.ts'
import { broadcastNode } from './ops/broadcast.ts'

/** What `attention` takes besides its inputs. */
export interface AttentionSettings {
  readonly scale: number
  readonly causal: boolean
}

/**
 * softmax(scale · q kᵀ + bias) v and the logarithm of the softmax's denominator. Query `[batch, time, heads, size]`, key and value
 * `[batch, keyTime, keyHeads, size]`, bias `[batch or 1, heads or 1, time, keyTime]`; the last query sees the last key where it is causal.
 * 16-bit floats are computed in f32.
 */
export function decomposeAttention(inputs: readonly Node[], settings: AttentionSettings): { readonly output: Node; readonly logSumExp: Node } {
  const [q, k, v, bias] = inputs
  if (q === undefined || k === undefined || v === undefined) {
    throw new ShapeError(`attention: expected query, key and value, got ${inputs.length} inputs. Pass all three.`)
  }
  const [batch = 1, time = 1, heads = 1, size = 1] = q.shape
  const [, keyTime = 1, keyHeads = 1] = k.shape
  const group = divideDims(heads, keyHeads) ?? 1
  const dtype = q.dtype === 'f64' ? 'f64' : 'f32'
  const query = reshapeNode(castNode(q, dtype), [batch, time, keyHeads, group, size])
  const products = makeNode({ name: 'dot', lhsBatch: [0, 2], rhsBatch: [0, 2], lhsContract: [4], rhsContract: [3] }, [query, castNode(k, dtype)])
  const shape: Dims = [batch, heads, time, keyTime]
  const scaled = scale(reshapeNode(permute(products, [0, 1, 3, 2, 4]), shape), settings.scale)
  const biased = bias === undefined ? scaled : add(scaled, broadcastNode(castNode(bias, dtype), shape))
  const scores = settings.causal ? where(seen(shape), biased, filledLike(biased, -Infinity)) : biased

  const highest = makeNode({ name: 'stopGradient' }, [makeNode({ name: 'reduce', fn: 'max', axes: [3] }, [scores])])
  // A row that sees nothing has probabilities of 0, not of NaN.
  const finite = compare('greater', highest, filledLike(highest, -Infinity))
  const shift = where(finite, highest, filledLike(highest, 0))
  const weights = unary('exp', binary('subtract', scores, restoreAxes(shift, [3], shape)))
  const total = sum(weights, [3])
  const divisor = where(finite, total, filledLike(total, 1))
  const probabilities = reshapeNode(divide(weights, restoreAxes(divisor, [3], shape)), [batch, keyHeads, group, time, keyTime])
  const mixed = makeNode({ name: 'dot', lhsBatch: [0, 1], rhsBatch: [0, 2], lhsContract: [4], rhsContract: [1] }, [probabilities, castNode(v, dtype)])
  const output = reshapeNode(permute(mixed, [0, 3, 1, 2, 4]), [batch, time, heads, v.shape[3] ?? 1])
  return { output: castNode(output, q.dtype), logSumExp: add(unary('log', total), shift) }
}

/** Where query position t sees key position s: s ≤ t + keyTime − time. */
function seen(shape: Dims): Node {
  const [, , time = 1, keyTime = 1] = shape
  const row = iota(shape, 2)
  return compare('lessEqual', iota(shape, 3), add(row, subtractSizes(keyTime, time, row)))
}

function subtractSizes(a: Dims[number], b: Dims[number], like: Node): Node {
  const difference = subtractDims(a, b)
  return typeof difference === 'number' ? filledLike(like, difference) : binary('subtract', sizeLike(a, like), sizeLike(b, like))
}
