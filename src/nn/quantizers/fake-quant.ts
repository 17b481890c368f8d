// Numbers as they come back from small integers, with gradients as if they had not been there: training that knows of its quantisation
// (Jacob et al. 2018).

import { clip, divide, floor, isFloat, multiply, normalizeAxis, negate, reshape, round, subtract, sum, type Tensor, where } from '../../core/index.ts'
import { customGradient, clip as clipBetween, greaterEqual, lessEqual, logicalAnd } from '../../ops/index.ts'
import { flag, numberWithin } from '../options/option-checks.ts'

export interface FakeQuantOptions {
  /** Bits of the integers, 2 to 16. Default 8. */
  readonly numBits?: number
  /** Whether the least integer is 1 instead of 0. Default false. */
  readonly narrowRange?: boolean
  /** The axis that has a range for each of its elements. Default: one range for all. */
  readonly axis?: number | undefined
}

/**
 * `inputs` cut off at a range and rounded to its 2^numBits steps. The range is moved so that 0 is one of the steps. Gradients pass within the range;
 * what is cut off gives them to `minVals` or `maxVals` (scalars, or one for each element of `axis`).
 */
export function fakeQuantWithMinMaxVars(
  inputs: Tensor,
  minVals: Tensor,
  maxVals: Tensor,
  { numBits = 8, narrowRange = false, axis }: FakeQuantOptions = {},
): Tensor {
  numberWithin('fakeQuantWithMinMaxVars', 'numBits', numBits, { min: 2, max: 16, whole: true })
  flag('fakeQuantWithMinMaxVars', 'narrowRange', narrowRange)
  const at = axis === undefined ? undefined : normalizeAxis('fakeQuantWithMinMaxVars', axis, inputs.dims)
  const along = inputs.dims.map((size, i) => (i === at ? size : 1))
  const others = inputs.dims.flatMap((_, i) => (i === at ? [] : [i]))
  const [least, most] = [narrowRange ? 1 : 0, 2 ** numBits - 1]
  const quantized = customGradient((x: Tensor, low: Tensor, high: Tensor) => {
    const [start, end] = [reshape(low, along), reshape(high, along)]
    const span = subtract(end, start)
    const [step, perStep] = [divide(span, most - least), divide(most - least, span)]
    const zero = round(clip(subtract(least, divide(start, step)), least, most))
    const [first, last] = [multiply(subtract(least, zero), step), multiply(subtract(most, zero), step)]
    const shift = floor(multiply(negate(first), perStep).add(0.5))
    const inside = subtract(clipBetween(x, first, last), first)
    const result: Tensor = multiply(floor(subtract(multiply(inside, perStep), shift).add(0.5)), step)
    const gradient = (upstream: Tensor): [Tensor, Tensor, Tensor] => {
      const kept = (mask: Tensor): Tensor => where(mask, upstream, 0)
      const total = (x: Tensor, like: Tensor): Tensor => reshape(sum(x, others), like.dims)
      return [
        kept(logicalAnd(greaterEqual(x, first), lessEqual(x, last))),
        total(kept(lessEqual(x, first)), low),
        total(kept(greaterEqual(x, last)), high),
      ]
    }
    return [result, gradient]
  })
  return quantized(isFloat(inputs.dtype) ? inputs : inputs.cast('f32'), minVals, maxVals)
}
