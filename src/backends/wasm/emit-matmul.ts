// Matrix products: those of floats of 32 and 16 bits row by row or in tiles, those of other dtypes in plain loops.

import { elementCount, maxDim } from '../../core/dimension.ts'
import type { DType } from '../../core/dtype.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { binary, computedBytes, computedType, loadScalar, wrapped } from './element-types.ts'
import { emitEpilogue } from './epilogue.ts'
import { add, mul, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { scalar } from './lanes.ts'
import { emitFewRows } from './matmul-few-rows.ts'
import { operandOf } from './matmul-operand.ts'
import { emitTiled } from './matmul-tiled.ts'
import { scalarWork, taskProducts } from './task-cut.ts'
import { combined, identity } from './reduction.ts'

type Matmul = Extract<Kernel, { kind: 'matmul' }>

export function emitMatmul(kernel: KernelFunction, matmul: Matmul): void {
  const { dtype } = matmul.lhs.node
  if (dtype !== 'f32' && dtype !== 'f16' && dtype !== 'bf16') emitPlain(kernel, matmul)
  else if (!emitFewRows(kernel, matmul)) emitTiled(kernel, matmul)
}

/** One row of results at a time, each a sum over the depth. */
function emitPlain(kernel: KernelFunction, { node, batch, m, n, k, lhs, rhs, epilogue }: Matmul): void {
  const { dtype } = node
  const type = computedType(dtype)
  const size = computedBytes(dtype)
  const points = [...batch, m]
  const own = epilogue.map((s) => s.node)
  const grain = Math.ceil(taskProducts / scalarWork / Math.max(1, maxDim(k) * maxDim(n.extent)))
  kernel.phase(own, { items: elementCount(points.map((a) => a.extent)), grain }, (evaluator, range) => {
    const { fn } = kernel
    const finished = kernel.threadScratch(size * Math.max(4, maxDim(n.extent)))
    kernel.nestRange(evaluator, points, range, () => {
      const [a, b] = [operandOf(kernel, evaluator, lhs), operandOf(kernel, evaluator, rhs)]
      const row = fn.let(evaluator.axisValue(m))
      fn.loop(0, kernel.dim(n.extent), 1, (column) => {
        const sum = fn.variable(identity(scalar, 'sum', dtype))
        const left = fn.variable(add(a.start, mul(row, a.rowStride)))
        const right = fn.variable(add(b.start, mul(column, b.columnStride)))
        fn.loop(0, kernel.dim(k), 1, () => {
          const [x, y] = [fn.let(loadScalar(kernel, a.dtype, left)), fn.let(loadScalar(kernel, b.dtype, right))]
          const product = fn.let(multiplied(kernel, x, y, dtype))
          fn.set(sum, combined(scalar, 'sum', dtype, sum, product))
          fn.set(left, add(left, a.columnStride))
          fn.set(right, add(right, b.rowStride))
        })
        fn.store(`${type}.store`, add(finished, mul(column, size)), wrapped(scalar, sum, dtype))
      })
      emitEpilogue(kernel, evaluator, { node, row: m, column: n, epilogue, rows: { from: row, to: fn.let(add(row, 1)) }, address: () => finished })
    })
  })
}

export function multiplied(kernel: KernelFunction, x: Value, y: Value, dtype: DType): Value {
  return binary(kernel, false, 'multiply', x, y, dtype) ?? x
}
