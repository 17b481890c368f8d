// What convolutions and pooling are told: where the channels stand, one number or one for each spatial axis, padding by name.

import { ConfigError, permute, type Shape, ShapeError, showDims, type Tensor } from '../../core/index.ts'

/** Where the channels stand. */
export type DataFormat = 'channelsLast' | 'channelsFirst' | 'channels_last' | 'channels_first'
/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[]

/** Whether the channels stand before the spatial axes. @throws ConfigError for another name. */
export function isChannelsFirst(where: string, format: DataFormat = 'channelsLast'): boolean {
  switch (format) {
    case 'channelsLast':
    case 'channels_last':
      return false
    case 'channelsFirst':
    case 'channels_first':
      return true
    default:
      throw new ConfigError(`${where}: expected dataFormat to be 'channelsLast' or 'channelsFirst', got '${String(format)}'. Choose one.`)
  }
}

/** `fn` of `[batch, ...spatial, channels]`, whichever way x has them. */
export function channelsLast(where: string, x: Tensor, format: DataFormat | undefined, fn: (x: Tensor) => Tensor): Tensor {
  const first = isChannelsFirst(where, format)
  if (x.rank < 3) {
    throw new ShapeError(
      `${where}: expected ${first ? '[batch, channels, ...spatial]' : '[batch, ...spatial, channels]'}, got ${showDims(x.dims)}. Add an axis.`,
    )
  }
  if (!first) return fn(x)
  const spatial = Array.from({ length: x.rank - 2 }, (_, i) => i)
  const result = fn(permute<Shape, Shape>(x, [0, ...spatial.map((i) => i + 2), 1]))
  return permute<Shape, Shape>(result, [0, x.rank - 1, ...spatial.map((i) => i + 1)])
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
