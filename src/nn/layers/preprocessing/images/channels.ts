// The channels of a batch, one by one.

import { concat, slice, type Tensor } from '../../../../core/index.ts'

/** Channel i of `[batch, height, width, channels]`: `[batch, height, width, 1]`. */
export function channelOf(batch: Tensor, i: number): Tensor {
  return slice(batch, [0, 0, 0, i], [...batch.dims.slice(0, 3), 1])
}

/** `[batch, height, width, 3]` with one channel changed. */
export function withChannel(batch: Tensor, i: number, change: (channel: Tensor) => Tensor): Tensor {
  return concat(
    [0, 1, 2].map((at) => (at === i ? change(channelOf(batch, at)) : channelOf(batch, at))),
    3,
  )
}
