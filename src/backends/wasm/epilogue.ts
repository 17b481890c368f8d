// What follows a contraction: its finished values, which wait in scratch memory, go through the chain of stores row by row.

import type { Node } from '../../core/graph.ts'
import type { Axis } from '../../compiler/loop-ir/index-expression.ts'
import type { StoreTo } from '../../compiler/loop-ir/loop-ir.ts'
import type { Evaluator } from './evaluator.ts'
import { i32, type Local, type Value } from './function-builder.ts'
import { type KernelFunction, walk } from './kernel-function.ts'

/** A block of finished values. */
export interface FinishedBlock {
  readonly node: Node
  readonly row: Axis
  readonly column: Axis
  readonly epilogue: readonly StoreTo[]
  /** Rows and columns of the block; everything where absent. */
  readonly rows?: { readonly from: Value; readonly to: Value }
  readonly columns?: { readonly from: Value; readonly to: Value }
  /** Address at which column 0 of a row would stand. */
  readonly address: (row: Local) => Value
}

export function emitEpilogue(kernel: KernelFunction, evaluator: Evaluator, block: FinishedBlock): void {
  const { fn } = kernel
  const { node, row, column, epilogue, rows, columns, address } = block
  const hasVector = epilogue.every((s) => evaluator.hasVector(s.value))
  const stores = (vector: boolean) => () => {
    for (const s of epilogue) evaluator.store(s, kernel.isKept(s.node), vector)
  }
  const i = fn.newLocal('i32')
  const end = rows?.to ?? kernel.dim(row.extent)
  fn.set(i, rows?.from ?? i32(0))
  const code = evaluator.within(row, i, false, () => {
    evaluator.rowStarts()
    evaluator.setFinished({ node, row: fn.let(address(i)), column })
    walk(kernel, evaluator, { axis: column, ...(columns ?? {}), width: 4, vector: hasVector ? stores(true) : undefined, single: stores(false) })
  })
  fn.emitLoop(i, end, 1, code)
}
