// Matrix products. Floats of 32 and 16 bits: operands are packed into panels, tiles of 4 × 8 results are summed in registers, and a block of
// finished rows waits in the cache for what follows. Other dtypes: plain loops.

import { maxDim } from '../../core/dimension.ts'
import { byteSize, type DType } from '../../core/dtype.ts'
import type { Kernel, MatrixView } from '../../compiler/loop-ir.ts'
import { binary, computedBytes, computedType, loadScalar, wrapped } from './element-types.ts'
import { emitEpilogue } from './epilogue.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, mul, op, select, sub, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { scalar } from './lanes.ts'
import { packPanel, tile, tileColumns, tileRows } from './matmul-tile.ts'
import { combined, identity } from './reduction.ts'

type Matmul = Extract<Kernel, { kind: 'matmul' }>

/** Rows, columns and depth of a block: the packed left block stays in the second cache, a packed panel of the right one in the first. */
const blockRows = 64
const blockColumns = 512
const blockDepth = 256

const roundUp = (n: number, by: number) => Math.ceil(n / by) * by
const smaller = (a: Value, b: Value) => select(op('i32.lt_s', a, b), a, b)

export function emitMatmul(kernel: KernelFunction, matmul: Matmul): void {
  const own = matmul.epilogue.map((s) => s.node)
  const { dtype } = matmul.lhs.node
  const isFast = dtype === 'f32' || dtype === 'f16' || dtype === 'bf16'
  kernel.build(own, (evaluator) => {
    if (isFast) emitTiled(kernel, evaluator, matmul)
    else emitPlain(kernel, evaluator, matmul)
  })
}

/** An operand: where it starts, and its strides in bytes. */
interface Operand {
  readonly dtype: DType
  readonly start: Value
  readonly rowStride: Value
  readonly columnStride: Value
}

function operandOf(kernel: KernelFunction, evaluator: Evaluator, view: MatrixView): Operand {
  const { fn } = kernel
  const size = byteSize(view.node.dtype)
  return {
    dtype: view.node.dtype,
    start: fn.let(add(kernel.buffer(view.node), mul(evaluator.position(view.offset), size))),
    rowStride: fn.let(mul(kernel.dim(view.rowStride), size)),
    columnStride: fn.let(mul(kernel.dim(view.columnStride), size)),
  }
}

function emitTiled(kernel: KernelFunction, evaluator: Evaluator, { node, batch, m, n, k, lhs, rhs, epilogue }: Matmul): void {
  const { fn, module } = kernel
  const [rows, columns, depth] = [kernel.dim(m.extent), kernel.dim(n.extent), kernel.dim(k)]
  const mostColumns = Math.min(blockColumns, roundUp(Math.max(1, maxDim(n.extent)), tileColumns))
  const mostRows = Math.min(blockRows, roundUp(Math.max(1, maxDim(m.extent)), tileRows))
  const packedRight = kernel.scratch(4 * Math.max(1, maxDim(k)) * mostColumns)
  const packedLeft = kernel.scratch(4 * mostRows * Math.min(blockDepth, Math.max(1, maxDim(k))))
  const finished = kernel.scratch(4 * mostRows * mostColumns)
  kernel.nest(evaluator, batch, () => {
    const [a, b] = [operandOf(kernel, evaluator, lhs), operandOf(kernel, evaluator, rhs)]
    fn.loop(0, columns, mostColumns, (firstColumn) => {
      const width = fn.let(smaller(sub(columns, firstColumn), i32(mostColumns)))
      fn.loop(0, width, tileColumns, (j) => {
        const valid = smaller(sub(width, j), i32(tileColumns))
        const from = add(b.start, mul(add(firstColumn, j), b.columnStride))
        const to = add(packedRight, mul(mul(j, depth), 4))
        fn.call(packPanel(module, tileColumns, b.dtype), [from, b.columnStride, b.rowStride, valid, depth, to])
      })
      fn.loop(0, rows, mostRows, (firstRow) => {
        const height = fn.let(smaller(sub(rows, firstRow), i32(mostRows)))
        // A product over nothing is 0: one block of depth 0.
        fn.loop(0, select(depth, depth, i32(1)), blockDepth, (firstDepth) => {
          const length = fn.let(smaller(sub(depth, firstDepth), i32(blockDepth)))
          fn.loop(0, height, tileRows, (i) => {
            const valid = smaller(sub(height, i), i32(tileRows))
            const from = add(a.start, add(mul(add(firstRow, i), a.rowStride), mul(firstDepth, a.columnStride)))
            fn.call(packPanel(module, tileRows, a.dtype), [from, a.rowStride, a.columnStride, valid, length, add(packedLeft, mul(mul(i, length), 4))])
          })
          fn.loop(0, width, tileColumns, (j) => {
            const right = fn.let(add(packedRight, mul(add(mul(j, depth), mul(firstDepth, tileColumns)), 4)))
            fn.loop(0, height, tileRows, (i) => {
              const target = add(finished, mul(add(mul(i, mostColumns), j), 4))
              const left = add(packedLeft, mul(mul(i, length), 4))
              fn.call(tile(module), [left, right, length, target, i32(4 * mostColumns), firstDepth])
            })
          })
        })
        emitEpilogue(kernel, evaluator, {
          node,
          row: m,
          column: n,
          epilogue,
          rows: { from: firstRow, to: fn.let(add(firstRow, height)) },
          columns: { from: firstColumn, to: fn.let(add(firstColumn, width)) },
          address: (row) => add(finished, mul(sub(mul(sub(row, firstRow), mostColumns), firstColumn), 4)),
        })
      })
    })
  })
}

/** One row of results at a time, each a sum over the depth. */
function emitPlain(kernel: KernelFunction, evaluator: Evaluator, { node, batch, m, n, k, lhs, rhs, epilogue }: Matmul): void {
  const { fn } = kernel
  const { dtype } = node
  const type = computedType(dtype)
  const size = computedBytes(dtype)
  const finished = kernel.scratch(size * Math.max(4, maxDim(n.extent)))
  kernel.nest(evaluator, batch, () => {
    const [a, b] = [operandOf(kernel, evaluator, lhs), operandOf(kernel, evaluator, rhs)]
    fn.loop(0, kernel.dim(m.extent), 1, (row) => {
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
