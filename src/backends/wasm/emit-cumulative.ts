// Running sums, products, maxima and minima along an axis, each line from one end to the other.

import { elementCount } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import type { CumulativeFunction } from '../../core/primitives.ts'
import { loadScalar, storeScalar } from './element-types.ts'
import { add, mul, sub } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { Accumulator } from './reduction.ts'

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
  kernel.build([out], () => {
    const { fn } = kernel
    const length = kernel.dim(input.shape[axis] ?? 1)
    const after = kernel.dim(elementCount(input.shape.slice(axis + 1)))
    fn.loop(0, kernel.dim(elementCount(input.shape.slice(0, axis))), 1, (outer) => {
      fn.loop(0, after, 1, (column) => {
        const line = fn.let(add(mul(mul(outer, length), after), column))
        const running = new Accumulator(kernel, cumulative, dtype)
        fn.loop(0, length, 1, (i) => {
          const step = reverse ? sub(sub(length, 1), i) : i
          const at = fn.let(mul(add(line, mul(step, after)), size))
          running.addScalar(fn.let(loadScalar(kernel, dtype, add(kernel.buffer(input), at))))
          storeScalar(kernel, dtype, add(kernel.buffer(out), at), running.result())
        })
      })
    })
  })
}
