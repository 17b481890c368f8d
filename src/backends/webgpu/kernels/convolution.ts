// Convolutions and the gradients of their inputs and filters.

import type { Node } from '../../../core/graph.ts'
import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import type { GpuKernel, GpuTarget } from '../gpu-kernel.ts'
import { epilogueLines, indent, KernelNames } from '../render-expression.ts'
import { convolutionProduct } from './convolution-product.ts'
import { arithmeticOf } from './product-arithmetic.ts'
import { renderProduct } from './render-product.ts'

/** Renders a convolution of one to three axes, or a gradient of one, with its epilogue. Half precisions are summed in f32, integers wrap. */
export function renderConvolution(kernel: Extract<Kernel, { kind: 'convolution' }>, isKept: (node: Node) => boolean, target: GpuTarget): GpuKernel {
  const { node, a, b, element, channel, epilogue } = kernel
  const names = new KernelNames()
  const arithmetic = arithmeticOf(node.dtype, target)
  const { groups, ...product } = convolutionProduct(kernel, {
    type: arithmetic.type,
    left: (at) => arithmetic.load(names, a, at),
    right: (at) => arithmetic.load(names, b, at),
  })
  names.nameAxis(element, 'row')
  names.nameAxis(channel, 'channel')
  const lines = epilogueLines(names, [element, channel], { node, value: 'value' }, epilogue, isKept)
  const finish = `fn finish(batch: i32, row: i32, column: i32, sum: ${arithmetic.type}) {
  let channel = batch * ${product.columns} + column;
  let value = ${arithmetic.finished('sum')};
${indent(lines).join('\n')}
}`
  const passes = renderProduct({ ...product, target, arithmetic, batch: [groups], isBatchInner: true, finish, dim: (d) => names.dim(d) })
  return { buffers: names.buffers, dims: names.dims, ...passes }
}
