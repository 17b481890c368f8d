// Every kind of kernel of the loop IR as a function of the module.

import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import { type Kernel, outputsOf } from '../../compiler/loop-ir.ts'
import { inputsOf } from '../../compiler/memory-plan.ts'
import { emitColumns } from './emit-columns.ts'
import { emitMatmul } from './emit-matmul.ts'
import { emitRows } from './emit-rows.ts'
import { KernelFunction } from './kernel-function.ts'
import type { ModuleBuilder } from './module-builder.ts'

/** Adds a kernel to the module. */
export function emitKernel(module: ModuleBuilder, kernel: Kernel, isKept: (node: Node) => boolean): KernelFunction {
  const written = outputsOf(kernel).filter(isKept)
  const fn = new KernelFunction(module, [...new Set([...inputsOf(kernel), ...written])], isKept)
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
    default:
      throw new DeviceError(`wasm: no kernel for ${kernel.kind}`)
  }
  return fn
}
