// Convolutions of each channel by itself, alone and followed by a mixture of the channels.

import type { Dims, Tensor } from '../../../core/index.ts'
import { depthwiseConv, separableConv } from '../../../ops/index.ts'
import type { ConstraintIdentifier } from '../../constraints/index.ts'
import type { InitializerIdentifier } from '../../initializers/index.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { positive } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import type { RegularizerIdentifier } from '../../regularizers/registry.ts'
import { type ParameterRules, ruleOptions, rulesConfig, rulesOf } from '../parameter-rules.ts'
import { channelsOf, checkRank } from '../window-options.ts'
import { Convolution, type WindowOptions } from './convolution.ts'

type KernelRuleNames = 'kernelInitializer' | 'kernelRegularizer' | 'kernelConstraint'

/** Options of the depthwise convolutions. */
export interface DepthwiseConvOptions extends Omit<WindowOptions, KernelRuleNames | 'padding'> {
  /** 'valid' or 'same'. Default 'valid'. */
  readonly padding?: 'valid' | 'same'
  /** How many results each channel has. Default 1. */
  readonly depthMultiplier?: number
  /** Default 'glorotUniform'. */
  readonly depthwiseInitializer?: InitializerIdentifier
  readonly depthwiseRegularizer?: RegularizerIdentifier | null
  readonly depthwiseConstraint?: ConstraintIdentifier | null
}

const depthwiseOptions: readonly string[] = ['depthMultiplier', ...ruleOptions('depthwise')]

function depthwiseRules(where: string, { depthwiseInitializer, depthwiseRegularizer, depthwiseConstraint }: DepthwiseConvOptions): ParameterRules {
  return rulesOf(where, 'depthwise', {
    initializer: depthwiseInitializer ?? 'glorotUniform',
    regularizer: depthwiseRegularizer,
    constraint: depthwiseConstraint,
  })
}

abstract class DepthwiseConv extends Convolution {
  private readonly depthMultiplier: number
  private readonly depthwiseRules: ParameterRules
  kernel: Parameter | undefined

  constructor(options: DepthwiseConvOptions, className: string, axes: number) {
    super(options, className, axes, depthwiseOptions)
    this.depthMultiplier = positive(this.name, 'depthMultiplier', options.depthMultiplier ?? 1)
    this.depthwiseRules = depthwiseRules(this.name, options)
  }

  override build(inputShape: Dims): void {
    checkRank(this.name, inputShape, this.axes)
    const channels = channelsOf(this.name, inputShape, this.dataFormat)
    this.kernel = this.parameter('kernel', [...this.kernelSize, channels, this.depthMultiplier], this.depthwiseRules.initializer, this.depthwiseRules)
    this.buildBias(inputShape, channels * this.depthMultiplier)
  }

  protected convolve(x: Tensor): Tensor {
    return depthwiseConv(x, this.read(this.kernel), this.window)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), depthMultiplier: this.depthMultiplier, ...rulesConfig('depthwise', this.depthwiseRules) }
  }
}

/**
 * Each channel of a sequence convolved by itself: `[batch, time, channels]` to `[batch, time′, channels · depthMultiplier]`.
 *
 * Parameters: `kernel` `[kernelSize, channels, depthMultiplier]`, `bias` `[channels · depthMultiplier]`.
 */
export class DepthwiseConv1D extends DepthwiseConv {
  constructor(options: DepthwiseConvOptions) {
    super(options, 'DepthwiseConv1D', 1)
  }
}

/**
 * Each channel of images convolved by itself: `[batch, height, width, channels]` to `[batch, height′, width′, channels · depthMultiplier]`.
 *
 * Parameters: `kernel` `[…kernelSize, channels, depthMultiplier]`, `bias` `[channels · depthMultiplier]`.
 *
 * ```ts
 * model.add(layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }))
 * ```
 */
export class DepthwiseConv2D extends DepthwiseConv {
  constructor(options: DepthwiseConvOptions) {
    super(options, 'DepthwiseConv2D', 2)
  }
}

/** Options of the separable convolutions. */
export interface SeparableConvOptions extends DepthwiseConvOptions {
  /** Size of the result's axis of channels. */
  readonly filters: number
  /** Default 'glorotUniform'. */
  readonly pointwiseInitializer?: InitializerIdentifier
  readonly pointwiseRegularizer?: RegularizerIdentifier | null
  readonly pointwiseConstraint?: ConstraintIdentifier | null
}

abstract class SeparableConv extends Convolution {
  private readonly filters: number
  private readonly depthMultiplier: number
  private readonly depthwiseRules: ParameterRules
  private readonly pointwiseRules: ParameterRules
  private depthwise: Parameter | undefined
  private pointwise: Parameter | undefined

  constructor(options: SeparableConvOptions, className: string, axes: number) {
    super(options, className, axes, ['filters', ...depthwiseOptions, ...ruleOptions('pointwise')])
    this.filters = positive(this.name, 'filters', options.filters)
    this.depthMultiplier = positive(this.name, 'depthMultiplier', options.depthMultiplier ?? 1)
    this.depthwiseRules = depthwiseRules(this.name, options)
    const { pointwiseInitializer, pointwiseRegularizer, pointwiseConstraint } = options
    this.pointwiseRules = rulesOf(this.name, 'pointwise', {
      initializer: pointwiseInitializer ?? 'glorotUniform',
      regularizer: pointwiseRegularizer,
      constraint: pointwiseConstraint,
    })
  }

  override build(inputShape: Dims): void {
    checkRank(this.name, inputShape, this.axes)
    const channels = channelsOf(this.name, inputShape, this.dataFormat)
    const { depthMultiplier, depthwiseRules, pointwiseRules } = this
    this.depthwise = this.parameter('depthwise_kernel', [...this.kernelSize, channels, depthMultiplier], depthwiseRules.initializer, depthwiseRules)
    const ones = this.kernelSize.map(() => 1)
    this.pointwise = this.parameter(
      'pointwise_kernel',
      [...ones, channels * depthMultiplier, this.filters],
      pointwiseRules.initializer,
      pointwiseRules,
    )
    this.buildBias(inputShape, this.filters)
  }

  protected convolve(x: Tensor): Tensor {
    return separableConv(x, this.read(this.depthwise), this.read(this.pointwise), this.window)
  }

  override getConfig(): LayerConfig {
    const { filters, depthMultiplier } = this
    return {
      ...super.getConfig(),
      filters,
      depthMultiplier,
      ...rulesConfig('depthwise', this.depthwiseRules),
      ...rulesConfig('pointwise', this.pointwiseRules),
    }
  }
}

/**
 * {@link DepthwiseConv1D} without bias, then a mixture of its channels: `[batch, time, channels]` to `[batch, time′, filters]`.
 *
 * Parameters: `depthwise_kernel`, `pointwise_kernel` `[1, channels · depthMultiplier, filters]`, `bias` `[filters]`.
 */
export class SeparableConv1D extends SeparableConv {
  constructor(options: SeparableConvOptions) {
    super(options, 'SeparableConv1D', 1)
  }
}

/**
 * {@link DepthwiseConv2D} without bias, then a mixture of its channels (Chollet 2017): `[batch, height, width, channels]` to
 * `[batch, height′, width′, filters]`.
 *
 * Parameters: `depthwise_kernel`, `pointwise_kernel` `[1, 1, channels · depthMultiplier, filters]`, `bias` `[filters]`.
 *
 * ```ts
 * model.add(layers.separableConv2d({ filters: 64, kernelSize: 3, padding: 'same', activation: 'relu' }))
 * ```
 */
export class SeparableConv2D extends SeparableConv {
  constructor(options: SeparableConvOptions) {
    super(options, 'SeparableConv2D', 2)
  }
}
