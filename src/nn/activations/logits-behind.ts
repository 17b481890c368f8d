// What a softmax or sigmoid was computed from: losses of probabilities are exact, and one pass cheaper, when they are computed from there.

import type { Tensor } from '../../core/index.ts'

/** A tensor before its activation; `none` where it is taken for logits as it is. */
export interface Logits {
  readonly value: Tensor
  readonly activation: 'softmax' | 'sigmoid' | 'none'
}

const behind = new WeakMap<Tensor, Logits>()

/** The logits of a tensor that `softmax` (along the last axis) or `sigmoid` has made. */
export function logitsBehind(x: Tensor): Logits | undefined {
  return behind.get(x)
}

/** `x`, which stands for these logits. */
export function withLogits<T extends Tensor>(x: T, logits: Logits): T {
  behind.set(x, logits)
  return x
}
