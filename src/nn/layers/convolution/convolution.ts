// What all convolutions share: options, activation, bias, rules of their parameters.

import { type Dims, reshape, type Shape, type Tensor } from '../../../core/index.ts'
import { type Activation, resolveActivation } from '../../activations/activations.ts'
import { Layer, type LayerConfig } from '../../layer/layer.ts'
import { flag, lookedUp, oneOf } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { biasRules, type KernelOptions } from '../core/dense.ts'
import { type ConfigDataFormat, type DataFormat, dataFormatOf } from '../data-format.ts'
import { activationConfig, logitsOf } from '../logits.ts'
import { type ParameterRules, ruleOptions, rulesConfig } from '../parameter-rules.ts'
import { checkRank, type PerAxis, perAxis } from '../window-options.ts'

/** Options of every convolution. Sizes are one number for all spatial axes or one for each. */
export interface WindowOptions extends KernelOptions {
  readonly kernelSize: PerAxis
  /** Default 1. */
  readonly strides?: PerAxis
  /** 'valid' (none) or 'same' (⌈size / stride⌉ positions); along one axis also 'causal' (a position sees only itself and what comes before). Default 'valid'. */
  readonly padding?: 'valid' | 'same' | 'causal'
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
  /** Distance of the kernel's elements. Default 1. */
  readonly dilationRate?: PerAxis
}

const windowOptions: readonly string[] = [
  'kernelSize',
  'strides',
  'padding',
  'dataFormat',
  'dilationRate',
  'activation',
  'useBias',
  ...ruleOptions('bias'),
]

/** activation(a linear function of windows + bias). `own`: the names of the subclass's options. */
export abstract class Convolution extends Layer {
  protected readonly axes: number
  protected readonly kernelSize: readonly number[]
  protected readonly strides: readonly number[]
  protected readonly padding: 'valid' | 'same' | 'causal'
  protected readonly dilationRate: readonly number[]
  protected readonly dataFormat: ConfigDataFormat
  private readonly activation: Activation
  private readonly useBias: boolean
  private readonly biasRules: ParameterRules
  bias: Parameter | undefined

  constructor(
    options: WindowOptions,
    className: string,
    axes: number,
    own: readonly string[],
    paddings: readonly ('valid' | 'same' | 'causal')[] = ['valid', 'same'],
  ) {
    super(options, className, [...own, ...windowOptions])
    this.axes = axes
    this.kernelSize = perAxis(this.name, 'kernelSize', options.kernelSize, axes)
    this.strides = perAxis(this.name, 'strides', options.strides ?? 1, axes)
    this.dilationRate = perAxis(this.name, 'dilationRate', options.dilationRate ?? 1, axes)
    this.padding = oneOf(this.name, 'padding', options.padding ?? 'valid', paddings)
    this.dataFormat = dataFormatOf(this.name, options.dataFormat)
    this.activation = lookedUp(this.name, 'activation', () => resolveActivation(options.activation))
    this.useBias = flag(this.name, 'useBias', options.useBias ?? true)
    this.biasRules = biasRules(this.name, options)
  }

  /** The formula without bias and activation. */
  protected abstract convolve(x: Tensor): Tensor

  /** Makes the bias, `[filters]`; called by `build` after the kernels. */
  protected buildBias(inputShape: Dims, filters: number): void {
    checkRank(this.name, inputShape, this.axes)
    if (this.useBias) this.bias = this.parameter('bias', [filters], this.biasRules.initializer, this.biasRules)
  }

  /** Options of the operation. */
  protected get window() {
    const { strides, dilationRate, dataFormat, padding } = this
    return { strides, dilationRate, dataFormat, padding: padding === 'causal' ? ('valid' as const) : padding }
  }

  private linear(x: Tensor): Tensor {
    const y = this.convolve(x)
    if (this.bias === undefined) return y
    const bias = this.read(this.bias)
    const own = this.dataFormat === 'channels_last' ? bias : reshape<Shape, readonly number[]>(bias, [bias.size, ...this.kernelSize.map(() => 1)])
    return y.add(own)
  }

  call(x: Tensor): Tensor {
    return this.activation(this.linear(x))
  }

  override logits() {
    return this.dataFormat === 'channels_last' ? logitsOf(this.activation, (x) => this.linear(x)) : undefined
  }

  override getConfig(): LayerConfig {
    const { kernelSize, strides, padding, dataFormat, dilationRate, useBias } = this
    return {
      ...super.getConfig(),
      kernelSize: [...kernelSize],
      strides: [...strides],
      padding,
      dataFormat,
      dilationRate: [...dilationRate],
      activation: activationConfig(this.activation),
      useBias,
      ...rulesConfig('bias', this.biasRules),
    }
  }
}
