// Layers of LSTM cells whose products are convolutions, for sequences of sequences, images and volumes.

import type { Tensor } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { snakeCase } from '../../layer/layer-names.ts'
import { ConvLSTMCell, convLSTMCellOptions, type ConvLSTMCellOptions } from './conv-lstm-cell.ts'
import type { ImageResult } from './result-types.ts'
import { cellOf, optionsForCell, RNN, type SequenceCall, type SequenceOptions } from './rnn.ts'

/** Options of {@link ConvLSTM1D}, {@link ConvLSTM2D} and {@link ConvLSTM3D}. */
export interface ConvLSTMOptions<State extends boolean = boolean> extends ConvLSTMCellOptions, SequenceOptions<boolean, State> {}

abstract class ConvLSTM<State extends boolean> extends RNN<number, boolean, State> {
  private readonly axes: number

  constructor(options: ConvLSTMOptions<State>, className: string, axes: number) {
    super(
      { ...options, cell: cellOf(options, snakeCase(className), convLSTMCellOptions, () => new ConvLSTMCell(optionsForCell(options), axes)) },
      className,
    )
    this.axes = axes
  }

  protected override get inputRank(): number {
    return this.axes + 3
  }

  override getConfig(): LayerConfig {
    return this.configWithCell()
  }
}

/** The call of a {@link ConvLSTM1D}. */
export interface ConvLSTM1D<State extends boolean = boolean> {
  (x: Tensor, options?: CallOptions & SequenceCall): ImageResult<State>
}

/**
 * A convolutional LSTM (Shi et al. 2015): `[batch, time, length, channels]` to `[batch, length′, filters]`, or `[batch, time, length′, filters]` with
 * `returnSequences`. Parameters: see {@link ConvLSTMCell}.
 *
 * ```ts
 * model.add(layers.convLSTM1d({ filters: 8, kernelSize: 3, inputShape: [10, 32, 2] }))
 * ```
 */
export class ConvLSTM1D<State extends boolean = boolean> extends ConvLSTM<State> {
  constructor(options: ConvLSTMOptions<State>) {
    super(options, 'ConvLSTM1D', 1)
  }
}

/** The call of a {@link ConvLSTM2D}. */
export interface ConvLSTM2D<State extends boolean = boolean> {
  (x: Tensor, options?: CallOptions & SequenceCall): ImageResult<State>
}

/**
 * A convolutional LSTM (Shi et al. 2015): `[batch, time, height, width, channels]` to `[batch, height′, width′, filters]`, or
 * `[batch, time, height′, width′, filters]` with `returnSequences`. Parameters: see {@link ConvLSTMCell}.
 *
 * ```ts
 * model.add(layers.convLSTM2d({ filters: 16, kernelSize: 3, padding: 'same', inputShape: [10, 40, 40, 1] }))
 * ```
 */
export class ConvLSTM2D<State extends boolean = boolean> extends ConvLSTM<State> {
  constructor(options: ConvLSTMOptions<State>) {
    super(options, 'ConvLSTM2D', 2)
  }
}

/** The call of a {@link ConvLSTM3D}. */
export interface ConvLSTM3D<State extends boolean = boolean> {
  (x: Tensor, options?: CallOptions & SequenceCall): ImageResult<State>
}

/**
 * A convolutional LSTM (Shi et al. 2015): `[batch, time, depth, height, width, channels]` to `[batch, depth′, height′, width′, filters]`, or with time with
 * `returnSequences`. Parameters: see {@link ConvLSTMCell}.
 *
 * ```ts
 * model.add(layers.convLSTM3d({ filters: 4, kernelSize: 3, inputShape: [6, 16, 16, 16, 1] }))
 * ```
 */
export class ConvLSTM3D<State extends boolean = boolean> extends ConvLSTM<State> {
  constructor(options: ConvLSTMOptions<State>) {
    super(options, 'ConvLSTM3D', 3)
  }
}
