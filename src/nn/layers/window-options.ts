// Options of layers whose windows slide over one, two or three axes.

import { ConfigError, type Dims, ShapeError, showDims } from '../../core/index.ts'
import { oneOf, positive, shown, wrongOption } from '../options/option-checks.ts'
import type { ConfigDataFormat } from './data-format.ts'

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[]

/** One positive whole number for each axis. */
export function perAxis(where: string, option: string, value: PerAxis, axes: number): readonly number[] {
  const list = typeof value === 'number' ? Array.from({ length: axes }, () => value) : value
  if (!Array.isArray(list) || list.length !== axes) {
    throw wrongOption(where, option, `one number or ${axes} of them`, value)
  }
  for (const size of list) positive(where, option, size)
  return list
}

/** A ConfigError where windows are to be both moved by more than one place and spread. */
export function strideOrDilation(where: string, strides: readonly number[], dilationRate: readonly number[]): void {
  if (Math.max(...strides) === 1 || Math.max(...dilationRate) === 1) return
  throw new ConfigError(
    `${where}: expected strides or dilationRate to be 1, got strides ${shown(strides)} and dilationRate ${shown(dilationRate)}. Change one.`,
  )
}

/** 'valid' or 'same'. */
export function paddingOf(where: string, padding: 'valid' | 'same' | undefined): 'valid' | 'same' {
  return oneOf(where, 'padding', padding ?? 'valid', ['valid', 'same'])
}

/** The shape, where it has a batch, that many spatial axes and channels. */
export function checkRank(where: string, dims: Dims, axes: number): void {
  if (dims.length === axes + 2) return
  const names = ['time', 'height, width', 'depth, height, width'][axes - 1] ?? '…'
  throw new ShapeError(`${where}: expected inputs [batch, ${names}, channels], got ${showDims(dims)}. Add the missing axis with reshape.`)
}

/** The size of the axis of channels, which must be known. */
export function channelsOf(where: string, dims: Dims, dataFormat: ConfigDataFormat): number {
  const channels = dims.at(dataFormat === 'channels_last' ? -1 : 1)
  if (typeof channels === 'number') return channels
  throw new ShapeError(`${where}: expected a known number of channels, got ${showDims(dims)}. Fix that axis.`)
}
