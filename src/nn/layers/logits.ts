// What a layer says of its last activation, so that losses can be computed from logits.

import type { Tensor } from '../../core/index.ts'
import type { Activation } from '../activations.ts'

/** The formula before a softmax or sigmoid, where the activation is one of them. */
export function logitsOf(activation: string | Activation | undefined, call: (x: Tensor) => Tensor) {
  return activation === 'softmax' || activation === 'sigmoid' ? ({ activation, call } as const) : undefined
}
