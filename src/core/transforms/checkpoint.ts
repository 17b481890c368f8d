// Memory for time: intermediate values that the backward pass computes again.

import { call } from '../ops/control.ts'
import type { Tree } from '../tree.ts'

/**
 * `fn`, whose intermediate values are not kept for its gradient but computed again when that needs them (Chen et al. 2016). Arguments and
 * results are trees of tensors; tensors that `fn` closes over are differentiated too.
 *
 * @example
 * const block = checkpoint((x: Tensor, w: Tensor) => x.matmul(w).relu())
 */
export function checkpoint<A extends readonly Tree[], R extends Tree>(fn: (...args: A) => R): (...args: A) => R {
  return (...args) => call((inner: A) => fn(...inner), args)
}
