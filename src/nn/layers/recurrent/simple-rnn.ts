// A layer of the simplest recurrent cell.

import type { Shape, Tensor } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import type { RecurrentResult, StateOf } from './result-types.ts'
import { cellOf, optionsForCell, RNN, type SequenceCall, type SequenceOptions } from './rnn.ts'
import { SimpleRNNCell, simpleRNNCellOptions, type SimpleRNNCellOptions } from './simple-rnn-cell.ts'

/** Options of {@link SimpleRNN}. */
export interface SimpleRNNOptions<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean>
  extends SimpleRNNCellOptions,
    SequenceOptions<Sequences, State> {
  /** Size of state and output. */
  readonly units: Units
}

/** The call of a {@link SimpleRNN}. */
export interface SimpleRNN<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions & SequenceCall): RecurrentResult<S, Units, Sequences, State, readonly [StateOf<S, Units>]>
}

/**
 * h = activation(x · kernel + bias + h₋₁ · recurrent_kernel), step by step: `[batch, time, features]` to `[batch, units]`, or `[batch, time, units]` with
 * `returnSequences`. Parameters: see {@link SimpleRNNCell}.
 *
 * ```ts
 * model.add(layers.simpleRNN({ units: 32, inputShape: [100, 8] }))
 * ```
 */
export class SimpleRNN<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean> extends RNN<
  Units,
  Sequences,
  State
> {
  constructor(options: SimpleRNNOptions<Units, Sequences, State>) {
    super({ ...options, cell: cellOf(options, 'simple_rnn', simpleRNNCellOptions, () => new SimpleRNNCell(optionsForCell(options))) }, 'SimpleRNN')
  }

  protected override get inputRank(): number {
    return 3
  }

  override getConfig(): LayerConfig {
    return this.configWithCell()
  }
}
