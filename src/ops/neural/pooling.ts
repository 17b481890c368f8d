// Pooling over `[batch, ...spatial, channels]` with Keras's arguments; `dataFormat: 'channelsFirst'` takes `[batch, channels, ...spatial]` and turns
// it around.

import {
  averagePool as averageWindows,
  binary,
  cast,
  type Dims,
  gather,
  max,
  maxPool as maximalWindows,
  promote,
  reshape,
  type Shape,
  staticDim,
  sum,
  type Tensor,
  tensor,
} from '../../core/index.ts'
import type { DataFormat, DataFormatOption } from '../data-format.ts'
import { channelsLast, checkPadding, type PerAxis, sizes } from './window-arguments.ts'

/** Options of windows that slide over spatial axes. */
export interface PoolingOptions extends DataFormatOption {
  /** Default: the window's size. */
  readonly strides?: PerAxis
  /** No padding, or what keeps ⌈n / stride⌉ positions (the odd one at the end). Default 'valid'. */
  readonly padding?: 'valid' | 'same'
}

function pooled(
  where: string,
  inputs: Tensor,
  poolSize: PerAxis,
  { strides, padding = 'valid', dataFormat }: PoolingOptions,
  fn: (x: Tensor, window: readonly number[], options: { readonly strides: readonly number[]; readonly padding: 'valid' | 'same' }) => Tensor,
): Tensor {
  checkPadding(where, padding)
  return channelsLast(where, inputs, dataFormat, (x) => {
    const window = sizes(where, 'poolSize', poolSize, x.rank - 2)
    return fn(x, window, { strides: strides === undefined ? window : sizes(where, 'strides', strides, x.rank - 2), padding })
  })
}

/** Largest element of each window. */
export function maxPool(inputs: Tensor, poolSize: PerAxis, options: PoolingOptions = {}): Tensor {
  return pooled('maxPool', inputs, poolSize, options, maximalWindows)
}

/** Mean of each window; padding is not counted. */
export function averagePool(inputs: Tensor, poolSize: PerAxis, options: PoolingOptions = {}): Tensor {
  return pooled('averagePool', inputs, poolSize, options, averageWindows)
}

/** Means of windows that divide each spatial axis into `outputSize` parts: window i is ⌊i n / size⌋ to ⌈(i + 1) n / size⌉. */
export function adaptiveAveragePool(inputs: Tensor, outputSize: PerAxis, { dataFormat }: DataFormatOption = {}): Tensor {
  return adaptivePool('adaptiveAveragePool', inputs, outputSize, dataFormat, (windows, axis, lengths) => {
    const widest = Math.max(...lengths)
    const shares = lengths.map((length) => Array.from({ length: widest }, (_, i) => (i < length ? 1 / length : 0)))
    const shape: Dims = windows.dims.map((_, i) => (i === axis ? lengths.length : i === axis + 1 ? widest : 1))
    return sum<Shape, number>(binary('multiply', windows, cast(reshape<Shape, Dims>(tensor(shares), shape), windows.dtype)), axis + 1)
  })
}

/** Largest elements of windows that divide each spatial axis into `outputSize` parts, as {@link adaptiveAveragePool}. */
export function adaptiveMaxPool(inputs: Tensor, outputSize: PerAxis, { dataFormat }: DataFormatOption = {}): Tensor {
  return adaptivePool('adaptiveMaxPool', inputs, outputSize, dataFormat, (windows, axis) => max<Shape, number>(windows, axis + 1))
}

/** Axis by axis: elements gathered to `[…, windows, widest, …]` (short windows repeat their last one), then reduced. */
function adaptivePool(
  where: string,
  inputs: Tensor,
  outputSize: PerAxis,
  dataFormat: DataFormat | undefined,
  reduce: (windows: Tensor, axis: number, lengths: readonly number[]) => Tensor,
): Tensor {
  return channelsLast(where, inputs, dataFormat, (x) => {
    const floats = cast(x, promote(x.dtype, 'bf16'))
    return sizes(where, 'outputSize', outputSize, x.rank - 2).reduce((t, count, i) => {
      const size = staticDim(t.dims[i + 1] ?? 1, where)
      const starts = Array.from({ length: count }, (_, k) => Math.floor((k * size) / count))
      const ends = starts.map((_, k) => Math.ceil(((k + 1) * size) / count))
      const lengths = starts.map((start, k) => (ends[k] ?? size) - start)
      const widest = Math.max(...lengths)
      const places = starts.map((start, k) => Array.from({ length: widest }, (_, j) => Math.min(start + j, (ends[k] ?? size) - 1)))
      return reduce(gather(t, tensor(places, undefined, { dtype: 'i32' }), i + 1), i + 1, lengths)
    }, floats)
  })
}
