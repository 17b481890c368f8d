// Fully connected layer.

import { type Dims, type Shape, ShapeError, type Tensor } from '../../core/index.ts'
import { type Activation, resolveActivation } from '../activations.ts'
import type { CallOptions } from '../call-context.ts'
import type { Initializer } from '../initializers.ts'
import { Layer, type LayerOptions, positive } from '../layer.ts'
import type { Parameter } from '../parameter.ts'
import type { WithLast } from '../result-shapes.ts'
import { logitsOf } from './logits.ts'

/** Options of {@link Dense}. */
export interface DenseOptions<Units extends number = number> extends LayerOptions {
  /** Size of the result's last axis. */
  readonly units: Units
  /** Default 'linear'. */
  readonly activation?: string | Activation
  /** Default true. */
  readonly useBias?: boolean
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: string | Initializer
  /** Default 'zeros'. */
  readonly biasInitializer?: string | Initializer
}

/** The call of a {@link Dense}: the last axis becomes `units`. */
export interface Dense<Units extends number = number> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithLast<S, Units>>
}

/**
 * activation(x · kernel + bias): `[batch, …, features]` to `[batch, …, units]`.
 *
 * Parameters: `kernel` `[features, units]`, `bias` `[units]`.
 *
 * ```ts
 * model.add(layers.dense({ units: 64, activation: 'relu', inputDim: 100 }))
 * ```
 */
export class Dense<Units extends number = number> extends Layer {
  private readonly options: DenseOptions<Units>
  private readonly activation: Activation
  private kernel: Parameter | undefined
  private bias: Parameter | undefined

  constructor(options: DenseOptions<Units>) {
    super(options, 'Dense')
    positive(this.name, 'units', options.units)
    this.options = options
    this.activation = resolveActivation(options.activation)
  }

  override build(inputShape: Dims): void {
    const features = inputShape.at(-1)
    if (typeof features !== 'number' || inputShape.length < 2) {
      throw new ShapeError(`${this.name}: expected inputs [batch, …, features], got [${inputShape.join(', ')}]. Flatten or reshape before it.`)
    }
    const { units, useBias = true, kernelInitializer = 'glorotUniform', biasInitializer = 'zeros' } = this.options
    this.kernel = this.parameter('kernel', [features, units], kernelInitializer)
    if (useBias) this.bias = this.parameter('bias', [units], biasInitializer)
  }

  private linear(x: Tensor): Tensor {
    const product: Tensor = x.matmul(this.read(this.kernel))
    return this.bias === undefined ? product : product.add(this.read(this.bias))
  }

  call(x: Tensor): Tensor {
    return this.activation(this.linear(x))
  }

  override logits() {
    return logitsOf(this.activation, (x) => this.linear(x))
  }
}
