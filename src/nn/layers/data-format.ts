// Where the channels of images and sequences are: last, as all primitives want them, or first.

import { type DataFormat, isChannelsFirst, moveaxis } from '../../ops/index.ts'
import { wrongOption } from '../options/option-checks.ts'
import type { Tensor } from '../../core/index.ts'

export type { DataFormat } from '../../ops/index.ts'

/** A data format as configs write it: 'channels_last' `[batch, …, channels]` or 'channels_first' `[batch, channels, …]`. */
export type ConfigDataFormat = 'channels_last' | 'channels_first'

/** The option as configs write it; 'channels_last' where none is given. */
export function dataFormatOf(where: string, value: DataFormat | null | undefined): ConfigDataFormat {
  if (value !== undefined && value !== null && typeof value !== 'string') throw wrongOption(where, 'dataFormat', 'a word', value)
  return isChannelsFirst(where, value) ? 'channels_first' : 'channels_last'
}

/** `x` with its channels last. */
export function channelsLast(x: Tensor, format: ConfigDataFormat): Tensor {
  return format === 'channels_last' ? x : moveaxis(x, 1, -1)
}

/** What has its channels last in the format of the layer. */
export function inFormat(x: Tensor, format: ConfigDataFormat): Tensor {
  return format === 'channels_last' ? x : moveaxis(x, -1, 1)
}
