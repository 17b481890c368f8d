// Decomposition: attention that fused kernels do not take (double precision, values of another size than the keys) becomes the primitives that
// define it.

import { substitute } from '../../core/capture.ts'
import { decomposeAttention } from '../../core/decompose-attention.ts'
import { sameDim } from '../../core/dimension.ts'
import { makeNode, type Node, parameterNode, topologicalOrder } from '../../core/graph.ts'
import { filledLike } from '../../core/node-algebra.ts'
import { reverse } from '../../core/reverse.ts'
import type { GraphFunction } from '../device.ts'

/** The same function with attention only where a fused kernel takes it, if any does; the very same graph where there is nothing to do. */
export function decompose(graph: GraphFunction, fusesAttention = true): GraphFunction {
  const isUnfused = (node: Node): boolean => isAttention(node) && !(fusesAttention && hasFusedKernel(node))
  const order = topologicalOrder(graph.results)
  if (!order.some(isUnfused)) return graph
  const done = new Map<Node, Node>()
  const parts = new Map<Node, readonly Node[]>()
  for (const node of order) {
    const inputs = node.inputs.map((x) => done.get(x) ?? x)
    const { op } = node
    const [tuple] = node.inputs
    const part = op.name === 'element' && tuple !== undefined ? parts.get(tuple)?.[op.index] : undefined
    if (part !== undefined) {
      done.set(node, part)
      continue
    }
    if (isUnfused(node)) parts.set(node, partsOf(node, inputs))
    done.set(node, inputs.every((x, i) => x === node.inputs[i]) ? node : makeNode(op, inputs))
  }
  return { ...graph, results: graph.results.map((x) => done.get(x) ?? x) }
}

function isAttention(node: Node): boolean {
  return node.op.name === 'attention' || node.op.name === 'attentionGradient'
}

function hasFusedKernel(node: Node): boolean {
  const [, key, value] = node.inputs
  return node.dtype !== 'f64' && sameDim(key?.shape[3] ?? 1, value?.shape[3] ?? 1)
}

/** The elements of attention's tuple, or of its gradient's, as primitives. */
function partsOf(node: Node, inputs: readonly Node[]): readonly Node[] {
  const { op } = node
  if (op.name === 'attention') {
    const { output, logSumExp } = decomposeAttention(inputs, op)
    return [output, logSumExp]
  }
  if (op.name !== 'attentionGradient') return []
  const [, , , , , outputGradient, ...bias] = inputs
  // Stand-ins keep the three derivatives apart where query, key and value are one node.
  const operands = inputs.slice(0, 3)
  const standIns = operands.map((x, i) => parameterNode(`operand ${i}`, { dtype: x.dtype, shape: x.shape }))
  const { output } = decomposeAttention([...standIns, ...bias], op)
  const gradients = reverse([output], [outputGradient], standIns).map((g, i) => g ?? filledLike(operands[i] ?? node, 0))
  return substitute(gradients, new Map(standIns.map((standIn, i) => [standIn, operands[i] ?? standIn])))
}
