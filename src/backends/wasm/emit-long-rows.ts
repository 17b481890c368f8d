// Reductions of few long rows, such as the mean of everything: rows are cut into a number of parts that follows from the sizes, whose results a
// second phase brings together in order.

import { elementCount, maxDim } from '../../core/dimension.ts'
import { byteSize, type DType, isFloat } from '../../core/dtype.ts'
import { type Axis, axis } from '../../compiler/loop-ir/index-expression.ts'
import type { ReduceFunction } from '../../core/primitives.ts'
import type { Statement } from '../../compiler/loop-ir/loop-ir.ts'
import type { Loops } from '../../compiler/loop-ir/loop-shape.ts'
import { computedBytes, computedType, storeScalar } from './element-types.ts'
import type { Evaluator } from './evaluator.ts'
import { add, i32, load, mul, smaller, type Value } from './function-builder.ts'
import { type KernelFunction, walk } from './kernel-function.ts'
import { Accumulator } from './reduction.ts'
import { grainOf, pointWork, rowWork, taskWork } from './task-cut.ts'

type ReduceStatement = Extract<Statement, { kind: 'reduce' }>

/** With this many rows a kernel is not cut further. */
const enoughRows = 16
const mostParts = 64
/** Elements of a real sum that are added in f32 before they go into a double. */
const sumBlock = 4096
/** Vectors added up side by side, so that one need not wait for the one before. */
const vectors = 4

/** A reduction that is worth cutting: one along one axis, with few rows around it. */
export interface LongRows {
  readonly outer: readonly Axis[]
  readonly statement: ReduceStatement
  readonly reduce: ReduceFunction
  readonly inner: Axis
  readonly parts: number
  /** Elements of a part, a multiple of the block in which elements are added up. */
  readonly length: number
}

/** The kernel as long rows, or `undefined` where it is something else. */
export function longRows({ outer, statements }: Loops): LongRows | undefined {
  const [statement, second] = statements
  if (statement?.kind !== 'reduce' || second !== undefined) return undefined
  const { fn: reduce } = statement
  if (reduce === 'argmax' || reduce === 'argmin') return undefined
  const [inner, further] = statement.inner
  if (inner === undefined || further !== undefined || typeof inner.extent !== 'number') return undefined
  const rows = outer.reduce((product, a) => product * maxDim(a.extent), 1)
  const work = rowWork(statements)
  if (rows >= enoughRows || work * rows <= 2 * taskWork) return undefined
  const wanted = Math.min(mostParts, Math.ceil(work / taskWork))
  const length = sumBlock * Math.max(1, Math.ceil(inner.extent / wanted / sumBlock))
  const parts = Math.ceil(inner.extent / length)
  return parts < 2 ? undefined : { outer, statement, reduce, inner, parts, length }
}

export function emitLongRows(kernel: KernelFunction, { outer, statement, reduce, inner, parts, length }: LongRows): void {
  const { value, node, index } = statement
  const { dtype } = value
  const carried = carriedType(dtype, reduce)
  const size = computedBytes(carried)
  const waiting = kernel.reserve(outer.reduce((product, a) => product * maxDim(a.extent), parts * size))
  const part = axis(parts)
  const place = (evaluator: Evaluator, p: Value): Value => {
    const row = outer.reduce((at, a) => add(mul(at, kernel.dim(a.extent)), evaluator.axisValue(a)), i32(0))
    return kernel.fn.let(add(kernel.scratchAt(waiting), mul(add(mul(row, parts), p), size)))
  }
  const items = [...outer, part]
  const grain = grainOf(length * pointWork([statement]))
  kernel.phase([], { items: elementCount(items.map((a) => a.extent)), grain }, (evaluator, range) => {
    kernel.nestRange(evaluator, items, range, () => {
      const { fn } = kernel
      const end = kernel.dim(inner.extent)
      const bounded = (x: Value): Value => fn.let(smaller(x, end))
      const from = fn.let(mul(evaluator.axisValue(part), length))
      const to = bounded(add(from, length))
      const sum = new Accumulator(kernel, reduce, dtype, vectors)
      const hasVector = evaluator.hasVector(value)
      const first = fn.newLocal('i32')
      const code = evaluator.within(undefined, undefined, false, () => {
        const next = bounded(add(first, sumBlock))
        const x = fn.variable(first)
        const addVectors = (count: number) => () => {
          for (let i = 0; i < count; i++) sum.addVector(evaluator.vector(value, i), i)
        }
        if (hasVector) {
          sum.open()
          const beyond = fn.let(add(next, 1 - 4 * vectors))
          fn.emitLoop(x, beyond, 4 * vectors, evaluator.within(inner, x, true, addVectors(vectors), vectors))
        }
        const vector = hasVector ? addVectors(1) : undefined
        walk(kernel, evaluator, { axis: inner, from: x, to: next, width: 4, vector, single: () => sum.addScalar(evaluator.scalar(value)) })
        if (hasVector) sum.close()
      })
      fn.set(first, from)
      fn.emitLoop(first, to, sumBlock, code)
      fn.store(`${computedType(carried)}.store`, place(evaluator, evaluator.axisValue(part)), sum.carried())
    })
  })
  kernel.phase([node], { items: elementCount(outer.map((a) => a.extent)), grain: grainOf(parts) }, (evaluator, range) => {
    kernel.nestRange(evaluator, outer, range, () => {
      const { fn } = kernel
      const sum = new Accumulator(kernel, reduce, dtype)
      const at = fn.variable(place(evaluator, i32(0)))
      fn.loop(0, parts, 1, () => {
        sum.addCarried(fn.let(load(`${computedType(carried)}.load`, at)))
        fn.set(at, add(at, size))
      })
      storeScalar(kernel, node.dtype, add(kernel.buffer(node), mul(evaluator.position(index), byteSize(node.dtype))), fn.let(sum.result()))
    })
  })
}

/** The type in which parts of a reduction are brought together: doubles for sums and products of floats. */
function carriedType(dtype: DType, fn: ReduceFunction): DType {
  return isFloat(dtype) && (fn === 'sum' || fn === 'prod') ? 'f64' : dtype
}
