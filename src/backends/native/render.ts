// A kernel of the loop IR as C text: one renderer per kind.

import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import type { Node } from '../../core/graph.ts'
import { renderConvolution } from './render-convolution.ts'
import { type BoundKernel, renderColumns, renderRows } from './render-loops.ts'
import { renderMatmul } from './render-matmul.ts'
import { renderWhole } from './render-whole.ts'
import { renderWindow } from './render-window.ts'
import type { Target } from './rendered-kernel.ts'

/** Renders a kernel; only values that `isKept` are written to memory. `inLoop`: one after which the next follows at once, so that no thread sleeps. */
export function renderKernel(kernel: Kernel, isKept: (node: Node) => boolean, target: Target, inLoop = false): BoundKernel {
  switch (kernel.kind) {
    case 'rows':
      return renderRows(kernel, isKept, inLoop)
    case 'columns':
      return renderColumns(kernel)
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
