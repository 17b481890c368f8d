// Products of all gates' kernels at once, and of each gate by itself where every gate has dropout of its own.

import { concat, matmul, type Shape, split, type Tensor } from '../../../core/index.ts'
import { dropped } from './cell-options.ts'

/** x · kernel, with the factors of dropout: one for all gates, or one for each of the kernel's equal parts. */
export function gateProduct(x: Tensor, kernel: Tensor, factors: readonly Tensor[]): Tensor {
  if (factors.length <= 1) return matmul<Shape, Shape>(dropped(x, factors, 0), kernel)
  const parts = split(kernel, factors.length, -1).map((part, gate): Tensor => matmul<Shape, Shape>(dropped(x, factors, gate), part))
  return concat<readonly Tensor[], number>(parts, -1)
}
