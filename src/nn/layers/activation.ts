// An activation as a layer of its own.

import type { Tensor } from '../../core/index.ts'
import { type Activation as ActivationFunction, resolveActivation } from '../activations.ts'
import { Layer, type LayerOptions } from '../layer.ts'
import { logitsOf } from './logits.ts'

/** Options of {@link Activation}. */
export interface ActivationOptions extends LayerOptions {
  /** A name of {@link activations}, or a function. */
  readonly activation: string | ActivationFunction
}

/**
 * activation(x), for inputs of any shape.
 *
 * ```ts
 * model.add(layers.activation({ activation: 'relu' }))
 * ```
 */
export class Activation extends Layer {
  private readonly formula: ActivationFunction

  constructor(options: ActivationOptions) {
    super(options, 'Activation')
    this.formula = resolveActivation(options.activation)
  }

  call(x: Tensor): Tensor {
    return this.formula(x)
  }

  override logits() {
    return logitsOf(this.formula, (x) => x)
  }
}
