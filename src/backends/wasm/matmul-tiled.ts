// Matrix products of floats of 32 and 16 bits: operands are packed into panels, tiles of 4 × 8 results are summed in registers, and a block of
// finished values waits in the cache for what follows. A task is a block of columns, and of rows where the packed right operand is shared.

import { type Dim, elementCount, maxDim, multiplyDims } from '../../core/dimension.ts'
import { axis, type Axis } from '../../compiler/loop-ir/index-expression.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { emitEpilogue } from './epilogue.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, mul, op, select, smaller, sub, type Value } from './function-builder.ts'
import type { ItemRange, KernelFunction } from './kernel-function.ts'
import { type Operand, operandOf } from './matmul-operand.ts'
import { planTiled, roundUp, type TiledPlan } from './matmul-plan.ts'
import { packPanel, tile, tileColumns, tileRows } from './matmul-tile.ts'
import { taskProducts } from './task-cut.ts'

type Matmul = Extract<Kernel, { kind: 'matmul' }>

/** Elements that are worth a task of packing. */
const packWork = 2 ** 15

/** A part of the depth. */
interface DepthBlock {
  readonly first: Value
  readonly length: Value
}

/** Columns from `first` on. `open` is stated where a block of the depth begins; it gives where the panel of column `first` + j starts. */
interface Columns {
  readonly first: Value
  readonly width: Value
  readonly open: (depth: DepthBlock) => (j: Value) => Value
}

interface Rows {
  readonly first: Value
  readonly height: Value
}

export function emitTiled(kernel: KernelFunction, matmul: Matmul): void {
  const plan = planTiled(matmul)
  if (plan.right === 'shared') emitShared(kernel, matmul, plan)
  else emitApart(kernel, matmul, plan)
}

/** The right operand is packed first; then tasks are blocks of rows and columns. */
function emitShared(kernel: KernelFunction, matmul: Matmul, plan: TiledPlan): void {
  const { batch, m, n, k, rhs } = matmul
  const depth = Math.max(1, maxDim(k))
  const packed = kernel.reserve(4 * depth * roundUp(Math.max(1, maxDim(n.extent)), tileColumns))
  const panelsPerTask = Math.ceil(packWork / (depth * tileColumns))
  kernel.phase([], { items: n.extent, grain: tileColumns * panelsPerTask }, (evaluator, range) => {
    // Batches of one: their points are all 0.
    kernel.nest(evaluator, batch, () => {
      const [b, target] = [operandOf(kernel, evaluator, rhs), kernel.scratchAt(packed)]
      packColumns(kernel, b, kernel.dim(k), range.from, sub(range.to, range.from), add(target, mul(mul(range.from, kernel.dim(k)), 4)))
    })
  })
  const columnsOf = (first: Value): Columns => ({
    first,
    width: kernel.fn.let(smaller(sub(kernel.dim(n.extent), first), i32(plan.columns))),
    open: wholeColumns(kernel, kernel.dim(k), kernel.fn.let(add(kernel.scratchAt(packed), mul(mul(first, kernel.dim(k)), 4)))),
  })
  const blocks = typeof n.extent === 'number' ? Math.ceil(n.extent / plan.columns) : undefined
  const own = matmul.epilogue.map((s) => s.node)
  if (typeof m.extent === 'number' && blocks !== undefined) {
    const [rowBlock, columnBlock] = [axis(Math.ceil(m.extent / plan.rows)), axis(blocks)]
    const count = Math.ceil(m.extent / plan.rows) * blocks
    kernel.phase(own, { items: count, grain: grainOf(matmul, plan, plan.rows) }, (evaluator, range) => {
      const block = prepare(kernel, matmul, plan)
      kernel.nestRange(evaluator, [...batch, rowBlock, columnBlock], range, () => {
        const a = operandOf(kernel, evaluator, matmul.lhs)
        const first = kernel.fn.let(mul(evaluator.axisValue(rowBlock), plan.rows))
        const height = kernel.fn.let(smaller(sub(kernel.dim(m.extent), first), i32(plan.rows)))
        block(evaluator, a, { first, height }, columnsOf(kernel.fn.let(mul(evaluator.axisValue(columnBlock), plan.columns))))
      })
    })
    return
  }
  kernel.phase(own, { items: m.extent, grain: plan.rows }, (evaluator, range) => {
    const block = prepare(kernel, matmul, plan)
    kernel.nest(evaluator, batch, () => {
      const a = operandOf(kernel, evaluator, matmul.lhs)
      forRows(kernel, plan, range.from, range.to, (rows) => {
        kernel.fn.loop(0, kernel.dim(n.extent), plan.columns, (first) => block(evaluator, a, rows, columnsOf(first)))
      })
    })
  })
}

/** A task packs its own columns of the right operand. */
function emitApart(kernel: KernelFunction, matmul: Matmul, plan: TiledPlan): void {
  const { batch, m, n, k, lhs, rhs } = matmul
  const columnBlock = typeof n.extent === 'number' ? axis(Math.ceil(n.extent / plan.columns)) : undefined
  const points: readonly Axis[] = columnBlock === undefined ? batch : [...batch, columnBlock]
  const items = points.reduce<Dim>((product, a) => multiplyDims(product, a.extent), 1)
  const own = matmul.epilogue.map((s) => s.node)
  kernel.phase(own, { items, grain: grainOf(matmul, plan, Math.max(1, maxDim(m.extent))) }, (evaluator, range: ItemRange) => {
    const { fn } = kernel
    const block = prepare(kernel, matmul, plan)
    const packed = kernel.threadScratch(4 * (plan.right === 'task' ? Math.max(1, maxDim(k)) : plan.depth) * plan.columns)
    kernel.nestRange(evaluator, points, range, () => {
      const [a, b] = [operandOf(kernel, evaluator, lhs), operandOf(kernel, evaluator, rhs)]
      const columns = (first: Value) => {
        const width = fn.let(smaller(sub(kernel.dim(n.extent), first), i32(plan.columns)))
        if (plan.right === 'task') packColumns(kernel, b, kernel.dim(k), first, width, packed)
        const open = plan.right === 'task' ? wholeColumns(kernel, kernel.dim(k), packed) : columnsInBlocks(kernel, b, first, width, packed)
        forRows(kernel, plan, i32(0), kernel.dim(m.extent), (rows) => block(evaluator, a, rows, { first, width, open }))
      }
      if (columnBlock === undefined) fn.loop(0, kernel.dim(n.extent), plan.columns, columns)
      else columns(fn.let(mul(evaluator.axisValue(columnBlock), plan.columns)))
    })
  })
}

/** Blocks that are one task together. */
function grainOf({ k }: Matmul, plan: TiledPlan, rows: number): number {
  return Math.max(1, Math.floor(taskProducts / Math.max(1, maxDim(elementCount([k])) * plan.columns * rows)))
}

function forRows(kernel: KernelFunction, plan: TiledPlan, from: Value, to: Value, body: (rows: Rows) => void): void {
  const { fn } = kernel
  fn.loop(from, to, plan.rows, (first) => body({ first, height: fn.let(smaller(sub(to, first), i32(plan.rows))) }))
}

/** Packs `width` columns from `first` on, over the whole depth. */
function packColumns(kernel: KernelFunction, b: Operand, depth: Value, first: Value, width: Value, to: Value): void {
  const { fn, module } = kernel
  fn.loop(0, width, tileColumns, (j) => {
    const from = add(b.start, mul(add(first, j), b.columnStride))
    const valid = smaller(sub(width, j), i32(tileColumns))
    fn.call(packPanel(module, tileColumns, b.dtype), [from, b.columnStride, b.rowStride, valid, depth, add(to, mul(mul(j, depth), 4))])
  })
}

/** Panels that were packed over the whole depth. */
function wholeColumns({ fn }: KernelFunction, depth: Value, packed: Value): Columns['open'] {
  return ({ first }) => {
    const start = fn.let(add(packed, mul(first, 4 * tileColumns)))
    return (j) => add(start, mul(mul(j, depth), 4))
  }
}

/** Panels that are packed a block of the depth at a time. */
function columnsInBlocks(kernel: KernelFunction, b: Operand, first: Value, width: Value, packed: Value): Columns['open'] {
  return (depth) => {
    const start = kernel.fn.let(add(b.start, mul(depth.first, b.rowStride)))
    packColumns(kernel, { ...b, start }, depth.length, first, width, packed)
    return (j) => add(packed, mul(mul(j, depth.length), 4))
  }
}

/** What states a block of results; sets memory of the thread aside for it. */
function prepare(kernel: KernelFunction, { node, m, n, k, epilogue }: Matmul, plan: TiledPlan) {
  const { fn, module } = kernel
  const packedLeft = kernel.threadScratch(4 * plan.rows * plan.depth)
  const finished = kernel.threadScratch(4 * plan.rows * plan.columns)
  return (evaluator: Evaluator, a: Operand, rows: Rows, columns: Columns): void => {
    const depth = kernel.dim(k)
    const { width } = columns
    const { height } = rows
    // A product over nothing is 0: one block of depth 0.
    fn.loop(0, select(depth, depth, i32(1)), plan.depth, (firstDepth) => {
      const length = fn.let(smaller(sub(depth, firstDepth), i32(plan.depth)))
      const panel = columns.open({ first: firstDepth, length })
      fn.loop(0, height, tileRows, (i) => {
        const valid = smaller(sub(height, i), i32(tileRows))
        const from = add(a.start, add(mul(add(rows.first, i), a.rowStride), mul(firstDepth, a.columnStride)))
        fn.call(packPanel(module, tileRows, a.dtype), [from, a.rowStride, a.columnStride, valid, length, add(packedLeft, mul(mul(i, length), 4))])
      })
      fn.loop(0, width, tileColumns, (j) => {
        const right = fn.let(panel(j))
        fn.loop(0, height, tileRows, (i) => {
          const target = add(finished, mul(add(mul(i, plan.columns), j), 4))
          const left = add(packedLeft, mul(mul(i, length), 4))
          fn.call(tile(module), [left, right, length, target, i32(4 * plan.columns), op('i32.ne', firstDepth, i32(0))])
        })
      })
    })
    emitEpilogue(kernel, evaluator, {
      node,
      row: m,
      column: n,
      epilogue,
      rows: { from: rows.first, to: fn.let(add(rows.first, height)) },
      columns: { from: columns.first, to: fn.let(add(columns.first, width)) },
      address: (row) => add(finished, mul(sub(mul(sub(row, rows.first), plan.columns), columns.first), 4)),
    })
  }
}
