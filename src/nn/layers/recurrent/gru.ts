// A layer of cells with an update and a reset gate.

import type { Shape, Tensor } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { GRUCell, gruCellOptions, type GRUCellOptions } from './gru-cell.ts'
import type { RecurrentResult, StateOf } from './result-types.ts'
import { cellOf, optionsForCell, RNN, type SequenceCall, type SequenceOptions } from './rnn.ts'

/** Options of {@link GRU}. */
export interface GRUOptions<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean>
  extends GRUCellOptions,
    SequenceOptions<Sequences, State> {
  /** Size of state and output. */
  readonly units: Units
}

/** The call of a {@link GRU}. */
export interface GRU<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions & SequenceCall): RecurrentResult<S, Units, Sequences, State, readonly [StateOf<S, Units>]>
}

/**
 * Gated recurrent units (Cho et al. 2014): `[batch, time, features]` to `[batch, units]`, or `[batch, time, units]` with `returnSequences`. Formula and
 * parameters: see {@link GRUCell}.
 *
 * ```ts
 * model.add(layers.gru({ units: 64, returnSequences: true, inputShape: [100, 8] }))
 * ```
 */
export class GRU<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean> extends RNN<
  Units,
  Sequences,
  State
> {
  constructor(options: GRUOptions<Units, Sequences, State>) {
    super({ ...options, cell: cellOf(options, 'gru', gruCellOptions, () => new GRUCell(optionsForCell(options))) }, 'GRU')
  }

  protected override get inputRank(): number {
    return 3
  }

  override getConfig(): LayerConfig {
    return this.configWithCell()
  }
}
