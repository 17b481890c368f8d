// Every kind of kernel of the loop IR as WGSL.

import type { Node } from '../../core/graph.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import type { GpuKernel, GpuTarget } from './gpu-kernel.ts'
import { renderConvolution } from './kernels/convolution.ts'
import { renderMatmul } from './kernels/matmul.ts'
import { renderColumns } from './render-columns.ts'
import { renderRows } from './render-rows.ts'
import { renderWhole } from './render-whole.ts'
import { renderWindow } from './render-window.ts'

/** Renders a kernel; of the values that it computes only those that `isKept` are written to memory. */
export function renderKernel(kernel: Kernel, isKept: (node: Node) => boolean, target: GpuTarget): GpuKernel {
  const rendered = render(kernel, isKept, target)
  // Where there is nothing to compute, the text may divide by a size of 0, which WGSL refuses.
  return { ...rendered, passes: rendered.passes.filter((pass) => pass.groups !== 0) }
}

function render(kernel: Kernel, isKept: (node: Node) => boolean, target: GpuTarget): GpuKernel {
  switch (kernel.kind) {
    case 'rows':
      return renderRows(kernel, isKept, target)
    case 'columns':
      return renderColumns(kernel, target)
    case 'matmul':
      return renderMatmul(kernel, isKept, target)
    case 'convolution':
      return renderConvolution(kernel, isKept, target)
    case 'window':
      return renderWindow(kernel, isKept, target)
    case 'whole':
      return renderWhole(kernel, target)
  }
}
