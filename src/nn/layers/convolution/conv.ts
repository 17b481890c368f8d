// Convolutions over one, two and three axes.

import { ConfigError, type Dims, pad, type Shape, showDims, type Tensor } from '../../../core/index.ts'
import { conv } from '../../../ops/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { positive } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import type { WithChannels } from '../../layer/result-shapes.ts'
import { kernelRules } from '../core/dense.ts'
import { type ParameterRules, ruleOptions, rulesConfig } from '../parameter-rules.ts'
import { channelsOf, checkRank, strideOrDilation } from '../window-options.ts'
import { Convolution, type WindowOptions } from './convolution.ts'

/** Options of {@link Conv1D}, {@link Conv2D} and {@link Conv3D}. */
export interface ConvOptions<Filters extends number = number> extends WindowOptions {
  /** Size of the result's axis of channels. */
  readonly filters: Filters
  /** Channels and filters are cut into that many groups that do not see each other. Default 1. */
  readonly groups?: number
}

abstract class Conv extends Convolution {
  private readonly filters: number
  private readonly groups: number
  private readonly kernelRules: ParameterRules
  kernel: Parameter | undefined

  constructor(options: ConvOptions, className: string, axes: number, paddings?: readonly ('valid' | 'same' | 'causal')[]) {
    super(options, className, axes, ['filters', 'groups', ...ruleOptions('kernel')], paddings)
    strideOrDilation(this.name, this.strides, this.dilationRate)
    this.filters = positive(this.name, 'filters', options.filters)
    this.groups = positive(this.name, 'groups', options.groups ?? 1)
    if (this.filters % this.groups !== 0) {
      throw new ConfigError(`${this.name}: expected groups that divide ${this.filters} filters, got ${this.groups}. Change groups.`)
    }
    this.kernelRules = kernelRules(this.name, options)
  }

  override build(inputShape: Dims): void {
    checkRank(this.name, inputShape, this.axes)
    const channels = channelsOf(this.name, inputShape, this.dataFormat)
    if (channels % this.groups !== 0) {
      throw new ConfigError(
        `${this.name}: expected groups that divide the ${channels} channels of ${showDims(inputShape)}, got ${this.groups}. Change groups.`,
      )
    }
    const shape = [...this.kernelSize, channels / this.groups, this.filters]
    this.kernel = this.parameter('kernel', shape, this.kernelRules.initializer, this.kernelRules)
    this.buildBias(inputShape, this.filters)
  }

  protected convolve(x: Tensor): Tensor {
    return conv(this.padding === 'causal' ? this.padded(x) : x, this.read(this.kernel), this.window)
  }

  /** Zeros before the first step, so that no position sees a later one. */
  private padded(x: Tensor): Tensor {
    const before = ((this.kernelSize[0] ?? 1) - 1) * (this.dilationRate[0] ?? 1)
    return pad(
      x,
      this.dataFormat === 'channels_last'
        ? [
            [0, 0],
            [before, 0],
            [0, 0],
          ]
        : [
            [0, 0],
            [0, 0],
            [before, 0],
          ],
    )
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), filters: this.filters, groups: this.groups, ...rulesConfig('kernel', this.kernelRules) }
  }
}

/** The call of a {@link Conv1D}: the channels become `filters`. */
export interface Conv1D<Filters extends number = number> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithChannels<S, Filters>>
}

/**
 * activation(x ∗ kernel + bias): `[batch, time, channels]` to `[batch, time′, filters]`.
 *
 * Parameters: `kernel` `[…kernelSize, channels / groups, filters]`, `bias` `[filters]`.
 *
 * ```ts
 * model.add(layers.conv1d({ filters: 32, kernelSize: 3, activation: 'relu' }))
 * ```
 */
export class Conv1D<Filters extends number = number> extends Conv {
  constructor(options: ConvOptions<Filters>) {
    super(options, 'Conv1D', 1, ['valid', 'same', 'causal'])
  }
}

/** The call of a {@link Conv2D}: the channels become `filters`. */
export interface Conv2D<Filters extends number = number> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithChannels<S, Filters>>
}

/**
 * activation(x ∗ kernel + bias): `[batch, height, width, channels]` to `[batch, height′, width′, filters]`.
 *
 * Parameters: `kernel` `[…kernelSize, channels / groups, filters]`, `bias` `[filters]`.
 *
 * ```ts
 * model.add(layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }))
 * ```
 */
export class Conv2D<Filters extends number = number> extends Conv {
  constructor(options: ConvOptions<Filters>) {
    super(options, 'Conv2D', 2)
  }
}

/** The call of a {@link Conv3D}: the channels become `filters`. */
export interface Conv3D<Filters extends number = number> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithChannels<S, Filters>>
}

/**
 * activation(x ∗ kernel + bias): `[batch, depth, height, width, channels]` to `[batch, depth′, height′, width′, filters]`.
 *
 * Parameters: `kernel` `[…kernelSize, channels / groups, filters]`, `bias` `[filters]`.
 *
 * ```ts
 * model.add(layers.conv3d({ filters: 32, kernelSize: 3, activation: 'relu' }))
 * ```
 */
export class Conv3D<Filters extends number = number> extends Conv {
  constructor(options: ConvOptions<Filters>) {
    super(options, 'Conv3D', 3)
  }
}
