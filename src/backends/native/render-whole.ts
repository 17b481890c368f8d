// Primitives whose kernels read and write whole values, as C: scatter-add, running sums, orderings and attention.

import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { renderAttentionGradientNode, renderAttentionNode } from './kernels/attention-node.ts'
import { renderCumulative } from './kernels/cumulative.ts'
import { renderScatterAdd } from './kernels/scatter.ts'
import { renderOrdering } from './kernels/sort.ts'
import type { BoundKernel } from './render-loops.ts'
import type { Target } from './rendered-kernel.ts'

/**
 * Renders `scatterAdd`, `cumulative`, `sort`, `topK`, `attention` and `attentionGradient`. Buffers are the kernel's inputs, then its
 * outputs; a node that stands twice is bound once. Every output is written, read by anybody or not.
 */
export function renderWhole(kernel: Extract<Kernel, { kind: 'whole' }>, target: Target): BoundKernel {
  const { node, inputs, views, outputs } = kernel
  const shapes = node.inputs.map((x) => x.shape)
  const { op } = node
  const at = (nodes: readonly Node[], index: number): Node => {
    const found = nodes[index]
    if (found === undefined) throw new DeviceError(`native: expected value ${index} of '${op.name}', the kernel has ${nodes.length}.`)
    return found
  }
  switch (op.name) {
    case 'scatterAdd':
      return renderScatterAdd({ indices: at(inputs, 0), updates: at(inputs, 1), out: at(outputs, 0), axis: op.axis })
    case 'cumulative':
      return renderCumulative({ input: at(inputs, 0), out: at(outputs, 0), fn: op.fn, axis: op.axis, reverse: op.reverse })
    case 'sort': {
      const input = at(inputs, 0)
      const kept = input.shape[op.axis] ?? 1
      return renderOrdering({ input, values: at(outputs, 0), indices: at(outputs, 1), axis: op.axis, descending: op.descending, kept })
    }
    case 'topK': {
      const input = at(inputs, 0)
      const axis = input.shape.length - 1
      return renderOrdering({ input, values: at(outputs, 0), indices: at(outputs, 1), axis, descending: true, kept: op.k })
    }
    case 'attention':
      return renderAttentionNode({ inputs, views, shapes, outputs, scale: op.scale, causal: op.causal }, target)
    case 'attentionGradient':
      return renderAttentionGradientNode({ inputs, views, shapes, outputs, scale: op.scale, causal: op.causal }, target)
    default:
      throw new DeviceError(`native: '${op.name}' has no kernel of its own.`)
  }
}
