// Fully connected layer.

import { type Dims, ShapeError, type Tensor } from '../../core/index.ts'
import { type Activation, resolveActivation } from '../activations.ts'
import type { Initializer } from '../initializers.ts'
import { Layer, type LayerOptions, madeBy, type Parameter, positive } from '../layer.ts'
import { logitsOf } from './logits.ts'

export interface DenseOptions extends LayerOptions {
  readonly units: number
  readonly activation?: string | Activation
  /** Default true. */
  readonly useBias?: boolean
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: string | Initializer
  /** Default 'zeros'. */
  readonly biasInitializer?: string | Initializer
}

/** activation(x · kernel + bias): `[…, inputs]` to `[…, units]`. */
export class Dense extends Layer {
  private readonly options: DenseOptions
  private readonly activation: Activation
  private kernel: Parameter | undefined
  private bias: Parameter | undefined

  constructor(options: DenseOptions) {
    super('dense', options)
    positive('dense', 'units', options.units)
    this.options = options
    this.activation = resolveActivation(options.activation)
  }

  protected override build(inputShape: Dims): void {
    const inputs = inputShape.at(-1)
    if (typeof inputs !== 'number' || inputShape.length < 2) {
      throw new ShapeError(
        `${this.name}: expected inputs [batch, …, features], got [${inputShape.map(String).join(', ')}]. Flatten or reshape before it.`,
      )
    }
    this.kernel = this.parameter('kernel', [inputs, this.options.units], this.options.kernelInitializer ?? 'glorotUniform')
    if (this.options.useBias !== false) this.bias = this.parameter('bias', [this.options.units], this.options.biasInitializer ?? 'zeros')
  }

  private linear(x: Tensor): Tensor {
    const product: Tensor = x.matmul(madeBy(this, this.kernel))
    return this.bias === undefined ? product : product.add(this.bias.value)
  }

  call(x: Tensor): Tensor {
    return this.activation(this.linear(x))
  }

  override logits() {
    return logitsOf(this.options.activation, (x) => this.linear(x))
  }
}
