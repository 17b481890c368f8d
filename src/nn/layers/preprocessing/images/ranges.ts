// Ranges that options give: how far a random change goes, and between what values images lie.

import { ConfigError, type Dims, random, type Tensor } from '../../../../core/index.ts'
import { numberWithin, wrongOption } from '../../../options/option-checks.ts'

/** `[low, high]`. */
export type Bounds = readonly [low: number, high: number]

/** How far a change goes: from one number to another, or as far as one number to both sides (as far as that is allowed). */
export type Factor = number | Bounds

function pairOf(where: string, option: string, values: readonly number[], check: (value: number) => number): Bounds {
  const [a, b, ...rest] = Array.isArray(values) ? values : []
  if (a === undefined || b === undefined || rest.length > 0) throw wrongOption(where, option, 'a number or [low, high]', values, 'Give two numbers.')
  return [Math.min(check(a), check(b)), Math.max(a, b)]
}

/** The range of a factor within [min, max]: a number f is [max(−|f|, min), |f|]. */
export function factorRange(where: string, option: string, factor: Factor, [min, max]: Bounds): Bounds {
  const check = (value: number): number => numberWithin(where, option, value, { min, max })
  if (typeof factor !== 'number') return pairOf(where, option, factor, check)
  const size = Math.abs(check(factor))
  return [Math.max(-size, min), size]
}

/** The range of a factor within [0, 1] that starts at 0: a number f is [0, f]. */
export function factorFromZero(where: string, option: string, factor: Factor): Bounds {
  const check = (value: number): number => numberWithin(where, option, value, { min: 0, max: 1 })
  return typeof factor === 'number' ? [0, check(factor)] : pairOf(where, option, factor, check)
}

/** Between what values images lie, `[0, 255]` where nothing is said. */
export function valueRangeOf(where: string, range: readonly number[] | undefined): Bounds {
  const [low, high] = pairOf(where, 'valueRange', range ?? [0, 255], (value) => numberWithin(where, 'valueRange', value))
  if (low === high) throw new ConfigError(`${where}: expected valueRange to be two different numbers, got [${low}, ${high}]. Change one.`)
  return [low, high]
}

/** Values of one range in another. */
export function scaleRange(images: Tensor, from: Bounds, to: Bounds): Tensor {
  if (from[0] === to[0] && from[1] === to[1]) return images
  const unit: Tensor = images.subtract(from[0]).divide(from[1] - from[0])
  return unit.multiply(to[1] - to[0]).add(to[0])
}

/** Values kept within a range. */
export const keepWithin = (images: Tensor, [low, high]: Bounds): Tensor => images.maximum(low).minimum(high)

/** Uniform numbers between the bounds. */
export const uniformWithin = (key: Tensor, shape: Dims, [minval, maxval]: Bounds): Tensor => random.uniform(key, shape, { minval, maxval })

/** Which images are changed: true with a probability that is itself drawn between the bounds, `[batch]`. */
export function chosen(nextKey: () => Tensor, shape: Dims, probability: Bounds): Tensor {
  const wanted = uniformWithin(nextKey(), shape, probability)
  return random.uniform(nextKey(), shape).less(wanted)
}
