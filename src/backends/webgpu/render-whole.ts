// Primitives with a kernel of their own, which read and write whole values.

import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import type { GpuKernel, GpuTarget } from './gpu-kernel.ts'
import { renderAttention } from './kernels/attention.ts'
import { renderAttentionGradient } from './kernels/attention-gradient.ts'
import { renderCumulative } from './render-cumulative.ts'
import { renderOrdering } from './render-ordering.ts'
import { renderScatterAdd } from './render-scatter.ts'

/** Renders a kernel of whole values. */
export function renderWhole(kernel: Extract<Kernel, { kind: 'whole' }>, target: GpuTarget): GpuKernel {
  const { inputs, outputs } = kernel
  const { op } = kernel.node
  const at = (nodes: readonly Node[], index: number): Node => {
    const found = nodes[index]
    if (found === undefined) throw new DeviceError(`webgpu: expected value ${index} of '${op.name}', the kernel has ${nodes.length}.`)
    return found
  }
  switch (op.name) {
    case 'scatterAdd':
      return renderScatterAdd({ indices: at(inputs, 0), updates: at(inputs, 1), out: at(outputs, 0), axis: op.axis }, target)
    case 'cumulative':
      return renderCumulative({ input: at(inputs, 0), out: at(outputs, 0), fn: op.fn, axis: op.axis, reverse: op.reverse }, target)
    case 'sort':
    case 'topK': {
      const input = at(inputs, 0)
      const [axis, descending] = op.name === 'sort' ? [op.axis, op.descending] : [input.shape.length - 1, true]
      const kept = op.name === 'sort' ? (input.shape[axis] ?? 1) : op.k
      return renderOrdering({ input, values: at(outputs, 0), indices: at(outputs, 1), axis, descending, kept }, target)
    }
    case 'attention':
      return renderAttention(kernel, target)
    case 'attentionGradient':
      return renderAttentionGradient(kernel, target)
    default:
      throw new DeviceError(`webgpu: '${op.name}' has no kernel of its own.`)
  }
}
