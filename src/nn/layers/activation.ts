// An activation as a layer of its own.

import type { Tensor } from '../../core/index.ts'
import { type Activation as ActivationFunction, resolveActivation } from '../activations.ts'
import { Layer, type LayerOptions } from '../layer.ts'
import { logitsOf } from './logits.ts'

export interface ActivationOptions extends LayerOptions {
  readonly activation: string | ActivationFunction
}

/** activation(x). */
export class Activation extends Layer {
  private readonly activation: string | ActivationFunction
  private readonly formula: ActivationFunction

  constructor(options: ActivationOptions) {
    super('activation', options)
    this.activation = options.activation
    this.formula = resolveActivation(options.activation)
  }

  call(x: Tensor): Tensor {
    return this.formula(x)
  }

  override logits() {
    return logitsOf(this.activation, (x) => x)
  }
}
