// Row sweeps and elementwise kernels: loops over rows, inside each the sweeps over its elements.

import { elementCount, maxDim } from '../../core/dimension.ts'
import { type Axis, axis } from '../../compiler/loop-ir/index-expression.ts'
import type { Expression, Kernel, Statement } from '../../compiler/loop-ir/loop-ir.ts'
import { elementLoops, joinAxes } from '../../compiler/loop-ir/loop-shape.ts'
import { sweepsOf } from '../../compiler/loop-ir/statement-order.ts'
import { partsOf } from '../../compiler/loop-ir/walk-expression.ts'
import { storeScalar } from './element-types.ts'
import { emitLongRows, longRows } from './emit-long-rows.ts'
import type { Code } from './encoder.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, mul, op, select, smaller, type Value } from './function-builder.ts'
import { type ItemRange, type KernelFunction, walk } from './kernel-function.ts'
import { Accumulator, Extreme } from './reduction.ts'
import { cutAxes, grainOf, pointWork, rowWork } from './task-cut.ts'
import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import type { UnaryFunction } from '../../core/primitives.ts'

/** Elements of a real sum that are added in f32 before they go into a double. */
const sumBlock = 4096

/** Operations up to which a value is cheap: four of them at once still fit the registers. */
const mostOperations = 20
const cheapUnary = new Set<UnaryFunction>(['negate', 'abs', 'sqrt', 'floor', 'ceil', 'round', 'not'])

/** Operations of a whole innermost axis up to which it is no loop. */
const mostOfTurn = 64

const trap: Code = [0x00]

type MapStatement = Extract<Statement, { kind: 'map' }>
type ReduceStatement = Extract<Statement, { kind: 'reduce' }>

export function emitRows(kernel: KernelFunction, { outer, statements }: Extract<Kernel, { kind: 'rows' }>): void {
  const own = statements.map((s) => (s.kind === 'map' ? s.store.node : s.node))
  const loops = joinAxes({ outer, statements })
  const maps = loops.statements.filter((s) => s.kind === 'map')
  if (maps.length === loops.statements.length && maps.every((s) => s.inner.length === 0)) {
    emitElements(kernel, own, loops.outer, maps)
    return
  }
  const long = longRows(loops)
  if (long !== undefined) {
    emitLongRows(kernel, long)
    return
  }
  const { items, rest, cut } = cutAxes(loops.outer, rowWork(loops.statements))
  kernel.phase(own, cut, (evaluator, range) => {
    kernel.nestRange(evaluator, items, range, () => {
      kernel.nest(evaluator, rest, () => {
        evaluator.rowStarts()
        for (const sweep of sweepsOf(loops.statements)) emitSweep(kernel, evaluator, sweep)
      })
    })
  })
}

function emitElements(kernel: KernelFunction, own: readonly Node[], axes: readonly Axis[], statements: readonly MapStatement[]): void {
  const loops = elementLoops(axes, statements)
  if (loops === undefined) {
    kernel.build(own, (evaluator) => emitPoint(kernel, evaluator, statements))
    return
  }
  const { outer, inner } = loops
  const work = pointWork(statements)
  // Whole vectors, so that the same elements are computed in vectors however they are grouped.
  const block = 4 * Math.ceil(grainOf(work) / 4)
  if (outer.length === 0) {
    kernel.phase(own, { items: inner.extent, grain: block }, (evaluator, range) => emitLoop(kernel, evaluator, inner, statements, range))
    return
  }
  if (typeof inner.extent === 'number' && inner.extent >= 2 * block) {
    emitBlocks(kernel, own, outer, inner, block, statements)
    return
  }
  const { items, rest, cut } = cutAxes(outer, work * maxDim(inner.extent))
  kernel.phase(own, cut, (evaluator, range) => {
    kernel.nestRange(evaluator, items, range, () => {
      kernel.nest(evaluator, rest, () => emitLoop(kernel, evaluator, inner, statements))
    })
  })
}

/** Few long lines, each in blocks. */
function emitBlocks(
  kernel: KernelFunction,
  own: readonly Node[],
  outer: readonly Axis[],
  inner: Axis,
  block: number,
  statements: readonly MapStatement[],
): void {
  const part = axis(Math.ceil(maxDim(inner.extent) / block))
  const items = [...outer, part]
  kernel.phase(own, { items: elementCount(items.map((a) => a.extent)), grain: 1 }, (evaluator, range) => {
    kernel.nestRange(evaluator, items, range, () => {
      const { fn } = kernel
      const from = fn.let(mul(evaluator.axisValue(part), block))
      const to = fn.let(select(op('i32.lt_s', add(from, block), kernel.dim(inner.extent)), add(from, block), kernel.dim(inner.extent)))
      emitLoop(kernel, evaluator, inner, statements, { from, to })
    })
  })
}

function emitPoint(kernel: KernelFunction, evaluator: Evaluator, statements: readonly MapStatement[]): void {
  for (const { store } of statements) evaluator.store(store, kernel.isKept(store.node), false)
}

function emitLoop(
  kernel: KernelFunction,
  evaluator: Evaluator,
  inner: Axis,
  statements: readonly MapStatement[],
  part: Partial<ItemRange> = {},
): void {
  const hasVector = statements.every((s) => evaluator.hasVector(s.store.value))
  const stores = (vector: boolean) => () => {
    for (const { store } of statements) evaluator.store(store, kernel.isKept(store.node), vector)
  }
  walk(kernel, evaluator, { axis: inner, ...part, width: 4, vector: hasVector ? stores(true) : undefined, single: stores(false) })
}

/** A sweep over the elements of one row: stores and reductions that share a loop. */
function emitSweep(kernel: KernelFunction, evaluator: Evaluator, statements: readonly Statement[]): void {
  const { fn } = kernel
  const inner = statements[0]?.inner ?? []
  const last = inner.at(-1)
  if (last === undefined) {
    for (const s of statements) emitRowValue(kernel, evaluator, s)
    return
  }
  const vectors = vectorsOf(statements, last)
  const sums = new Map<ReduceStatement, Accumulator>()
  const extremes = new Map<ReduceStatement, Extreme>()
  for (const s of statements) {
    if (s.kind !== 'reduce') continue
    if (s.fn === 'argmax' || s.fn === 'argmin') extremes.set(s, new Extreme(kernel, s.fn, s.value.dtype))
    else sums.set(s, new Accumulator(kernel, s.fn, s.value.dtype, vectors))
  }
  const values = statements.map((s) => (s.kind === 'map' ? s.store.value : s.value))
  const hasVector = extremes.size === 0 && values.every((v) => evaluator.hasVector(v))
  const step =
    (vector: boolean, count = 1) =>
    () => {
      for (const s of statements) {
        if (s.kind === 'map') {
          evaluator.store(s.store, kernel.isKept(s.store.node), vector)
          continue
        }
        const sum = sums.get(s)
        if (vector && sum !== undefined) addParts(kernel, evaluator, sum, s.value, count)
        else {
          const value = evaluator.scalar(s.value)
          extremes.get(s)?.add(value, positionIn(kernel, evaluator, inner))
          sum?.addScalar(value)
        }
      }
    }
  const accumulators = [...sums.values()]
  const walkFrom = (from?: Value, to?: Value) => {
    const narrow = (part: { readonly from?: Value; readonly to?: Value }) =>
      walk(kernel, evaluator, { axis: last, ...part, width: 4, vector: hasVector ? step(true) : undefined, single: step(false) })
    if (hasVector && isTurn(statements, last)) {
      const all = maxDim(last.extent) / 4
      fn.emit(evaluator.within(last, fn.variable(i32(0)), true, step(true, all), all))
      return
    }
    if (!hasVector || vectors === 1) {
      narrow(from === undefined || to === undefined ? {} : { from, to })
      return
    }
    const x = fn.variable(from ?? i32(0))
    const width = 4 * vectors
    const end = to ?? kernel.dim(last.extent)
    const beyond = fn.let(add(end, 1 - width))
    fn.emitLoop(x, beyond, width, evaluator.within(last, x, true, step(true, vectors), vectors))
    if (typeof last.extent !== 'number' || last.extent % width > 0) narrow({ from: x, to: end })
  }
  /** Runs a part of the sweep whose real sums stay below {@link sumBlock} terms or so. */
  const block = (body: () => void) => {
    if (hasVector) for (const sum of accumulators) sum.open()
    body()
    if (hasVector) for (const sum of accumulators) sum.close()
  }
  const longest = (axes: readonly Axis[]) => maxDim(elementCount(axes.map((a) => a.extent)))
  const isWhole = (axes: readonly Axis[]) => accumulators.length === 0 || longest(axes) <= 2 * sumBlock
  const splitAt = inner.findIndex((_, i) => isWhole(inner.slice(i)))
  const outside = splitAt < 0 ? inner.slice(0, -1) : inner.slice(0, splitAt)
  kernel.nest(evaluator, outside, () => {
    if (splitAt >= 0) {
      block(() => kernel.nest(evaluator, inner.slice(splitAt, -1), walkFrom))
      return
    }
    const end = kernel.dim(last.extent)
    const first = fn.newLocal('i32')
    const code = evaluator.within(undefined, undefined, false, () => {
      const next = fn.let(add(first, sumBlock))
      block(() => walkFrom(first, fn.let(smaller(next, end))))
    })
    fn.set(first, i32(0))
    fn.emitLoop(first, end, sumBlock, code)
  })
  for (const s of statements) {
    if (s.kind !== 'reduce') continue
    const result = sums.get(s)?.result() ?? extremes.get(s)?.result()
    if (result !== undefined) finishReduction(kernel, evaluator, s, result)
  }
}

/** Adds the vectors of a turn. A factor that they share (the scale of a block) is applied to their sum. */
function addParts(kernel: KernelFunction, evaluator: Evaluator, sum: Accumulator, value: Expression, count: number): void {
  const parts = Array.from({ length: count }, (_, part) => part)
  if (value.kind !== 'binary' || value.fn !== 'multiply' || !sum.addsProducts) {
    for (const part of parts) sum.addVector(evaluator.vector(value, part), part)
    return
  }
  const [a, b] = evaluator.varies(value.a) ? [value.a, value.b] : [value.b, value.a]
  if (count === 1 || evaluator.varies(b)) {
    for (const part of parts) sum.addProduct(evaluator.vector(value.a, part), evaluator.vector(value.b, part), part)
    return
  }
  const { fn } = kernel
  const isProduct = kernel.module.relaxed && a.kind === 'binary' && a.fn === 'multiply'
  const total = parts.slice(1).reduce<Value>((so, part) => {
    // Never so, but V8 before 13 moves all loads of a straight piece of code ahead, and runs out of registers: see counted-steps.ts.
    fn.if(op('i32.lt_s', fn.parameter(1), i32(0)), () => fn.emit(trap))
    if (!isProduct) return fn.let(op('f32x4.add', so, evaluator.vector(a, part)))
    return fn.let(op('f32x4.relaxed_madd', evaluator.vector(a.a, part), evaluator.vector(a.b, part), so))
  }, evaluator.vector(a))
  sum.addProduct(total, evaluator.vector(b))
}

/**
 * Vectors that a turn of a sweep's loop adds up side by side, so that one need not wait for the one before: several where the sweep only reduces
 * and its values are cheap.
 */
function vectorsOf(statements: readonly Statement[], last: Axis): number {
  const isCheap = statements.every((s) => s.kind === 'reduce' && operations(s.value) <= mostOperations)
  return isCheap && maxDim(last.extent) >= 16 ? 4 : 1
}

/** Whether the innermost axis is so short that it is no loop. */
function isTurn(statements: readonly Statement[], { extent }: Axis): boolean {
  if (typeof extent !== 'number' || extent % 4 > 0) return false
  return statements.every((s) => s.kind === 'reduce' && (extent / 4) * operations(s.value) <= mostOfTurn)
}

/** Operations that compute an expression; those that call functions count as many. */
function operations(e: Expression): number {
  const own = e.kind === 'unary' && !cheapUnary.has(e.fn) ? mostOperations : e.kind === 'constant' ? 0 : 1
  return partsOf(e).reduce((sum, x) => sum + operations(x), e.kind === 'guard' || e.kind === 'randomBits' ? mostOperations + 1 : own)
}

/** What belongs to a whole row: a value computed from reductions, or the reduction of a single element. */
function emitRowValue(kernel: KernelFunction, evaluator: Evaluator, s: Statement): void {
  if (s.kind === 'reduce') {
    const isPosition = s.fn === 'argmax' || s.fn === 'argmin'
    finishReduction(kernel, evaluator, s, isPosition ? i32(0) : evaluator.scalar(s.value))
    return
  }
  evaluator.setLocal(s.store.node, evaluator.scalar(s.store.value))
  evaluator.store(s.store, kernel.isKept(s.store.node), false)
}

function finishReduction(kernel: KernelFunction, evaluator: Evaluator, s: ReduceStatement, result: Value): void {
  const value = kernel.fn.let(result)
  evaluator.setLocal(s.node, value)
  if (!kernel.isKept(s.node)) return
  const { dtype } = s.node
  storeScalar(kernel, dtype, add(kernel.buffer(s.node), mul(evaluator.position(s.index), byteSize(dtype))), value)
}

/** The row-major position of the current point in the inner axes. */
function positionIn(kernel: KernelFunction, evaluator: Evaluator, inner: readonly Axis[]): Value {
  return inner.reduce((position, a) => add(mul(position, kernel.dim(a.extent)), evaluator.axisValue(a)), i32(0))
}
