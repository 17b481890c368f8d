// Row sweeps and elementwise kernels: loops over rows, inside each the sweeps over its elements.

import { elementCount, maxDim } from '../../core/dimension.ts'
import type { Axis } from '../../compiler/index-expression.ts'
import type { Kernel, Statement } from '../../compiler/loop-ir.ts'
import { elementLoops, joinAxes } from '../../compiler/loop-shape.ts'
import { sweepsOf } from '../../compiler/statement-order.ts'
import { storeScalar } from './element-types.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, mul, op, select, type Value } from './function-builder.ts'
import { type ItemRange, type KernelFunction, walk } from './kernel-function.ts'
import { Accumulator, Extreme } from './reduction.ts'
import { cutAxes, taskElements } from './task-cut.ts'
import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'

/** Elements of a real sum that are added in f32 before they go into a double. */
const sumBlock = 4096
/** Elements of a task: a multiple of 4, so that the same elements are computed in vectors however they are grouped. */
const elementGrain = taskElements

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
  const work = loops.statements.reduce((sum, s) => sum + maxDim(elementCount(s.inner.map((a) => a.extent))), 0)
  const { items, rest, cut } = cutAxes(loops.outer, work)
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
  if (outer.length === 0) {
    kernel.phase(own, { items: inner.extent, grain: elementGrain }, (evaluator, range) => emitLoop(kernel, evaluator, inner, statements, range))
    return
  }
  const { items, rest, cut } = cutAxes(outer, maxDim(inner.extent))
  kernel.phase(own, cut, (evaluator, range) => {
    kernel.nestRange(evaluator, items, range, () => {
      kernel.nest(evaluator, rest, () => emitLoop(kernel, evaluator, inner, statements))
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
  const sums = new Map<ReduceStatement, Accumulator>()
  const extremes = new Map<ReduceStatement, Extreme>()
  for (const s of statements) {
    if (s.kind !== 'reduce') continue
    if (s.fn === 'argmax' || s.fn === 'argmin') extremes.set(s, new Extreme(kernel, s.fn, s.value.dtype))
    else sums.set(s, new Accumulator(kernel, s.fn, s.value.dtype))
  }
  const values = statements.map((s) => (s.kind === 'map' ? s.store.value : s.value))
  const hasVector = extremes.size === 0 && values.every((v) => evaluator.hasVector(v))
  const step = (vector: boolean) => () => {
    for (const s of statements) {
      if (s.kind === 'map') {
        evaluator.store(s.store, kernel.isKept(s.store.node), vector)
        continue
      }
      const value = vector ? evaluator.vector(s.value) : evaluator.scalar(s.value)
      extremes.get(s)?.add(value, positionIn(kernel, evaluator, inner))
      const sum = sums.get(s)
      if (vector) sum?.addVector(value)
      else sum?.addScalar(value)
    }
  }
  const accumulators = [...sums.values()]
  const walkFrom = (from?: Value, to?: Value) => {
    if (hasVector) for (const sum of accumulators) sum.open()
    const part = from === undefined || to === undefined ? {} : { from, to }
    walk(kernel, evaluator, { axis: last, ...part, width: 4, vector: hasVector ? step(true) : undefined, single: step(false) })
    if (hasVector) for (const sum of accumulators) sum.close()
  }
  kernel.nest(evaluator, inner.slice(0, -1), () => {
    if (accumulators.length === 0 || maxDim(last.extent) <= 2 * sumBlock) {
      walkFrom()
      return
    }
    const end = kernel.dim(last.extent)
    const first = fn.newLocal('i32')
    const code = evaluator.within(undefined, undefined, false, () => {
      const next = fn.let(add(first, sumBlock))
      walkFrom(first, fn.let(select(op('i32.lt_s', next, end), next, end)))
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
