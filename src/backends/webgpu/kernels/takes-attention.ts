// Which attention is fused: a whole graph's, or none of it.

import { maxDim } from '../../../core/dimension.ts'
import { type Node, topologicalOrder } from '../../../core/graph.ts'
import { blockFor } from './attention-blocks.ts'

/** Workgroup memory that every adapter has, in bytes. */
const leastWorkgroupBytes = 16384

/**
 * Fewest queries for which blocks of them pay. Below, as when one token after the other is generated, products of a vector and a matrix share the
 * keys among more workgroups, and the scores are a few rows.
 */
const leastQueries = 8

/** Whether the fused kernels take all attention that `results` need: heads fit the workgroup memory of any adapter, and queries are many. */
export function takesAttention(results: readonly Node[]): boolean {
  return topologicalOrder(results).every((node) => {
    // A call is inlined before it is compiled.
    if (node.op.name === 'call') return takesAttention(node.op.body.results)
    if (node.op.name !== 'attention' && node.op.name !== 'attentionGradient') return true
    const [query] = node.inputs
    const [, time = 1, , headSize = 1] = query?.shape ?? []
    return maxDim(time) >= leastQueries && blockFor('backward', maxDim(headSize), leastWorkgroupBytes, maxDim(time)) !== undefined
  })
}
