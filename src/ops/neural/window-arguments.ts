// What convolutions and pooling are told: one number or one for each spatial axis, padding by name.

import { ConfigError, ShapeError, showDims, type Tensor } from '../../core/index.ts'
import { moveaxis } from '../arrangement/axes.ts'
import { type DataFormat, isChannelsFirst } from '../data-format.ts'

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[]

/** `fn` of `[batch, ...spatial, channels]`, whichever way x has them. */
export function channelsLast(where: string, x: Tensor, format: DataFormat | undefined, fn: (x: Tensor) => Tensor): Tensor {
  const first = isChannelsFirst(where, format)
  if (x.rank < 3) {
    throw new ShapeError(
      `${where}: expected ${first ? '[batch, channels, ...spatial]' : '[batch, ...spatial, channels]'}, got ${showDims(x.dims)}. Add an axis.`,
    )
  }
  if (!first) return fn(x)
  return moveaxis(fn(moveaxis(x, 1, -1)), -1, 1)
}

/** One whole number of at least `least` for each spatial axis. @throws ConfigError for others. */
export function sizes(where: string, option: string, value: PerAxis, axes: number, least = 1): readonly number[] {
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : value
  if (list.length !== axes || list.some((n) => !Number.isInteger(n) || n < least)) {
    throw new ConfigError(
      `${where}: expected ${option} to be a whole number of at least ${least}, or ${axes} of them, got ${JSON.stringify(value)}. Give one for each spatial axis.`,
    )
  }
  return list
}

/** @throws ConfigError where padding is neither 'valid' nor 'same'. */
export function checkPadding(where: string, padding: string): void {
  if (padding !== 'valid' && padding !== 'same')
    throw new ConfigError(`${where}: expected padding to be 'valid' or 'same', got '${padding}'. Choose one.`)
}
