// The reference device: a double-precision interpreter of the graph, slow and obvious, the truth that every other device is tested against.

import { evaluateDim } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node, Storage } from '../../core/graph.ts'
import type { Device, Executable, GraphFunction } from '../../compiler/device.ts'
import { interpret } from './interpret.ts'
import { decode, encode, type Values } from './values.ts'

/**
 * Makes the device. Every primitive is computed in double precision (64-bit integers exactly) and its result rounded to its dtype, nothing is
 * fused, inputs are never written and results always own their buffers.
 *
 * What the other devices match:
 *
 * | where | what happens |
 * |---|---|
 * | floats | each result is rounded to nearest even; sums and products of many elements are accumulated in double precision and rounded once |
 * | integers | wrap to their dtype; division floors, remainder has the divisor's sign, both are 0 for a divisor of 0; a negative power is 0 unless the base is ±1 |
 * | shifts | 0 for a distance below 0 or not below the dtype's width; to the right with sign for signed dtypes |
 * | remainder of floats | the divisor's sign (as NumPy); NaN for a divisor of 0 |
 * | power | as C: 1^NaN = 1, (−1)^±∞ = 1, x^0 = 1 |
 * | round | halves to even |
 * | NaN | goes through maximum, minimum, all reductions and windows; sign(NaN) is NaN; comparisons are false, notEqual true |
 * | cast | float to integer truncates and saturates, NaN is 0; integer to integer wraps; to bool is "not zero" |
 * | fill, iota, pad | an integer constant truncates and wraps; NaN is 0, ±∞ the extreme of its sign |
 * | argReduce, windows | the first NaN, else the first of equals; of nothing −1 |
 * | empty reductions | sum 0, prod 1, max −∞ (an integer's lowest), min ∞ (its highest) |
 * | sort, topK | stable in both directions; NaN is above everything: last ascending, first descending |
 * | gather, scatterAdd | an index outside the range (negative ones too) reads zero, writes nothing |
 * | dynamicSlice, dynamicUpdateSlice | starts are clamped so that the block fits |
 * | windows, convolution | padding is not part of a window: it neither wins a maximum nor makes 0·∞; a window of nothing but padding is the reduction of nothing |
 * | attention | a query that sees no key gives 0, logSumExp −∞ and no gradient |
 */
export function createReferenceDevice(): Device {
  return { name: 'reference', compile }
}

function compile(graph: GraphFunction): Executable {
  const run = (inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Storage[] => {
    const bound = new Map<Node, Values>()
    graph.inputs.forEach((node, i) => {
      const storage = inputs[i]
      if (storage === undefined) {
        throw new DeviceError(`reference: expected ${graph.inputs.length} inputs, got ${inputs.length}. Pass one buffer per input of the program.`)
      }
      if (storage.dtype !== node.dtype) {
        throw new DeviceError(`reference: expected input ${i} as ${node.dtype}, got ${storage.dtype}. Cast it before the program runs.`)
      }
      bound.set(
        node,
        decode(
          storage,
          node.shape.map((d) => evaluateDim(d, dims)),
        ),
      )
    })
    return interpret(graph.results, bound, dims).map(encode)
  }
  return { run, runAsync: async (inputs, dims) => run(inputs, dims) }
}
