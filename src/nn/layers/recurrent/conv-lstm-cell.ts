// LSTM cells whose products are convolutions.

import {
  type DType,
  type Dims,
  type Dim,
  reshape,
  type Shape,
  ShapeError,
  split,
  type Tensor,
  type Tree,
  zeros,
  concat,
} from '../../../core/index.ts'
import { conv } from '../../../ops/index.ts'
import { type Activation } from '../../activations/activations.ts'
import type { CallContext } from '../../layer/call-context.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { flag, positive } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { type ConfigDataFormat, type DataFormat, dataFormatOf } from '../data-format.ts'
import { activationConfig } from '../logits.ts'
import { channelsOf, checkRank, paddingOf, type PerAxis, perAxis, strideOrDilation } from '../window-options.ts'
import { type CellRun, RecurrentCell } from './cell.ts'
import { activationOf, cellOptions, CellSettings, dropped, type GatedOptions } from './cell-options.ts'
import { lstmStep, withUnitForget } from './lstm-cell.ts'
import { stateTensors } from './state-tensors.ts'

/** Options of {@link ConvLSTMCell}. Sizes are one number for all spatial axes or one for each. */
export interface ConvLSTMCellOptions extends GatedOptions {
  /** Channels of both states and of the output. */
  readonly filters: number
  readonly kernelSize: PerAxis
  /** Of the convolution of the inputs; that of the state has strides of 1. Default 1. */
  readonly strides?: PerAxis
  /** Of the convolution of the inputs; that of the state is 'same'. Default 'valid'. */
  readonly padding?: 'valid' | 'same'
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
  /** Distance of the kernel's elements in the convolution of the inputs. Default 1. */
  readonly dilationRate?: PerAxis
  /** Whether the forget gate's bias begins at 1. Default true. */
  readonly unitForgetBias?: boolean
}

/** The names of {@link ConvLSTMCellOptions}. */
export const convLSTMCellOptions: readonly string[] = [
  'filters',
  'kernelSize',
  'strides',
  'padding',
  'dataFormat',
  'dilationRate',
  'unitForgetBias',
  'recurrentActivation',
  ...cellOptions,
]

/**
 * One step of {@link ConvLSTM2D} and its kin (Shi et al. 2015): as {@link LSTMCell} with convolutions for products. Sizes of images must be known.
 *
 * Parameters: `kernel` `[…kernelSize, channels, 4 · filters]`, `recurrent_kernel` `[…kernelSize, filters, 4 · filters]`, `bias` `[4 · filters]`. States:
 * `[h, c]`, each of the size of the output.
 */
export class ConvLSTMCell extends RecurrentCell {
  readonly filters: number
  readonly stateSize: readonly [number, number]
  readonly outputSize: number
  private readonly axes: number
  private readonly kernelSize: readonly number[]
  private readonly strides: readonly number[]
  private readonly padding: 'valid' | 'same'
  private readonly dataFormat: ConfigDataFormat
  private readonly dilationRate: readonly number[]
  private readonly settings: CellSettings
  private readonly gate: Activation
  private readonly unitForgetBias: boolean
  kernel: Parameter | undefined
  recurrentKernel: Parameter | undefined
  bias: Parameter | undefined

  constructor(options: ConvLSTMCellOptions, axes: number) {
    super(options, 'ConvLSTMCell', convLSTMCellOptions)
    this.axes = axes
    this.filters = positive(this.name, 'filters', options.filters)
    this.stateSize = [this.filters, this.filters]
    this.outputSize = this.filters
    this.kernelSize = perAxis(this.name, 'kernelSize', options.kernelSize, axes)
    this.strides = perAxis(this.name, 'strides', options.strides ?? 1, axes)
    this.dilationRate = perAxis(this.name, 'dilationRate', options.dilationRate ?? 1, axes)
    strideOrDilation(this.name, this.strides, this.dilationRate)
    this.padding = paddingOf(this.name, options.padding)
    this.dataFormat = dataFormatOf(this.name, options.dataFormat)
    this.settings = new CellSettings(this.name, options)
    this.gate = activationOf(this.name, 'recurrentActivation', options.recurrentActivation, 'sigmoid')
    this.unitForgetBias = flag(this.name, 'unitForgetBias', options.unitForgetBias ?? true)
  }

  override build(step: Dims): void {
    checkRank(this.name, step, this.axes)
    const { filters, kernelSize, settings } = this
    const channels = channelsOf(this.name, step, this.dataFormat)
    this.kernel = this.parameter('kernel', [...kernelSize, channels, 4 * filters], settings.kernel.initializer, settings.kernel)
    const shape = [...kernelSize, filters, 4 * filters]
    this.recurrentKernel = this.parameter('recurrent_kernel', shape, settings.recurrent.initializer, settings.recurrent)
    if (!settings.useBias) return
    const initializer = this.unitForgetBias ? withUnitForget(settings.bias.initializer) : settings.bias.initializer
    this.bias = this.parameter('bias', [4 * filters], initializer, settings.bias)
  }

  override resultDims(step: Dims): Dims {
    checkRank(this.name, step, this.axes)
    const last = this.dataFormat === 'channels_last'
    const spatial = (last ? step.slice(1, -1) : step.slice(2)).map((size, axis) => this.positions(size, axis))
    return last ? [step[0] ?? 1, ...spatial, this.filters] : [step[0] ?? 1, this.filters, ...spatial]
  }

  /** How many windows there are along an axis. */
  private positions(size: Dim, axis: number): number {
    if (typeof size !== 'number') throw new ShapeError(`${this.name}: expected images of known sizes, got ${String(size)} on axis ${axis}. Fix it.`)
    const [kernel, stride, dilation] = [this.kernelSize[axis] ?? 1, this.strides[axis] ?? 1, this.dilationRate[axis] ?? 1]
    return this.padding === 'same' ? Math.ceil(size / stride) : Math.floor((size - (kernel - 1) * dilation - 1) / stride) + 1
  }

  override getInitialState(step: Dims, dtype: DType): Tree {
    const dims = this.resultDims(step)
    return [zeros(dims, { dtype }), zeros(dims, { dtype })]
  }

  begin(step: Dims, context: CallContext): CellRun {
    const { settings, gate, strides, padding, dilationRate, dataFormat } = this
    const drops = settings.drop(context, step, this.resultDims(step), 4)
    const [kernel, recurrent] = [this.read(this.kernel), this.read(this.recurrentKernel)]
    const bias = this.bias && this.biasInFormat(this.read(this.bias))
    // Counted from the end: the same with and without time.
    const channelAxis = dataFormat === 'channels_last' ? -1 : -1 - this.axes
    return {
      project: (x) => {
        const window = { strides, padding, dilationRate, dataFormat }
        const y = byGate(x, kernel, drops.inputs, (own, part) => inSteps(own, this.axes + 2, (image) => conv(image, part, window)), channelAxis)
        return bias === undefined ? y : y.add(bias)
      },
      advance: (projected, states) => {
        const [h, c] = stateTensors(this.name, states, 2)
        const inner = byGate(h, recurrent, drops.state, (own, part) => conv(own, part, { padding: 'same', dataFormat }), channelAxis)
        return lstmStep(split(projected.add(inner), 4, channelAxis), c, gate, settings.activation)
      },
    }
  }

  private biasInFormat(bias: Tensor): Tensor {
    return this.dataFormat === 'channels_last' ? bias : reshape<Shape, readonly number[]>(bias, [4 * this.filters, ...this.kernelSize.map(() => 1)])
  }

  override getConfig(): LayerConfig {
    const { filters, kernelSize, strides, padding, dataFormat, dilationRate, unitForgetBias } = this
    return {
      ...super.getConfig(),
      filters,
      kernelSize: [...kernelSize],
      strides: [...strides],
      padding,
      dataFormat,
      dilationRate: [...dilationRate],
      ...this.settings.config(),
      recurrentActivation: activationConfig(this.gate),
      unitForgetBias,
    }
  }
}

/** A convolution of images `[batch, …]`, or of all steps `[time, batch, …]` at once. */
function inSteps(x: Tensor, rank: number, convolve: (image: Tensor) => Tensor): Tensor {
  if (x.rank === rank) return convolve(x)
  const y = convolve(reshape<Shape, Dims>(x, [-1, ...x.dims.slice(2)]))
  return reshape<Shape, Dims>(y, [...x.dims.slice(0, 2), ...y.dims.slice(1)])
}

/** A convolution with all gates' kernels, or gate by gate where each has dropout of its own; the gates side by side along the axis of channels. */
function byGate(x: Tensor, kernel: Tensor, factors: readonly Tensor[], convolve: (x: Tensor, kernel: Tensor) => Tensor, channelAxis: number): Tensor {
  if (factors.length === 0) return convolve(x, kernel)
  const parts = split(kernel, factors.length, -1).map((part, gate) => convolve(dropped(x, factors, gate), part))
  return concat<readonly Tensor[], number>(parts, channelAxis)
}
