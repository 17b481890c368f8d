// Every kind of kernel of the loop IR as a function of the module.

import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import { type Kernel, outputsOf } from '../../compiler/loop-ir/loop-ir.ts'
import { inputsOf } from '../../compiler/memory-plan.ts'
import { emitColumns } from './emit-columns.ts'
import { emitConvolution } from './emit-convolution.ts'
import { emitCumulative } from './emit-cumulative.ts'
import { emitMatmul } from './emit-matmul.ts'
import { emitOrdering } from './emit-ordering.ts'
import { emitRows } from './emit-rows.ts'
import { emitScatterAdd } from './emit-scatter.ts'
import { emitWindow } from './emit-window.ts'
import { KernelFunction } from './kernel-function.ts'
import type { ModuleBuilder } from './module-builder.ts'

/** Adds a kernel to the module. */
export function emitKernel(module: ModuleBuilder, kernel: Kernel, isKept: (node: Node) => boolean): KernelFunction {
  // Kernels of whole values write every output, read by anybody or not.
  const written = outputsOf(kernel).filter((node) => kernel.kind === 'whole' || isKept(node))
  // What it reads of its own without keeping it stays in registers.
  const own = new Set(outputsOf(kernel))
  const read = [...inputsOf(kernel)].filter((node) => !own.has(node) || isKept(node))
  const fn = new KernelFunction(module, [...new Set([...read, ...written])], isKept)
  switch (kernel.kind) {
    case 'rows':
      emitRows(fn, kernel)
      break
    case 'columns':
      emitColumns(fn, kernel)
      break
    case 'matmul':
      emitMatmul(fn, kernel)
      break
    case 'convolution':
      emitConvolution(fn, kernel)
      break
    case 'window':
      emitWindow(fn, kernel)
      break
    case 'whole':
      emitWhole(fn, kernel)
      break
  }
  return fn
}

function emitWhole(fn: KernelFunction, { node, inputs, outputs }: Extract<Kernel, { kind: 'whole' }>): void {
  const { op } = node
  const at = (nodes: readonly Node[], index: number): Node => {
    const found = nodes[index]
    if (found === undefined) throw new DeviceError(`wasm: expected value ${index} of '${op.name}', the kernel has ${nodes.length}.`)
    return found
  }
  switch (op.name) {
    case 'scatterAdd':
      emitScatterAdd(fn, { indices: at(inputs, 0), updates: at(inputs, 1), out: at(outputs, 0), axis: op.axis })
      break
    case 'cumulative':
      emitCumulative(fn, { input: at(inputs, 0), out: at(outputs, 0), fn: op.fn, axis: op.axis, reverse: op.reverse })
      break
    case 'sort':
    case 'topK': {
      const input = at(inputs, 0)
      const [axis, descending] = op.name === 'sort' ? [op.axis, op.descending] : [input.shape.length - 1, true]
      const kept = op.name === 'sort' ? (input.shape[axis] ?? 1) : op.k
      emitOrdering(fn, { input, values: at(outputs, 0), indices: at(outputs, 1), axis, descending, kept })
      break
    }
    default:
      throw new DeviceError(`wasm: '${op.name}' has no kernel of its own.`)
  }
}
