// Parts of the last axis of a tensor, which is time or frequency in signals.

import { type Dim, pad, slice, type Tensor } from '../../core/index.ts'

const along = (x: Tensor, size: Dim): Dim[] => [...x.dims.slice(0, -1), size]

/** `count` elements of the last axis from `start`, every `stride`-th. */
export function span(x: Tensor, start: number, count: number, stride = 1): Tensor {
  const zeros = x.dims.slice(1).map(() => 0)
  return slice(x, [...zeros, start], along(x, count), [...zeros.map(() => 1), stride])
}

/** x with zeros before and behind on the last axis. */
export function padded(x: Tensor, before: number, behind: number): Tensor {
  if (before === 0 && behind === 0) return x
  return pad(
    x,
    x.dims.map((_, i) => (i === x.rank - 1 ? ([before, behind] as const) : ([0, 0] as const))),
  )
}

/** The last axis cut, or lengthened by zeros, to `length`. */
export function fitted(x: Tensor, length: number, size: number): Tensor {
  return length > size ? padded(x, 0, length - size) : span(x, 0, length)
}
