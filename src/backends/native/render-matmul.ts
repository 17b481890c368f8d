// Chooses the kernel for a matrix product and renders it.

import type { Node } from '../../core/graph.ts'
import { eitherKernel } from './kernels/matmul-either.ts'
import { isFloatType } from './kernels/matmul-operand.ts'
import { renderPlain, sumTypeOf } from './kernels/matmul-plain.ts'
import { exchanged, type MatmulKernel, productText } from './kernels/matmul-product.ts'
import { isSkinny, mostFewRows, renderSkinny } from './kernels/matmul-skinny.ts'
import { renderTiled } from './kernels/matmul-tiled.ts'
import type { BoundKernel } from './bound-kernel.ts'
import type { Target } from './rendered-kernel.ts'

/**
 * Renders result[batch, m, n] = Σₖ lhs[batch, m, k] · rhs[batch, k, n] with its epilogue. Half precisions are summed in float, integers
 * wrap. Only stores with `isKept(node)` are written.
 */
export function renderMatmul(kernel: MatmulKernel, isKept: (node: Node) => boolean, target: Target): BoundKernel {
  // A single column becomes a single row, along which vectors run.
  const oriented = kernel.n.extent === 1 && kernel.m.extent !== 1 ? exchanged(kernel) : kernel
  const product = productText(oriented, isKept, sumTypeOf(kernel.node.dtype))
  const { dtype, names } = product
  if ([product.batch, product.m, product.n].includes(0)) {
    const source = 'void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) { (void)buf; (void)dim; (void)task; }\n'
    return { rendered: { source, phases: [{ symbol: 'KERNEL_run', tasks: 1 }], scratchBytes: 0 }, names }
  }
  if (!isFloatType(dtype)) return { rendered: renderPlain(product), names }
  if (!isSkinny(product)) return { rendered: renderTiled(product, dtype, target), names }
  const streamed = renderSkinny(product, dtype, target)
  if (typeof product.m === 'number') return { rendered: streamed, names }
  return { rendered: eitherKernel(product.m, mostFewRows, streamed, renderTiled(product, dtype, target)), names }
}
