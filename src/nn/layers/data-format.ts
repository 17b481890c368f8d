// Where the channels of images and sequences are: last, as all primitives want them, or first.

import { permute, type Shape, type Tensor } from '../../core/index.ts'
import { oneOf } from '../options/option-checks.ts'

/** 'channels_last' `[batch, …, channels]` or 'channels_first' `[batch, channels, …]`. */
export type DataFormat = 'channels_last' | 'channels_first'

/** The option; 'channels_last' where none is given. */
export function dataFormatOf(where: string, value: DataFormat | null | undefined): DataFormat {
  return oneOf(where, 'dataFormat', value ?? 'channels_last', ['channels_last', 'channels_first'])
}

/** `x` with its channels last. */
export function channelsLast(x: Tensor, format: DataFormat): Tensor {
  if (format === 'channels_last') return x
  return permute<Shape, readonly number[]>(x, [0, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 2), 1])
}

/** What has its channels last in the format of the layer. */
export function inFormat(x: Tensor, format: DataFormat): Tensor {
  if (format === 'channels_last') return x
  return permute<Shape, readonly number[]>(x, [0, x.rank - 1, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 1)])
}
