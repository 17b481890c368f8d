// Convolutions and their gradients as C: chooses the kind of kernel for the sizes and dtypes at hand.
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Kernel } from '../../compiler/loop-ir.ts'
import { convolutionSizes, type ConvolutionSizes } from './kernels/convolution-geometry.ts'
import { renderPlainConvolution } from './kernels/convolution-plain.ts'
import type { BoundKernel } from './render-loops.ts'
import type { Target } from './rendered-kernel.ts'

/** Renders a convolution or one of its gradients with the stores that follow it; only values that are kept are written. */
export function renderConvolution(kernel: Extract<Kernel, { kind: 'convolution' }>, isKept: (node: Node) => boolean, target: Target): BoundKernel {
  void target
  return renderPlainConvolution(kernel, sizesOf(kernel), isKept)
}

function sizesOf(kernel: Extract<Kernel, { kind: 'convolution' }>): ConvolutionSizes {
  const { op } = kernel.node
  switch (op.name) {
    case 'conv':
      return convolutionSizes(op.geometry, kernel.a.shape, kernel.b.shape, kernel.node.shape)
    case 'convInputGradient':
      return convolutionSizes(op.geometry, op.inputShape, kernel.b.shape, kernel.a.shape)
    case 'convFilterGradient':
      return convolutionSizes(op.geometry, kernel.a.shape, op.filterShape, kernel.b.shape)
    default:
      throw new DeviceError(`native convolution: expected a convolution or one of its gradients, got '${op.name}'.`)
  }
}
