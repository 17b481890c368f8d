// What `adapt` looks at: all data at once, or batches one after another.

import { tensor, Tensor } from '../../../core/index.ts'

/** Numbers as nested arrays. */
export type NestedData = number | readonly NestedData[]

/** All data as a tensor or as nested arrays of numbers, or an iterable (a list of tensors, a generator, a data set) of batches. */
export type AdaptData = Tensor | NestedData | Iterable<Tensor | NestedData>

/** What `adapt` can be told. */
export interface AdaptOptions {
  /** How many batches of an iterable to look at. Default all. */
  readonly steps?: number | undefined
}

/** The batches of the data: a tensor is one, and so are nested arrays. */
export function* tensorBatches(data: AdaptData, { steps = Number.POSITIVE_INFINITY }: AdaptOptions = {}): Generator<Tensor> {
  if (data instanceof Tensor || isNested(data)) {
    yield asTensor(data)
    return
  }
  let count = 0
  for (const batch of data) {
    if (count++ >= steps) return
    yield asTensor(batch)
  }
}

/** A tensor, or the tensor of nested arrays. */
export const asTensor = (data: Tensor | NestedData): Tensor =>
  data instanceof Tensor ? data : typeof data === 'number' ? tensor([data], []) : tensor(data)

const isNested = (data: AdaptData): data is NestedData => typeof data === 'number' || (Array.isArray(data) && !(data[0] instanceof Tensor))
