// Transposed convolutions: from small to large.

import { ConfigError, type Dims, type Shape, type Tensor } from '../../../core/index.ts'
import { convTranspose } from '../../../ops/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { positive, shown } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import type { WithChannels } from '../../layer/result-shapes.ts'
import { kernelRules } from '../core/dense.ts'
import { type ParameterRules, ruleOptions, rulesConfig } from '../parameter-rules.ts'
import { channelsOf, checkRank, type PerAxis, strideOrDilation } from '../window-options.ts'
import { Convolution, type WindowOptions } from './convolution.ts'

/** Options of the transposed convolutions. */
export interface ConvTransposeOptions<Filters extends number = number> extends Omit<WindowOptions, 'padding'> {
  /** Size of the result's axis of channels. */
  readonly filters: Filters
  /** 'valid' or 'same' (stride times as large). Default 'valid'. */
  readonly padding?: 'valid' | 'same'
  /** How many positions more the result has at the end than the least it can; less than the stride. Default: what `padding` says. */
  readonly outputPadding?: PerAxis | null
}

abstract class ConvTranspose extends Convolution {
  private readonly filters: number
  private readonly outputPadding: readonly number[] | undefined
  private readonly kernelRules: ParameterRules
  kernel: Parameter | undefined

  constructor(options: ConvTransposeOptions, className: string, axes: number) {
    super(options, className, axes, ['filters', 'outputPadding', ...ruleOptions('kernel')])
    strideOrDilation(this.name, this.strides, this.dilationRate)
    this.filters = positive(this.name, 'filters', options.filters)
    this.kernelRules = kernelRules(this.name, options)
    const { outputPadding } = options
    if (outputPadding === undefined || outputPadding === null) return
    const list = typeof outputPadding === 'number' ? this.strides.map(() => outputPadding) : outputPadding
    if (!Array.isArray(list) || list.length !== axes || list.some((n, i) => !Number.isInteger(n) || n < 0 || n >= (this.strides[i] ?? 1))) {
      throw new ConfigError(
        `${this.name}: expected outputPadding of at least 0 and below strides [${this.strides.join(', ')}], got ${shown(outputPadding)}. Change it.`,
      )
    }
    this.outputPadding = list
  }

  override build(inputShape: Dims): void {
    checkRank(this.name, inputShape, this.axes)
    const channels = channelsOf(this.name, inputShape, this.dataFormat)
    this.kernel = this.parameter('kernel', [...this.kernelSize, this.filters, channels], this.kernelRules.initializer, this.kernelRules)
    this.buildBias(inputShape, this.filters)
  }

  protected convolve(x: Tensor): Tensor {
    const { outputPadding } = this
    return convTranspose(x, this.read(this.kernel), { ...this.window, ...(outputPadding !== undefined && { outputPadding }) })
  }

  override getConfig(): LayerConfig {
    const outputPadding = this.outputPadding === undefined ? null : [...this.outputPadding]
    return { ...super.getConfig(), filters: this.filters, outputPadding, ...rulesConfig('kernel', this.kernelRules) }
  }
}

/** The call of a {@link Conv1DTranspose}: the channels become `filters`. */
export interface Conv1DTranspose<Filters extends number = number> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithChannels<S, Filters>>
}

/**
 * The transpose of {@link Conv1D}, with a bias and an activation: `[batch, time, channels]` to `[batch, time′, filters]` (Dumoulin & Visin 2016, §4).
 *
 * Parameters: `kernel` `[…kernelSize, filters, channels]`, `bias` `[filters]`.
 *
 * ```ts
 * model.add(layers.conv1dTranspose({ filters: 16, kernelSize: 3, strides: 2, padding: 'same' }))
 * ```
 */
export class Conv1DTranspose<Filters extends number = number> extends ConvTranspose {
  constructor(options: ConvTransposeOptions<Filters>) {
    super(options, 'Conv1DTranspose', 1)
  }
}

/** The call of a {@link Conv2DTranspose}: the channels become `filters`. */
export interface Conv2DTranspose<Filters extends number = number> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithChannels<S, Filters>>
}

/**
 * The transpose of {@link Conv2D}, with a bias and an activation: `[batch, height, width, channels]` to `[batch, height′, width′, filters]` (Dumoulin & Visin 2016, §4).
 *
 * Parameters: `kernel` `[…kernelSize, filters, channels]`, `bias` `[filters]`.
 *
 * ```ts
 * model.add(layers.conv2dTranspose({ filters: 16, kernelSize: 3, strides: 2, padding: 'same' }))
 * ```
 */
export class Conv2DTranspose<Filters extends number = number> extends ConvTranspose {
  constructor(options: ConvTransposeOptions<Filters>) {
    super(options, 'Conv2DTranspose', 2)
  }
}

/** The call of a {@link Conv3DTranspose}: the channels become `filters`. */
export interface Conv3DTranspose<Filters extends number = number> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<WithChannels<S, Filters>>
}

/**
 * The transpose of {@link Conv3D}, with a bias and an activation: `[batch, depth, height, width, channels]` to `[batch, depth′, height′, width′, filters]` (Dumoulin & Visin 2016, §4).
 *
 * Parameters: `kernel` `[…kernelSize, filters, channels]`, `bias` `[filters]`.
 *
 * ```ts
 * model.add(layers.conv3dTranspose({ filters: 16, kernelSize: 3, strides: 2, padding: 'same' }))
 * ```
 */
export class Conv3DTranspose<Filters extends number = number> extends ConvTranspose {
  constructor(options: ConvTransposeOptions<Filters>) {
    super(options, 'Conv3DTranspose', 3)
  }
}
