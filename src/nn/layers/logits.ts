// What a layer says of its last activation, so that losses can be computed from logits.

import type { Tensor } from '../../core/index.ts'
import { type Activation, activations, sigmoid, softmax } from '../activations/activations.ts'
import type { LogitsHook } from '../layer/layer.ts'

/** The formula before a softmax or sigmoid, where the activation is one of them. */
export function logitsOf(activation: Activation, call: (x: Tensor) => Tensor): LogitsHook | undefined {
  if (activation === softmax) return { activation: 'softmax', call }
  return activation === sigmoid ? { activation: 'sigmoid', call } : undefined
}

/** An activation as an option of a layer: its name. */
export function activationConfig(activation: Activation): string {
  return Object.entries(activations).find(([, known]) => known === activation)?.[0] ?? activation.name
}
