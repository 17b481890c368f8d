// Convolutions and their gradients as C: chooses the kind of kernel for the sizes and dtypes at hand.
import { DeviceError } from '../../core/errors.ts'
import type { DType } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { forwardCorrelation, inputGradientCorrelation } from './kernels/convolution-correlation.ts'
import { renderDepthwise } from './kernels/convolution-depthwise.ts'
import { renderDepthwiseFilterGradient } from './kernels/convolution-depthwise-filter.ts'
import { planFilterGradient } from './kernels/convolution-filter-plan.ts'
import { renderTiledFilterGradient } from './kernels/convolution-filter-tiled.ts'
import { convolutionSizes, type ConvolutionSizes } from '../../compiler/convolution-geometry.ts'
import { renderPlainConvolution } from './kernels/convolution-plain.ts'
import { planConvolution } from './kernels/convolution-plan.ts'
import { renderTiledConvolution } from './kernels/convolution-tiled.ts'
import type { BoundKernel } from './render-loops.ts'
import type { Target } from './rendered-kernel.ts'

/** Dtypes that tiles compute, in float. */
const tiled: ReadonlySet<DType> = new Set<DType>(['f32', 'bf16', 'f16'])

/** Renders a convolution or one of its gradients with the stores that follow it; only values that are kept are written. */
export function renderConvolution(kernel: Extract<Kernel, { kind: 'convolution' }>, isKept: (node: Node) => boolean, target: Target): BoundKernel {
  const sizes = sizesOf(kernel)
  const depthwise = sizes.groups > 1 && sizes.groups === sizes.channels && sizes.groups === sizes.filters
  if (depthwise) {
    const correlation = kernel.variant === 'convInputGradient' ? inputGradientCorrelation(sizes) : forwardCorrelation(sizes)
    return kernel.variant === 'convFilterGradient'
      ? renderDepthwiseFilterGradient(kernel, correlation, isKept)
      : renderDepthwise(kernel, correlation, isKept)
  }
  if (!tiled.has(kernel.node.dtype)) return renderPlainConvolution(kernel, sizes, isKept)
  if (kernel.variant === 'convFilterGradient') {
    const correlation = forwardCorrelation(sizes)
    const plan = planFilterGradient(correlation, { source: kernel.a.dtype === 'f32', gradient: kernel.b.dtype === 'f32' }, target)
    return plan === undefined ? renderPlainConvolution(kernel, sizes, isKept) : renderTiledFilterGradient(kernel, correlation, plan, isKept)
  }
  const correlation = kernel.variant === 'conv' ? forwardCorrelation(sizes) : inputGradientCorrelation(sizes)
  const plan = planConvolution(correlation, kernel.a.dtype === 'f32', target)
  return plan === undefined ? renderPlainConvolution(kernel, sizes, isKept) : renderTiledConvolution(kernel, correlation, plan, isKept)
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
