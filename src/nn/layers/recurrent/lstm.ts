// A layer of cells with an input, a forget and an output gate.

import type { Shape, Tensor } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { LSTMCell, lstmCellOptions, type LSTMCellOptions } from './lstm-cell.ts'
import type { RecurrentResult, StateOf } from './result-types.ts'
import { cellOf, optionsForCell, RNN, type SequenceCall, type SequenceOptions } from './rnn.ts'

/** Options of {@link LSTM}. */
export interface LSTMOptions<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean>
  extends LSTMCellOptions,
    SequenceOptions<Sequences, State> {
  /** Size of both states and of the output. */
  readonly units: Units
}

/** The call of an {@link LSTM}. */
export interface LSTM<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean> {
  <S extends Shape>(
    x: Tensor<S>,
    options?: CallOptions & SequenceCall,
  ): RecurrentResult<S, Units, Sequences, State, readonly [StateOf<S, Units>, StateOf<S, Units>]>
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997): `[batch, time, features]` to `[batch, units]`, or `[batch, time, units]` with
 * `returnSequences`. Formula and parameters: see {@link LSTMCell}; states: `[h, c]`.
 *
 * ```ts
 * model.add(layers.embedding({ inputDim: 10000, outputDim: 64, maskZero: true }))
 * model.add(layers.lstm({ units: 128 }))
 * ```
 */
export class LSTM<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean> extends RNN<
  Units,
  Sequences,
  State
> {
  constructor(options: LSTMOptions<Units, Sequences, State>) {
    super({ ...options, cell: cellOf(options, 'lstm', lstmCellOptions, () => new LSTMCell(optionsForCell(options))) }, 'LSTM')
  }

  protected override get inputRank(): number {
    return 3
  }

  override getConfig(): LayerConfig {
    return this.configWithCell()
  }
}
