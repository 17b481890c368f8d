// Gradient rules of attention: the fused primitive where it covers what is asked, else through the decomposition.

import { decomposeAttention } from '../decompose-attention.ts'
import { elementOf, makeNode } from '../graph.ts'
import { filledLike, renamed } from '../node-algebra.ts'
import type { Rule } from './rule.ts'

export const attentionGradientRule: Rule<'attention'> = ({ scale, causal }, use) => {
  const { node } = use
  const { inputs } = node
  if (use.has(1) || use.needs(3)) {
    const { output, logSumExp } = decomposeAttention(inputs, { scale, causal })
    return use.reverse([output, logSumExp], [use.has(0) ? use.cotangent(0) : undefined, use.has(1) ? use.cotangent(1) : undefined], inputs)
  }
  const [q, k, v, ...bias] = inputs
  if (q === undefined || k === undefined || v === undefined) return []
  const fused = makeNode({ name: 'attentionGradient', scale, causal }, [q, k, v, elementOf(node, 0), elementOf(node, 1), use.cotangent(0), ...bias])
  return [0, 1, 2].map((i) => (use.needs(i) ? elementOf(fused, i) : undefined))
}

/** The output and the logSumExp that it takes are functions of the other inputs: what depends on them is counted there, not twice. */
export const attentionGradientGradientRule: Rule<'attentionGradient'> = ({ scale, causal }, use) => {
  const [q, k, v, , , outputGradient, ...bias] = use.node.inputs
  if (q === undefined || k === undefined || v === undefined || outputGradient === undefined) return []
  // The inputs may be one node (self-attention): their own names keep the three derivatives apart.
  const [query, key, value] = [q, k, v].map(renamed)
  if (query === undefined || key === undefined || value === undefined) return []
  const { output } = decomposeAttention([query, key, value, ...bias], { scale, causal })
  const first = use.reverse([output], [outputGradient], [query, key, value])
  const results = [query, key, value].map((x, i) => first[i] ?? filledLike(x, 0))
  const cotangents = [0, 1, 2].map((i) => (use.has(i) ? use.cotangent(i) : undefined))
  const second = use.reverse(results, cotangents, [query, key, value, outputGradient, ...bias])
  return [second[0], second[1], second[2], undefined, undefined, second[3], ...second.slice(4)]
}
