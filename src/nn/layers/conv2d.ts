// Two-dimensional convolution.

import { conv, type Dims, type Padding, ShapeError, type Tensor } from '../../core/index.ts'
import { type Activation, resolveActivation } from '../activations.ts'
import type { Initializer } from '../initializers.ts'
import { Layer, type LayerOptions, madeBy, type Parameter, positive } from '../layer.ts'

export interface Conv2DOptions extends LayerOptions {
  readonly filters: number
  readonly kernelSize: number | readonly [number, number]
  /** Default 1. */
  readonly strides?: number | readonly [number, number]
  /** Default 'valid'. */
  readonly padding?: Padding
  readonly dilation?: number | readonly [number, number]
  readonly groups?: number
  readonly activation?: string | Activation
  readonly useBias?: boolean
  readonly kernelInitializer?: string | Initializer
  readonly biasInitializer?: string | Initializer
}

/** activation(x ∗ kernel + bias): `[batch, height, width, channels]` to `[batch, height', width', filters]`. */
export class Conv2D extends Layer {
  private readonly options: Conv2DOptions
  private readonly activation: Activation
  private kernel: Parameter | undefined
  private bias: Parameter | undefined

  constructor(options: Conv2DOptions) {
    super('conv2d', options)
    positive('conv2d', 'filters', options.filters)
    this.options = options
    this.activation = resolveActivation(options.activation)
  }

  protected override build(inputShape: Dims): void {
    const channels = inputShape[3]
    if (inputShape.length !== 4 || typeof channels !== 'number') {
      throw new ShapeError(
        `${this.name}: expected inputs [batch, height, width, channels], got [${inputShape.map(String).join(', ')}]. Add the missing axis with reshape.`,
      )
    }
    const { filters, kernelSize, groups = 1 } = this.options
    const [height, width] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize
    this.kernel = this.parameter('kernel', [height, width, channels / groups, filters], this.options.kernelInitializer ?? 'glorotUniform')
    if (this.options.useBias !== false) this.bias = this.parameter('bias', [filters], this.options.biasInitializer ?? 'zeros')
  }

  call(x: Tensor): Tensor {
    const { strides = 1, padding = 'valid', dilation = 1, groups = 1 } = this.options
    const y = conv(x, madeBy(this, this.kernel), { strides, padding, dilation, groups })
    return this.activation(this.bias === undefined ? y : y.add(this.bias.value))
  }
}
