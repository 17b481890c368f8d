// The filter of a convolution in panels: the columns that a tile computes at once lie side by side, row after row, so that the inner loops of
// all positions read them from the first cache, in order.

import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import { type ConvolutionSizes, productOf } from '../../compiler/convolution-geometry.ts'
import { add, type FunctionBuilder, i32, load, mul, op, sub, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { columnsOf, forColumns } from './register-tile.ts'
import { grainOf, scalarWork } from './task-cut.ts'

/** What a convolution sums over, or the gradient of its input. */
export interface FilterRows {
  readonly sizes: ConvolutionSizes
  /** Rows of a tap: channels, or filters, of a group. */
  readonly summed: number
  /** Channels of the result. */
  readonly columns: number
  /** Whether rows are filters and columns are channels, instead of the other way round. */
  readonly isGradient: boolean
}

/** Where row 0 of the panel stands that begins with `column`, beyond the start of all panels. */
export function panelOffset({ sizes, summed }: FilterRows, column: Value, elementBytes: number): Value {
  return mul(column, productOf(sizes.axes, (a) => a.window) * summed * elementBytes)
}

/** States a phase that fills the panels; where they lie in scratch memory. Row (tap, r) of a panel follows row (tap, r − 1). */
export function packFilter(kernel: KernelFunction, filter: Node, rows: FilterRows): number {
  const { sizes, summed, columns, isGradient } = rows
  const taps = productOf(sizes.axes, (a) => a.window)
  const size = byteSize(filter.dtype)
  const reserved = kernel.reserve(Math.max(1, taps * summed * columns) * size)
  const perGroup = columns / sizes.groups
  kernel.phase([], { items: taps * summed, grain: grainOf(columns * (isGradient ? scalarWork : 1)) }, (_, range) => {
    const { fn } = kernel
    const target = kernel.scratchAt(reserved)
    fn.loop(0, sizes.groups, 1, (group) => {
      const start = fn.let(mul(group, perGroup))
      forColumns(kernel, filter.dtype, start, fn.let(add(start, perGroup)), (column, block) => {
        const width = columnsOf(block)
        const to = fn.variable(add(add(target, panelOffset(rows, column, size)), mul(range.from, width * size)))
        fn.loop(range.from, range.to, 1, (row) => {
          if (!isGradient) copy(fn, to, fn.let(add(kernel.buffer(filter), mul(add(mul(row, columns), column), size))), width * size)
          else {
            const [tap, inGroup] = [op('i32.div_u', row, i32(summed)), op('i32.rem_u', row, i32(summed))]
            const line = add(mul(tap, perGroup), sub(column, start))
            const from = fn.let(add(kernel.buffer(filter), mul(add(mul(line, sizes.filters), add(mul(group, summed), inGroup)), size)))
            for (let j = 0; j < width; j++) copy(fn, to, from, size, j * size, j * sizes.filters * size)
          }
          fn.set(to, add(to, width * size))
        })
      })
    })
  })
  return reserved
}

const moves = [
  ['v128', 16],
  ['i64', 8],
  ['i32', 4],
  ['i32', 2],
  ['i32', 1],
] as const

/** Copies a few bytes. */
function copy(fn: FunctionBuilder, to: Value, from: Value, bytes: number, toOffset = 0, fromOffset = 0): void {
  let at = 0
  for (const [type, size] of moves) {
    const [loadSuffix, storeSuffix] = type === 'i32' && size < 4 ? [`${8 * size}_u`, `${8 * size}`] : ['', '']
    for (; at + size <= bytes; at += size) {
      fn.store(`${type}.store${storeSuffix}`, to, load(`${type}.load${loadSuffix}`, from, fromOffset + at), toOffset + at)
    }
  }
}
