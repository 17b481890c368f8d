// Scatter-add: the result is cleared, then every update is added to the row its index names, in the order of the indices. A task has some of the
// result's rows: it looks at all indices and adds what goes there.

import { elementCount, maxDim } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import { isLong, loadScalar, loadVector, storeScalar, storeVector, wrapped } from './element-types.ts'
import { add, i32, mul, op, sub, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { lanesOf } from './module-builder.ts'
import { combined } from './reduction.ts'
import { grainOf, scalarWork } from './task-cut.ts'

/** Every task looks at all indices. */
const mostTasks = 16

/** A scatter-add along an axis of `out`; indices outside the axis write nothing. Half precisions are summed in f32. */
export interface ScatterAdd {
  readonly indices: Node
  readonly updates: Node
  readonly out: Node
  readonly axis: number
}

export function emitScatterAdd(kernel: KernelFunction, { indices, updates, out, axis }: ScatterAdd): void {
  const { dtype } = out
  const isHalf = dtype === 'f16' || dtype === 'bf16'
  const summed = isHalf ? 'f32' : dtype
  const [size, summedSize] = [byteSize(dtype), byteSize(summed)]
  const total = elementCount(out.shape)
  const along = out.shape[axis] ?? 1
  const [before, behind] = [elementCount(out.shape.slice(0, axis)), elementCount(out.shape.slice(axis + 1))]
  const waiting = isHalf ? kernel.reserve(4 * Math.max(4, maxDim(total))) : 0
  const sumsOf = (): Value => (isHalf ? kernel.scratchAt(waiting) : kernel.buffer(out))
  // A task is worth its look at all indices only if it has many rows.
  const grain = Math.max(grainOf(maxDim(before) * maxDim(behind)), Math.ceil(maxDim(along) / mostTasks))
  kernel.phase([out], { items: along, grain }, (_, range) => {
    const { fn } = kernel
    const rows = kernel.dim(along)
    const columns = kernel.dim(behind)
    const count = kernel.dim(elementCount(indices.shape))
    const sums = sumsOf()
    const accumulate = (isWide: boolean, source: Value, target: Value) => {
      const l = lanesOf(isWide)
      const [from, to] = [fn.let(source), fn.let(target)]
      const old = fn.let(isWide ? loadVector(kernel, summed, to) : loadScalar(kernel, summed, to))
      const update = fn.let(isWide ? loadVector(kernel, dtype, from) : loadScalar(kernel, dtype, from))
      const sum = fn.let(wrapped(l, combined(l, 'sum', summed, old, update), summed))
      if (isWide) storeVector(kernel, summed, to, sum)
      else storeScalar(kernel, summed, to, sum)
    }
    const rowCount = fn.let(sub(range.to, range.from))
    fn.loop(0, kernel.dim(before), 1, (outer) => {
      // The task's own rows of this block, from its first one on.
      const block = fn.let(add(sums, mul(mul(add(mul(outer, rows), range.from), columns), summedSize)))
      fn.clearMemory(block, mul(mul(rowCount, columns), summedSize))
      const source = fn.variable(add(kernel.buffer(updates), mul(mul(mul(outer, count), columns), size)))
      fn.loop(0, count, 1, (i) => {
        const index = fn.let(loadScalar(kernel, indices.dtype, add(kernel.buffer(indices), mul(i, byteSize(indices.dtype)))))
        const isInside = indices.dtype === 'i64' ? op('i64.lt_u', index, op('i64.extend_i32_u', rows)) : op('i32.lt_u', index, rows)
        const row = fn.let(sub(indices.dtype === 'i64' ? op('i32.wrap_i64', index) : index, range.from))
        fn.if(op('i32.and', isInside, op('i32.lt_u', row, rowCount)), () => {
          const target = fn.let(add(block, mul(mul(row, columns), summedSize)))
          const column = fn.variable(i32(0))
          const at = (base: Value, bytes: number) => add(base, mul(column, bytes))
          if (!isLong(dtype)) {
            const last = fn.let(sub(columns, 3))
            const code = fn.block(() => accumulate(true, at(source, size), at(target, summedSize)))
            fn.emitLoop(column, last, 4, code)
          }
          const code = fn.block(() => accumulate(false, at(source, size), at(target, summedSize)))
          fn.emitLoop(column, columns, 1, code)
        })
        fn.set(source, add(source, mul(columns, size)))
      })
    })
  })
  if (!isHalf) return
  kernel.phase([out], { items: total, grain: grainOf(scalarWork) }, (_, { from, to }) => {
    const { fn } = kernel
    const sums = sumsOf()
    fn.loop(from, to, 1, (i) => {
      storeScalar(kernel, dtype, add(kernel.buffer(out), mul(i, size)), loadScalar(kernel, 'f32', add(sums, mul(i, 4))))
    })
  })
}
