// Sliding windows (pooling and its gradient) as C.
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { windowSizes } from '../../compiler/convolution-geometry.ts'
import { renderWindowReduce } from './kernels/window-reduce.ts'
import { renderWindowScatter } from './kernels/window-scatter.ts'
import { renderWindowScatterApart, windowsLieApart } from './kernels/window-scatter-apart.ts'
import type { BoundKernel } from './render-loops.ts'
import type { Target } from './rendered-kernel.ts'

/**
 * Renders `reduceWindow` (padding counts as −∞, +∞ or 0; NaN stays), `windowPick` and `windowScatter` (the first extreme in row-major
 * order of the window; where windows overlap they add) with the stores that follow; only values that are kept are written.
 */
export function renderWindow(kernel: Extract<Kernel, { kind: 'window' }>, isKept: (node: Node) => boolean, target: Target): BoundKernel {
  const [input] = kernel.inputs
  if (input === undefined) throw new DeviceError(`native ${kernel.variant}: expected an input, the node has none.`)
  if (kernel.variant === 'windowScatter') {
    const [, gradient] = kernel.inputs
    if (gradient === undefined) throw new DeviceError('native windowScatter: expected an output gradient, the node has none.')
    const sizes = windowSizes(kernel.geometry, input.shape, gradient.shape)
    return windowsLieApart(sizes) ? renderWindowScatterApart(kernel, sizes, isKept) : renderWindowScatter(kernel, sizes, isKept, target)
  }
  return renderWindowReduce(kernel, windowSizes(kernel.geometry, input.shape, kernel.node.shape), isKept)
}
