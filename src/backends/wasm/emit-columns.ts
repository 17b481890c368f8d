// Reductions over outer axes: columns that lie side by side are accumulated together, a block of them in a task. Where there are many rows and
// few columns the rows are cut into a number of parts that follows from the sizes; a second phase brings their results together in order.

import { type Dim, elementCount, maxDim } from '../../core/dimension.ts'
import { byteSize, type DType, isFloat } from '../../core/dtype.ts'
import { type Axis, axis, type Index } from '../../compiler/loop-ir/index-expression.ts'
import type { Expression, Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { joinAxes } from '../../compiler/loop-ir/loop-shape.ts'
import { isLong, loadScalar, loadVector, storeScalar, storeVector, wrapped } from './element-types.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, type Local, mul, op, smaller, sub, type Value } from './function-builder.ts'
import { type ItemRange, type KernelFunction, walk } from './kernel-function.ts'
import { lanesOf } from './module-builder.ts'
import { combined, identity } from './reduction.ts'
import { grainOf, pointWork, taskWork } from './task-cut.ts'

type Columns = Extract<Kernel, { kind: 'columns' }>

/** Vectors accumulated together. */
const vectors = 4
/** Rows of a sum of floats that are added up before they go into the total. */
const rowBlock = 128
/** A reduction of this many blocks of columns is not cut further. */
const enoughBlocks = 16
const mostParts = 64

/** A reduction with as few axes as its indices allow, and how it is cut. */
interface Cutting {
  readonly fn: Columns['fn']
  readonly value: Expression
  readonly index: Index
  readonly node: Columns['store']['node']
  readonly outer: readonly Axis[]
  readonly column: Axis
  readonly reduced: readonly Axis[]
  readonly rows: Dim
  /** Columns of a block, a multiple of 16 unless it is all of them; the blocks, as an axis. */
  readonly width: Dim
  readonly block: Axis
  readonly parts: number
  /** Of one element. */
  readonly work: number
}

export function emitColumns(kernel: KernelFunction, columns: Columns): void {
  const cutting = cutColumns(columns)
  const { outer, block, node, parts, rows, width } = cutting
  const units = [...outer, block]
  const work = maxDim(rows) * maxDim(width) * cutting.work
  if (parts === 1) {
    const cut = { items: elementCount(units.map((a) => a.extent)), grain: grainOf(work) }
    kernel.phase([node], cut, (evaluator, range) => {
      kernel.nestRange(evaluator, units, range, () => {
        const part = { from: i32(0), to: kernel.dim(rows) }
        walkBlock(kernel, evaluator, cutting, (count, vector) => {
          emitBlock(kernel, evaluator, cutting, part, count, vector, (totals) => storeResult(kernel, evaluator, cutting, totals, vector))
        })
      })
    })
    return
  }
  emitParts(kernel, cutting, work)
}

function cutColumns(columns: Columns): Cutting {
  const { fn, value, store } = columns
  const joined = joinAxes({
    outer: [...columns.outer, columns.column],
    statements: [{ kind: 'reduce', inner: columns.reduced, fn, value, node: store.node, index: store.index }],
  })
  const [statement] = joined.statements
  const reduction = statement?.kind === 'reduce' ? statement : { value, index: store.index, inner: columns.reduced }
  const column = joined.outer.at(-1) ?? axis(1)
  const outer = joined.outer.slice(0, -1)
  const rows = elementCount(reduction.inner.map((a) => a.extent))
  const most = maxDim(column.extent)
  const step = 4 * vectors
  const each = pointWork(joined.statements)
  const fitting = step * Math.max(1, Math.floor(taskWork / (step * each * Math.max(1, maxDim(rows)))))
  const isWhole = typeof column.extent !== 'number' || fitting >= most
  const width = isWhole ? column.extent : fitting
  const blocks = isWhole ? 1 : Math.ceil(most / fitting)
  const units = blocks * maxDim(elementCount(outer.map((a) => a.extent)))
  const work = each * maxDim(rows) * maxDim(width)
  const parts = units >= enoughBlocks || work * units <= 2 * taskWork ? 1 : Math.min(mostParts, maxDim(rows), Math.ceil(work / taskWork))
  const { inner: reduced, index } = reduction
  return { fn, value: reduction.value, index, node: store.node, outer, column, reduced, rows, width, block: axis(blocks), parts, work: each }
}

/** Rows in parts of equal size, whose results wait in scratch memory for a second phase. */
function emitParts(kernel: KernelFunction, cutting: Cutting, work: number): void {
  const { fn: reduce, value, node, outer, column, block, parts, rows, width } = cutting
  // Halves are carried as single floats.
  const dtype: DType = isFloat(value.dtype) && value.dtype !== 'f64' ? 'f32' : value.dtype
  const units = [...outer, block]
  const unitCount = elementCount(units.map((a) => a.extent))
  const size = byteSize(dtype)
  const lineBytes = Math.ceil((maxDim(width) * size) / 16) * 16
  const waiting = kernel.reserve(maxDim(unitCount) * parts * lineBytes + 16)
  const part = axis(parts)
  const partial = (evaluator: Evaluator, p: Value): Value => {
    const { fn } = kernel
    const unit = units.reduce((at, a) => add(mul(at, kernel.dim(a.extent)), evaluator.axisValue(a)), i32(0))
    const inBlock = sub(evaluator.axisValue(column), mul(evaluator.axisValue(block), maxDim(width)))
    return fn.let(add(add(kernel.scratchAt(waiting), mul(add(mul(unit, parts), p), lineBytes)), mul(inBlock, size)))
  }
  const first = { items: elementCount([...units, part].map((a) => a.extent)), grain: grainOf(work / parts) }
  kernel.phase([], first, (evaluator, range) => {
    const { fn } = kernel
    kernel.nestRange(evaluator, [...units, part], range, () => {
      const each = fn.let(op('i32.div_u', add(kernel.dim(rows), parts - 1), i32(parts)))
      const from = fn.let(smaller(mul(evaluator.axisValue(part), each), kernel.dim(rows)))
      const own = { from, to: fn.let(smaller(add(from, each), kernel.dim(rows))) }
      walkBlock(kernel, evaluator, cutting, (count, vector) => {
        emitBlock(kernel, evaluator, cutting, own, count, vector, (totals) => {
          const at = partial(evaluator, evaluator.axisValue(part))
          totals.forEach((total, i) => {
            if (vector) storeVector(kernel, dtype, at, total, 4 * i * size)
            else storeScalar(kernel, dtype, at, total)
          })
        })
      })
    })
  })
  kernel.phase([node], { items: unitCount, grain: grainOf(parts * maxDim(width)) }, (evaluator, range) => {
    const { fn } = kernel
    kernel.nestRange(evaluator, units, range, () => {
      walkBlock(kernel, evaluator, cutting, (count, vector) => {
        const l = lanesOf(vector)
        const totals = Array.from({ length: count }, () => fn.variable(identity(l, reduce, value.dtype)))
        const at = fn.variable(partial(evaluator, i32(0)))
        fn.loop(0, parts, 1, () => {
          totals.forEach((total, i) => {
            const next = fn.let(vector ? loadVector(kernel, dtype, at, 4 * i * size) : loadScalar(kernel, dtype, at))
            fn.set(total, combined(l, reduce, value.dtype, total, next))
          })
          fn.set(at, add(at, lineBytes))
        })
        storeResult(kernel, evaluator, cutting, totals, vector)
      })
    })
  })
}

/** Walks the columns of the block that is open: several vectors at a time, then single ones, then what is left over. */
function walkBlock(kernel: KernelFunction, evaluator: Evaluator, cutting: Cutting, body: (count: number, vector: boolean) => void): void {
  const { fn } = kernel
  const { column, value, width, block } = cutting
  const hasVector = !isLong(value.dtype)
  const columns = kernel.dim(column.extent)
  const first = fn.let(mul(evaluator.axisValue(block), kernel.dim(width)))
  const end = fn.let(smaller(add(first, kernel.dim(width)), columns))
  const narrow = (from: Value): void =>
    walk(kernel, evaluator, {
      axis: column,
      from,
      to: end,
      width: 4,
      vector: hasVector ? () => body(1, true) : undefined,
      single: () => body(1, false),
    })
  if (!hasVector || maxDim(width) < 4 * vectors) {
    narrow(first)
    return
  }
  const x = fn.newLocal('i32')
  const last = fn.let(add(end, 1 - 4 * vectors))
  const code = evaluator.within(column, x, true, () => body(vectors, true))
  fn.set(x, first)
  fn.emitLoop(x, last, 4 * vectors, code)
  narrow(x)
}

/** Accumulates `count` vectors (or one column) over a range of rows, inside the loop over columns. */
function emitBlock(
  kernel: KernelFunction,
  evaluator: Evaluator,
  cutting: Cutting,
  range: ItemRange,
  count: number,
  vector: boolean,
  finish: (totals: readonly Local[]) => void,
): void {
  const { fn } = kernel
  const { fn: reduce, value, reduced, rows, parts } = cutting
  const { dtype } = value
  const l = lanesOf(vector)
  const fresh = () => Array.from({ length: count }, () => fn.variable(identity(l, reduce, dtype)))
  const totals = fresh()
  const step = (targets: readonly Local[]) =>
    targets.forEach((target, part) => {
      fn.set(target, combined(l, reduce, dtype, target, vector ? evaluator.vector(value, part) : evaluator.scalar(value)))
    })
  const nest = (body: () => void) => (parts === 1 ? kernel.nest(evaluator, reduced, body) : kernel.nestRange(evaluator, reduced, range, body))
  const isBlocked = reduce === 'sum' && isFloat(dtype) && maxDim(rows) > rowBlock
  if (!isBlocked) nest(() => step(totals))
  else {
    const added = fn.variable(i32(0))
    const blocks = fresh()
    const flush = () => {
      totals.forEach((total, i) => {
        const block = blocks[i]
        if (block === undefined) return
        fn.set(total, combined(l, reduce, dtype, total, block))
        fn.set(block, identity(l, reduce, dtype))
      })
      fn.set(added, i32(0))
    }
    nest(() => {
      step(blocks)
      fn.set(added, add(added, 1))
      fn.if(op('i32.ge_s', added, i32(rowBlock)), flush)
    })
    flush()
  }
  finish(totals)
}

/** Stores the results at the column that is open. */
function storeResult(
  kernel: KernelFunction,
  evaluator: Evaluator,
  { fn: reduce, value, node, index }: Cutting,
  totals: readonly Local[],
  vector: boolean,
): void {
  const { fn } = kernel
  const l = lanesOf(vector)
  const { dtype } = value
  const size = byteSize(node.dtype)
  const at = fn.let(add(kernel.buffer(node), mul(evaluator.position(index), size)))
  totals.forEach((total, part) => {
    const result = reduce === 'sum' || reduce === 'prod' ? wrapped(l, total, dtype) : total
    if (vector) storeVector(kernel, dtype, at, result, 4 * part * size)
    else storeScalar(kernel, dtype, at, result)
  })
}
