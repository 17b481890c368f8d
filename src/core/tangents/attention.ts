// Tangent rules of attention, through its decomposition.

import { decomposeAttention } from '../decompose-attention.ts'
import { ShapeError } from '../errors.ts'
import { filledLike, renamed } from '../node-algebra.ts'
import type { ForwardUse, TangentRule } from './rule.ts'

/** The tangents of inputs, `undefined` for those that do not change. */
const tangentsAt = (use: ForwardUse, indices: readonly number[]) => indices.map((i) => (use.has(i) ? use.tangent(i) : undefined))

export const attentionTangent: TangentRule<'attention'> = (op, use) => {
  // The inputs may be one node (self-attention): names of their own keep the directions apart.
  const inputs = use.node.inputs.map(renamed)
  const { output, logSumExp } = decomposeAttention(inputs, op)
  return use.forward([output, logSumExp], inputs, tangentsAt(use, [...inputs.keys()]))
}

export const attentionGradientTangent: TangentRule<'attentionGradient'> = (op, use) => {
  // Output and logSumExp are functions of the other inputs, so their own tangents say nothing new.
  const places = [0, 1, 2, 5, ...use.node.inputs.slice(6).map((_, i) => 6 + i)]
  const inputs = places.map((i) => renamed(use.input(i)))
  const [query, key, value, outputGradient, ...bias] = inputs
  if (query === undefined || key === undefined || value === undefined || outputGradient === undefined) {
    throw new ShapeError(`attentionGradient: expected at least 6 inputs, got ${use.node.inputs.length}. Pass every operand.`)
  }
  const { output } = decomposeAttention([query, key, value, ...bias], op)
  const gradients = use.reverse([output], [outputGradient], [query, key, value])
  const results = [query, key, value].map((x, i) => gradients[i] ?? filledLike(x, 0))
  return use.forward(results, inputs, tangentsAt(use, places))
}
