// Running sums, products, maxima and minima along an axis, each line from one end to the other.

import { elementCount, maxDim, multiplyDims } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import type { CumulativeFunction } from '../../core/primitives.ts'
import { loadScalar, storeScalar } from './element-types.ts'
import { add, mul, op, sub } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { Accumulator } from './reduction.ts'
import { grainOf, scalarWork } from './task-cut.ts'

export interface Cumulative {
  readonly input: Node
  readonly out: Node
  readonly fn: CumulativeFunction
  readonly axis: number
  /** From the end of the axis towards its start. */
  readonly reverse: boolean
}

/** Sums and products of floats are carried in double precision, integers wrap. */
export function emitCumulative(kernel: KernelFunction, { input, out, fn: cumulative, axis, reverse }: Cumulative): void {
  const { dtype } = out
  const size = byteSize(dtype)
  const { shape } = input
  const [before, along, behind] = [elementCount(shape.slice(0, axis)), shape[axis] ?? 1, elementCount(shape.slice(axis + 1))]
  const cut = { items: multiplyDims(before, behind), grain: grainOf(maxDim(along) * 2 * scalarWork) }
  kernel.phase([out], cut, (_, { from, to }) => {
    const { fn } = kernel
    const [length, after] = [kernel.dim(along), kernel.dim(behind)]
    fn.loop(from, to, 1, (item) => {
      const outer = op('i32.div_u', item, after)
      const line = fn.let(add(mul(mul(outer, length), after), op('i32.rem_u', item, after)))
      const running = new Accumulator(kernel, cumulative, dtype)
      fn.loop(0, length, 1, (i) => {
        const step = reverse ? sub(sub(length, 1), i) : i
        const position = fn.let(add(line, mul(step, after)))
        const at = (node: Node) => add(kernel.buffer(node), mul(position, size))
        running.addScalar(fn.let(loadScalar(kernel, dtype, at(input))))
        storeScalar(kernel, dtype, at(out), running.result())
      })
    })
  })
}
