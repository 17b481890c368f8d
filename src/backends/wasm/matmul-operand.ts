// An operand of a matrix product as a kernel reads it: where it starts, and how far its rows and columns lie apart.

import { byteSize, type DType } from '../../core/dtype.ts'
import type { MatrixView } from '../../compiler/loop-ir/loop-ir.ts'
import type { Evaluator } from './evaluator.ts'
import { add, mul, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'

export interface Operand {
  readonly dtype: DType
  readonly start: Value
  /** Bytes between rows and between columns. */
  readonly rowStride: Value
  readonly columnStride: Value
}

/** The operand at the point of the batch where the loops stand. */
export function operandOf(kernel: KernelFunction, evaluator: Evaluator, view: MatrixView): Operand {
  const { fn } = kernel
  const size = byteSize(view.node.dtype)
  return {
    dtype: view.node.dtype,
    start: fn.let(add(kernel.buffer(view.node), mul(evaluator.position(view.offset), size))),
    rowStride: fn.let(mul(kernel.dim(view.rowStride), size)),
    columnStride: fn.let(mul(kernel.dim(view.columnStride), size)),
  }
}
