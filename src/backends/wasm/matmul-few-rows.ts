// Matrix products with up to four rows, or with one column: the large operand is read as it lies, once.

import { type Dim, elementCount, maxDim, sameDim } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import type { Kernel, MatrixView } from '../../compiler/loop-ir/loop-ir.ts'
import { loadScalar } from './element-types.ts'
import { emitEpilogue } from './epilogue.ts'
import type { Evaluator } from './evaluator.ts'
import { dotLines, dots, mostFewRows, scaledSums, sumLines } from './few-rows.ts'
import { add, i32, mul, smaller, sub, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { type Operand, operandOf } from './matmul-operand.ts'
import { roundUp } from './matmul-plan.ts'
import { taskProducts } from './task-cut.ts'

type Matmul = Extract<Kernel, { kind: 'matmul' }>

/** Products that are worth a task: each waits for memory. */
const fewProducts = taskProducts / 4
/** Most columns of a block, and least where they lie side by side: long runs of memory are read at once. */
const mostColumns = 4096
const leastRun = 2048

/** The product with its few rows on the left: `few` times `many`. One column is taken as one row of the transposed product. */
interface FewRows {
  readonly few: MatrixView
  readonly many: MatrixView
  readonly rows: number
  readonly columns: Dim
  readonly isTransposed: boolean
}

const transposed = (view: MatrixView): MatrixView => ({ ...view, rowStride: view.columnStride, columnStride: view.rowStride })

function fewRowsOf({ m, n, lhs, rhs }: Matmul): FewRows | undefined {
  if (typeof m.extent === 'number' && m.extent <= mostFewRows) {
    return { few: lhs, many: rhs, rows: m.extent, columns: n.extent, isTransposed: false }
  }
  if (n.extent !== 1) return undefined
  return { few: transposed(rhs), many: transposed(lhs), rows: 1, columns: m.extent, isTransposed: true }
}

/** Whether columns lie side by side with a known distance between rows. */
const hasRuns = ({ rowStride, columnStride }: MatrixView): boolean => sameDim(columnStride, 1) && typeof rowStride === 'number' && rowStride >= 0

/** States the product if it has few rows and its large operand lies well; else nothing, and the answer is false. */
export function emitFewRows(kernel: KernelFunction, matmul: Matmul): boolean {
  const product = fewRowsOf(matmul)
  if (product === undefined || maxDim(product.columns) < 4) return false
  const isDots = sameDim(product.many.rowStride, 1)
  if (!isDots && !hasRuns(product.many)) return false
  const { batch, k, epilogue } = matmul
  const { rows, columns, few, many } = product
  const depth = Math.max(1, maxDim(k))
  const least = isDots ? 4 : leastRun
  const share = Math.max(least, Math.ceil(fewProducts / (depth * rows)), Math.ceil(maxDim(columns) / 16))
  const width = Math.min(mostColumns, roundUp(maxDim(columns), 4), roundUp(share, 4))
  const own = epilogue.map((s) => s.node)
  const isOne = batch.every((a) => a.extent === 1)
  const items = isOne ? columns : elementCount(batch.map((a) => a.extent))
  const grain = isOne ? width : Math.ceil(fewProducts / (depth * rows * Math.max(1, maxDim(columns))))
  kernel.phase(own, { items, grain }, (evaluator, range) => {
    const { fn } = kernel
    const packed = kernel.threadScratch(4 * rows * depth)
    const finished = kernel.threadScratch(4 * rows * width)
    const block = (a: Operand, b: Operand, from: Value, to: Value) => {
      pack(kernel, a, rows, kernel.dim(k), packed)
      fn.loop(from, to, width, (first) => {
        const count = fn.let(smaller(sub(to, first), i32(width)))
        if (isDots) emitDots(kernel, b, { rows, depth: kernel.dim(k), packed, first, count, finished, width })
        else emitSums(kernel, b, many, { rows, depth: kernel.dim(k), packed, first, count, finished, width })
        finish(kernel, evaluator, matmul, product.isTransposed, first, count, finished, width)
      })
    }
    const operands = () => [operandOf(kernel, evaluator, few), operandOf(kernel, evaluator, many)] as const
    if (isOne) kernel.nest(evaluator, batch, () => block(...operands(), range.from, range.to))
    else kernel.nestRange(evaluator, batch, range, () => block(...operands(), i32(0), kernel.dim(columns)))
  })
  return true
}

/** Puts the few rows side by side, as f32. */
function pack(kernel: KernelFunction, a: Operand, rows: number, depth: Value, packed: Value): void {
  const { fn } = kernel
  const target = fn.variable(packed)
  for (let r = 0; r < rows; r++) {
    const source = fn.variable(add(a.start, mul(a.rowStride, r)))
    fn.loop(0, depth, 1, () => {
      fn.store('f32.store', target, loadScalar(kernel, a.dtype, source))
      fn.set(target, add(target, 4))
      fn.set(source, add(source, a.columnStride))
    })
  }
}

/** A block of columns of the product. */
interface Block {
  readonly rows: number
  readonly depth: Value
  readonly packed: Value
  readonly first: Value
  readonly count: Value
  readonly finished: Value
  readonly width: number
}

function emitDots({ fn, module }: KernelFunction, b: Operand, { rows, depth, packed, first, count, finished, width }: Block): void {
  fn.loop(0, count, dotLines(rows), (j) => {
    const lines = add(b.start, mul(add(first, j), b.columnStride))
    fn.call(dots(module, rows, b.dtype), [lines, b.columnStride, sub(count, j), depth, packed, add(finished, mul(j, 4)), i32(4 * width)])
  })
}

function emitSums({ fn, module }: KernelFunction, b: Operand, view: MatrixView, { rows, depth, packed, first, count, finished, width }: Block): void {
  const lineBytes = (typeof view.rowStride === 'number' ? view.rowStride : 0) * byteSize(b.dtype)
  fn.clearMemory(finished, i32(4 * rows * width))
  const k = fn.variable(i32(0))
  const start = fn.let(add(b.start, mul(first, byteSize(b.dtype))))
  for (const lines of [sumLines(rows), 1]) {
    const code = fn.block(() => {
      const source = add(start, mul(k, lineBytes))
      const parameters = [source, add(packed, mul(k, 4)), mul(depth, 4), count, finished, i32(4 * width)]
      fn.call(scaledSums(module, rows, lines, b.dtype, lineBytes), parameters)
    })
    fn.emitLoop(k, fn.let(sub(depth, lines - 1)), lines, code)
  }
}

function finish(
  kernel: KernelFunction,
  evaluator: Evaluator,
  { node, m, n, epilogue }: Matmul,
  isTransposed: boolean,
  first: Value,
  count: Value,
  finished: Value,
  width: number,
): void {
  const { fn } = kernel
  const span = { from: first, to: fn.let(add(first, count)) }
  emitEpilogue(kernel, evaluator, {
    node,
    row: m,
    column: n,
    epilogue,
    ...(isTransposed ? { rows: span } : { columns: span }),
    address: (row) => (isTransposed ? add(finished, mul(sub(row, first), 4)) : add(finished, mul(sub(mul(row, width), first), 4))),
  })
}
