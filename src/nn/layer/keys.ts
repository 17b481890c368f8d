// Random keys in sequence.

import { random, type Tensor } from '../../core/index.ts'

/** Keys that differ from call to call, the same ones in every run. */
export function keySequence(key: Tensor): () => Tensor {
  let count = 0
  return () => random.foldIn(key, count++)
}
