// Layers for sequences, step by step.

import { Bidirectional, type BidirectionalOptions, type MergeMode } from './bidirectional.ts'
import type { Cell, CellCall, CellResult, StateSize } from './cell.ts'
import { ConvLSTM1D, ConvLSTM2D, ConvLSTM3D, type ConvLSTMOptions } from './conv-lstm.ts'
import { GRU, type GRUOptions } from './gru.ts'
import { GRUCell, type GRUCellOptions } from './gru-cell.ts'
import { LSTM, type LSTMOptions } from './lstm.ts'
import { LSTMCell, type LSTMCellOptions } from './lstm-cell.ts'
import { RNN, type RNNOptions, type SequenceCall, type SequenceOptions } from './rnn.ts'
import { SimpleRNN, type SimpleRNNOptions } from './simple-rnn.ts'
import { SimpleRNNCell, type SimpleRNNCellOptions } from './simple-rnn-cell.ts'
import { StackedRNNCells, type StackedRNNCellsOptions } from './stacked-rnn-cells.ts'
import { TimeDistributed } from './time-distributed.ts'
import type { WrapperOptions } from '../core/wrapper.ts'

export {
  Bidirectional,
  ConvLSTM1D,
  ConvLSTM2D,
  ConvLSTM3D,
  GRU,
  GRUCell,
  LSTM,
  LSTMCell,
  RNN,
  SimpleRNN,
  SimpleRNNCell,
  StackedRNNCells,
  TimeDistributed,
}
export type {
  BidirectionalOptions,
  Cell,
  CellCall,
  CellResult,
  ConvLSTMOptions,
  GRUCellOptions,
  GRUOptions,
  LSTMCellOptions,
  LSTMOptions,
  MergeMode,
  RNNOptions,
  SequenceCall,
  SequenceOptions,
  SimpleRNNCellOptions,
  SimpleRNNOptions,
  StackedRNNCellsOptions,
  StateSize,
}

/** A {@link Bidirectional} layer: a recurrent layer in both directions. */
export const bidirectional = <L extends RNN, const Mode extends MergeMode = 'concat'>(
  options: BidirectionalOptions<L, Mode>,
): Bidirectional<L, Mode> => new Bidirectional(options)
/** A {@link ConvLSTM1D} layer: an LSTM of sequences with convolutions for products. */
export const convLSTM1d = <const State extends boolean = false>(options: ConvLSTMOptions<State>): ConvLSTM1D<State> => new ConvLSTM1D(options)
/** A {@link ConvLSTM2D} layer: an LSTM of images with convolutions for products. */
export const convLSTM2d = <const State extends boolean = false>(options: ConvLSTMOptions<State>): ConvLSTM2D<State> => new ConvLSTM2D(options)
/** A {@link ConvLSTM3D} layer: an LSTM of volumes with convolutions for products. */
export const convLSTM3d = <const State extends boolean = false>(options: ConvLSTMOptions<State>): ConvLSTM3D<State> => new ConvLSTM3D(options)
/** A {@link GRU} layer: gated recurrent units. */
export const gru = <const Units extends number, const Sequences extends boolean = false, const State extends boolean = false>(
  options: GRUOptions<Units, Sequences, State>,
): GRU<Units, Sequences, State> => new GRU(options)
/** A {@link GRUCell}: one step of a GRU. */
export const gruCell = (options: GRUCellOptions): GRUCell => new GRUCell(options)
/** An {@link LSTM} layer: long short-term memory. */
export const lstm = <const Units extends number, const Sequences extends boolean = false, const State extends boolean = false>(
  options: LSTMOptions<Units, Sequences, State>,
): LSTM<Units, Sequences, State> => new LSTM(options)
/** An {@link LSTMCell}: one step of an LSTM. */
export const lstmCell = (options: LSTMCellOptions): LSTMCell => new LSTMCell(options)
/** An {@link RNN} layer: any cell, step by step. */
export const rnn = <const Sequences extends boolean = false, const State extends boolean = false>(
  options: RNNOptions<Sequences, State>,
): RNN<number, Sequences, State> => new RNN(options)
/** A {@link SimpleRNN} layer: the state goes back into the next step. */
export const simpleRNN = <const Units extends number, const Sequences extends boolean = false, const State extends boolean = false>(
  options: SimpleRNNOptions<Units, Sequences, State>,
): SimpleRNN<Units, Sequences, State> => new SimpleRNN(options)
/** A {@link SimpleRNNCell}: one step of a SimpleRNN. */
export const simpleRNNCell = (options: SimpleRNNCellOptions): SimpleRNNCell => new SimpleRNNCell(options)
/** {@link StackedRNNCells}: several cells as one. */
export const stackedRNNCells = (options: StackedRNNCellsOptions): StackedRNNCells => new StackedRNNCells(options)
/** A {@link TimeDistributed} layer: the layer inside at every step. */
export const timeDistributed = (options: WrapperOptions): TimeDistributed => new TimeDistributed(options)
