// Reductions over outer axes: columns that lie side by side are accumulated together.

import { elementCount, maxDim } from '../../core/dimension.ts'
import { byteSize, isFloat } from '../../core/dtype.ts'
import type { Kernel } from '../../compiler/loop-ir.ts'
import { isLong, storeScalar, storeVector, wrapped } from './element-types.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, type Local, mul, op, type Value } from './function-builder.ts'
import { type KernelFunction, walk } from './kernel-function.ts'
import { lanesOf } from './module-builder.ts'
import { combined, identity } from './reduction.ts'

/** Vectors accumulated together. */
const vectors = 4
/** Rows of a sum of floats that are added up before they go into the total. */
const rowBlock = 128

export function emitColumns(kernel: KernelFunction, columns: Extract<Kernel, { kind: 'columns' }>): void {
  const { outer, column, value, store } = columns
  const hasVector = !isLong(value.dtype)
  kernel.build([store.node], (evaluator) => {
    kernel.nest(evaluator, outer, () => {
      const narrow = (from?: Value) =>
        walk(kernel, evaluator, {
          axis: column,
          ...(from === undefined ? {} : { from, to: kernel.dim(column.extent) }),
          width: 4,
          vector: hasVector ? () => emitBlock(kernel, evaluator, columns, 1, true) : undefined,
          single: () => emitBlock(kernel, evaluator, columns, 1, false),
        })
      if (!hasVector || maxDim(column.extent) < 4 * vectors) {
        narrow()
        return
      }
      const { fn } = kernel
      const x = fn.newLocal('i32')
      const end = kernel.dim(column.extent)
      const last = fn.let(add(end, 1 - 4 * vectors))
      const code = evaluator.within(column, x, true, () => emitBlock(kernel, evaluator, columns, vectors, true))
      fn.set(x, i32(0))
      fn.emitLoop(x, last, 4 * vectors, code)
      narrow(x)
    })
  })
}

/** Accumulates `count` vectors (or one column) over all reduced points, inside the loop over columns, and stores them. */
function emitBlock(
  kernel: KernelFunction,
  evaluator: Evaluator,
  { reduced, fn: reduce, value, store }: Extract<Kernel, { kind: 'columns' }>,
  count: number,
  vector: boolean,
): void {
  const { fn } = kernel
  const { dtype } = value
  const l = lanesOf(vector)
  const fresh = () => Array.from({ length: count }, () => fn.variable(identity(l, reduce, dtype)))
  const totals = fresh()
  const step = (targets: readonly Local[]) =>
    targets.forEach((target, part) => {
      fn.set(target, combined(l, reduce, dtype, target, vector ? evaluator.vector(value, part) : evaluator.scalar(value)))
    })
  const longest = maxDim(elementCount(reduced.map((a) => a.extent)))
  const isBlocked = reduce === 'sum' && isFloat(dtype) && longest > rowBlock
  if (!isBlocked) kernel.nest(evaluator, reduced, () => step(totals))
  else {
    const parts = fresh()
    const added = fn.variable(i32(0))
    const flush = () => {
      totals.forEach((total, i) => {
        const part = parts[i]
        if (part === undefined) return
        fn.set(total, combined(l, reduce, dtype, total, part))
        fn.set(part, identity(l, reduce, dtype))
      })
      fn.set(added, i32(0))
    }
    kernel.nest(evaluator, reduced, () => {
      step(parts)
      fn.set(added, add(added, 1))
      fn.if(op('i32.ge_s', added, i32(rowBlock)), flush)
    })
    flush()
  }
  const size = byteSize(store.node.dtype)
  const at = fn.let(add(kernel.buffer(store.node), mul(evaluator.position(store.index), size)))
  totals.forEach((total, part) => {
    const result = reduce === 'sum' || reduce === 'prod' ? wrapped(l, total, dtype) : total
    if (vector) storeVector(kernel, dtype, at, result, 4 * part * size)
    else storeScalar(kernel, dtype, at, result)
  })
}
