// Sorting and the largest k: each line becomes keys that compare as unsigned integers, with the positions they come from, and is merge sorted.

import { type Dim, elementCount, maxDim, multiplyDims } from '../../core/dimension.ts'
import { byteSize, type DType, isFloat } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import { loadScalar, storeScalar } from './element-types.ts'
import { add, callValue, f64, type FunctionBuilder, i32, i64, load, mul, op, select, smaller, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import type { ModuleBuilder } from './module-builder.ts'
import { grainOf, scalarWork } from './task-cut.ts'

/** An ordering along an axis: the first `kept` of each line, with their positions in it (i32). */
export interface Ordering {
  readonly input: Node
  readonly values: Node
  readonly indices: Node
  readonly axis: number
  readonly descending: boolean
  readonly kept: Dim
}

/** A key and the position it comes from. */
const itemBytes = 16

/** The ascending key of an element, as i64 to be compared unsigned: NaN above everything, −0 and 0 equal. */
function keyOf(fn: FunctionBuilder, x: Value, dtype: DType): Value {
  if (isFloat(dtype)) {
    const value = fn.let(dtype === 'f64' ? x : op('f64.promote_f32', x))
    const bits = fn.let(op('i64.reinterpret_f64', select(op('f64.eq', value, f64(0)), f64(0), value)))
    const ordered = op('i64.xor', bits, select(op('i64.lt_s', bits, i64(0)), i64(-1), i64(-(2n ** 63n))))
    return select(op('f64.ne', value, value), i64(-1), ordered)
  }
  const long = dtype === 'i64' ? x : op(dtype === 'i32' || dtype === 'i8' ? 'i64.extend_i32_s' : 'i64.extend_i32_u', x)
  return op('i64.xor', long, i64(-(2n ** 63n)))
}

/** Stable merge sort of items by their keys. Parameters: items, as much memory again, count; the result is where the sorted items lie. */
function mergeSort(module: ModuleBuilder): FunctionBuilder {
  return module.shared('mergeSort', [module.address, module.address, 'i32'], [module.address], (fn, items, other, count) => {
    const [from, to] = [fn.variable(items), fn.variable(other)]
    const width = fn.variable(i32(1))
    const bounded = (x: Value) => fn.let(smaller(x, count))
    fn.while(
      () => op('i32.lt_s', width, count),
      () => {
        const first = fn.variable(i32(0))
        const code = fn.block(() => {
          const middle = bounded(add(first, width))
          const end = bounded(add(first, mul(width, 2)))
          const [i, j] = [fn.variable(first), fn.variable(middle)]
          fn.loop(first, end, 1, (k) => {
            const left = fn.let(add(from, mul(i, itemBytes)))
            const right = fn.let(add(from, mul(j, itemBytes)))
            const isOrdered = op('i32.or', op('i32.ge_s', j, end), op('i64.le_u', load('i64.load', left), load('i64.load', right)))
            const takesLeft = fn.let(op('i32.and', op('i32.lt_s', i, middle), isOrdered))
            fn.store('v128.store', add(to, mul(k, itemBytes)), load('v128.load', select(takesLeft, left, right)))
            fn.set(i, add(i, takesLeft))
            fn.set(j, add(j, op('i32.eqz', takesLeft)))
          })
        })
        fn.emitLoop(first, count, fn.let(mul(width, 2)), code)
        const old = fn.let(from)
        fn.set(from, to)
        fn.set(to, old)
        fn.set(width, mul(width, 2))
      },
    )
    return from
  })
}

/** `sort` (everything kept) and `topK`; equal elements keep their order in both directions. */
export function emitOrdering(kernel: KernelFunction, { input, values, indices, axis, descending, kept }: Ordering): void {
  const { dtype } = input
  const size = byteSize(dtype)
  const longest = Math.max(1, maxDim(input.shape[axis] ?? 1))
  const { shape } = input
  const behind = elementCount(shape.slice(axis + 1))
  const cut = {
    items: multiplyDims(elementCount(shape.slice(0, axis)), behind),
    grain: grainOf(longest * Math.ceil(Math.log2(longest + 1)) * 4 * scalarWork),
  }
  kernel.phase([values, indices], cut, (_, { from, to }) => {
    const { fn, module } = kernel
    const [items, other] = [kernel.threadScratch(itemBytes * longest), kernel.threadScratch(itemBytes * longest)]
    const [length, wanted, after] = [kernel.dim(shape[axis] ?? 1), kernel.dim(kept), kernel.dim(behind)]
    fn.loop(from, to, 1, (line) => {
      const outer = fn.let(op('i32.div_u', line, after))
      const column = fn.let(op('i32.rem_u', line, after))
      const source = fn.let(add(kernel.buffer(input), mul(add(mul(mul(outer, length), after), column), size)))
      const stride = fn.let(mul(after, size))
      const target = fn.let(add(mul(mul(outer, wanted), after), column))
      fn.loop(0, length, 1, (i) => {
        const key = keyOf(fn, fn.let(loadScalar(kernel, dtype, add(source, mul(i, stride)))), dtype)
        const item = fn.let(add(items, mul(i, itemBytes)))
        fn.store('i64.store', item, descending ? op('i64.xor', key, i64(-1)) : key)
        fn.store('i32.store', item, i, 8)
      })
      const sorted = fn.let(callValue(mergeSort(module), [items, other, length]))
      fn.loop(0, wanted, 1, (rank) => {
        const at = fn.let(load('i32.load', add(sorted, mul(rank, itemBytes)), 8))
        const to = fn.let(add(target, mul(rank, after)))
        storeScalar(kernel, dtype, add(kernel.buffer(values), mul(to, size)), loadScalar(kernel, dtype, add(source, mul(at, stride))))
        fn.store('i32.store', add(kernel.buffer(indices), mul(to, 4)), at)
      })
    })
  })
}
