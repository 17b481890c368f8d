// An activation as a layer of its own.

import type { Shape, Tensor } from '../../../core/index.ts'
import { lookedUp, wrongOption } from '../../options/option-checks.ts'
import { type Activation as ActivationFunction, resolveActivation } from '../../activations/activations.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { activationConfig, logitsOf } from '../logits.ts'

/** Options of {@link Activation}. */
export interface ActivationOptions extends LayerOptions {
  /** A name of `activations`, or a function. */
  readonly activation: string | ActivationFunction
}

/** The call of an {@link Activation}: the shape stays. */
export interface Activation {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
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
    super(options, 'Activation', ['activation'])
    if (options.activation === undefined) throw wrongOption(this.name, 'activation', 'a name or a function', options.activation, 'Give it.')
    this.formula = lookedUp(this.name, 'activation', () => resolveActivation(options.activation))
    this.supportsMasking = true
  }

  call(x: Tensor): Tensor {
    return this.formula(x)
  }

  override logits() {
    return logitsOf(this.formula, (x) => x)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), activation: activationConfig(this.formula) }
  }
}
