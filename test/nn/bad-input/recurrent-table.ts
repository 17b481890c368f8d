// Recurrent layers and their cells, and what their options may be.

import { layers } from '../../../src/index.ts'
import type { Row } from './check-options.ts'
import {
  activation,
  anything,
  constraint,
  count,
  dataFormat,
  dropRate,
  flag,
  initializer,
  like,
  list,
  nullable,
  perAxis,
  regularizer,
  required,
  seed,
  word,
} from './kinds.ts'
import { layer } from './layer-row.ts'

const cell = {
  activation: nullable(activation),
  useBias: flag,
  kernelInitializer: initializer,
  recurrentInitializer: initializer,
  biasInitializer: initializer,
  kernelRegularizer: regularizer,
  recurrentRegularizer: regularizer,
  biasRegularizer: regularizer,
  kernelConstraint: constraint,
  recurrentConstraint: constraint,
  biasConstraint: constraint,
  dropout: dropRate,
  recurrentDropout: dropRate,
  seed,
}
const gated = { recurrentActivation: nullable(activation), ...cell }
const sequence = { returnSequences: flag, returnState: flag, goBackwards: flag, stateful: flag, unroll: flag, zeroOutputForMask: flag }
const units = required(count())
const images = (axes: number) => ({
  filters: required(count()),
  kernelSize: required(perAxis(count(), axes)),
  strides: like(perAxis(count(), axes), 1),
  padding: word('valid', 'same'),
  dataFormat,
  dilationRate: perAxis(count(), axes),
  unitForgetBias: flag,
  ...gated,
  ...sequence,
})
const aCell = layers.lstmCell({ units: 2 })
const isCell = anything(aCell, (value) => value === aCell, [layers.dense({ units: 2 })])
const aLayer = layers.lstm({ units: 2 })
const isLayer = anything(aLayer, (value) => value === aLayer, [layers.dense({ units: 2 })])
const aDense = layers.dense({ units: 2 })
const anyLayer = anything(aDense, (value) => value === aDense)
const backwards = layers.lstm({ units: 2, goBackwards: true })

export const recurrentTable: readonly Row[] = [
  layer(layers.Bidirectional, 'Bidirectional', {
    layer: required(isLayer),
    mergeMode: nullable(word('concat', 'sum', 'mul', 'ave')),
    weights: list(
      anything(aLayer, () => false, [3]),
      {},
      [],
    ),
    backwardLayer: anything(backwards, (value) => value === backwards, [aLayer]),
  }),
  layer(layers.ConvLSTM1D, 'ConvLSTM1D', images(1)),
  layer(layers.ConvLSTM2D, 'ConvLSTM2D', images(2)),
  layer(layers.ConvLSTM3D, 'ConvLSTM3D', images(3)),
  layer(layers.GRU, 'GRU', { units, resetAfter: flag, ...gated, ...sequence }),
  layer(layers.GRUCell, 'GRUCell', { units, resetAfter: flag, ...gated }),
  layer(layers.LSTM, 'LSTM', { units, unitForgetBias: flag, ...gated, ...sequence }),
  layer(layers.LSTMCell, 'LSTMCell', { units, unitForgetBias: flag, ...gated }),
  layer(layers.RNN, 'RNN', { cell: required(isCell), ...sequence }),
  layer(layers.SimpleRNN, 'SimpleRNN', { units, ...cell, ...sequence }),
  layer(layers.SimpleRNNCell, 'SimpleRNNCell', { units, ...cell }),
  layer(layers.StackedRNNCells, 'StackedRNNCells', { cells: required(list(isCell, { min: 1 })) }),
  layer(layers.TimeDistributed, 'TimeDistributed', { layer: required(anyLayer) }),
]
