// Two-dimensional convolution.

import { ConfigError, conv, type Dims, type Padding, ShapeError, type Tensor } from '../../../core/index.ts'
import { type Activation, resolveActivation } from '../../activations.ts'
import type { Initializer } from '../../initializers.ts'
import { Layer, type LayerOptions, positive } from '../../layer.ts'
import type { Parameter } from '../../parameter.ts'
import { logitsOf } from '../logits.ts'

/** Options of {@link Conv2D}. Sizes are one number for both axes or `[height, width]`. */
export interface Conv2DOptions extends LayerOptions {
  /** Size of the result's last axis. */
  readonly filters: number
  readonly kernelSize: number | readonly [height: number, width: number]
  /** Default 1. */
  readonly strides?: number | readonly [height: number, width: number]
  /** 'valid' (none), 'same' (⌈size / stride⌉ positions), or `[low, high]` per axis. Default 'valid'. */
  readonly padding?: Padding
  /** Default 1. */
  readonly dilation?: number | readonly [height: number, width: number]
  /** Default 1. */
  readonly groups?: number
  /** Default 'linear'. */
  readonly activation?: string | Activation
  /** Default true. */
  readonly useBias?: boolean
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: string | Initializer
  /** Default 'zeros'. */
  readonly biasInitializer?: string | Initializer
}

/**
 * activation(x ∗ kernel + bias): `[batch, height, width, channels]` to `[batch, height′, width′, filters]`.
 *
 * Parameters: `kernel` `[kernelHeight, kernelWidth, channels / groups, filters]`, `bias` `[filters]`.
 *
 * ```ts
 * model.add(layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }))
 * ```
 */
export class Conv2D extends Layer {
  private readonly options: Conv2DOptions
  private readonly kernelSize: readonly [number, number]
  private readonly activation: Activation
  private kernel: Parameter | undefined
  private bias: Parameter | undefined

  constructor(options: Conv2DOptions) {
    super(options, 'Conv2D')
    positive(this.name, 'filters', options.filters)
    this.kernelSize = typeof options.kernelSize === 'number' ? [options.kernelSize, options.kernelSize] : options.kernelSize
    for (const size of this.kernelSize) positive(this.name, 'kernelSize', size)
    this.options = options
    this.activation = resolveActivation(options.activation)
  }

  override build(inputShape: Dims): void {
    const channels = inputShape[3]
    if (inputShape.length !== 4 || typeof channels !== 'number') {
      throw new ShapeError(
        `${this.name}: expected inputs [batch, height, width, channels], got [${inputShape.join(', ')}]. Add the missing axis with reshape.`,
      )
    }
    const { filters, groups = 1, useBias = true, kernelInitializer = 'glorotUniform', biasInitializer = 'zeros' } = this.options
    if (channels % groups !== 0 || filters % groups !== 0) {
      throw new ConfigError(`${this.name}: expected groups that divide ${channels} channels and ${filters} filters, got ${groups}. Change groups.`)
    }
    this.kernel = this.parameter('kernel', [...this.kernelSize, channels / groups, filters], kernelInitializer)
    if (useBias) this.bias = this.parameter('bias', [filters], biasInitializer)
  }

  private convolve(x: Tensor): Tensor {
    const { strides = 1, padding = 'valid', dilation = 1, groups = 1 } = this.options
    const y: Tensor = conv(x, this.read(this.kernel), { strides, padding, dilation, groups })
    return this.bias === undefined ? y : y.add(this.read(this.bias))
  }

  call(x: Tensor): Tensor {
    return this.activation(this.convolve(x))
  }

  override logits() {
    return logitsOf(this.activation, (x) => this.convolve(x))
  }
}
