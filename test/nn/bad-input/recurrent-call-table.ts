// Inputs that recurrent layers and their cells have to refuse.

import { layers } from '../../../src/index.ts'
import { after, type CallRow, refuses, typed, wrong, x } from './call-row.ts'

const units = { units: 2 }
const masks = [
  wrong('a mask of another rank', x(5, 4), { call: { mask: typed('bool') } }),
  wrong('a mask of another length', x(5, 4), { call: { mask: typed('bool', 6) } }),
]
const sequences = [
  wrong('a table', x(4)),
  wrong('images', x(5, 4, 3)),
  after(x(5, 4), 'another width once it is built', x(5, 6)),
  wrong('a width that is not known', x(5, null)),
  wrong('too many states', x(5, 4), { call: { initialState: [x(2), x(2), x(2)] } }),
  wrong('states of another width', x(5, 4), { call: { initialState: [x(3), x(3)] } }),
  ...masks,
]
const one = [
  wrong('a state of another width', x(5, 4), { call: { initialState: x(3) } }),
  wrong('a state of another rank', x(5, 4), { call: { initialState: x(2, 2) } }),
]
const two = [wrong('one state of two', x(5, 4), { call: { initialState: x(2) } })]
const cell = (count: number) => {
  const states = (length: number, width = 2) => ({ states: Array.from({ length }, () => x(width)) })
  const call = states(count)
  return [
    wrong('a batch of numbers', x(), { call }),
    wrong('sequences', x(5, 4), { call }),
    wrong('no states', x(4)),
    wrong('too many states', x(4), { call: states(count + 1) }),
    wrong('states of another width', x(4), { call: states(count, 3) }),
    after(x(4), 'another width once it is built', x(5), { call, afterCall: call }),
  ]
}
const images = (axes: number) => {
  const seen = (channels: number, size = 8) => x(5, ...Array.from({ length: axes }, () => size), channels)
  return [
    wrong('one axis less', x(...Array.from({ length: axes }, () => 8), 3)),
    wrong('one axis more', x(5, 8, ...Array.from({ length: axes }, () => 8), 3)),
    after(seen(3), 'other channels once it is built', seen(4)),
    wrong('a kernel larger than the images', seen(3, 2)),
    wrong('one state of two', seen(3), { call: { initialState: x(...Array.from({ length: axes }, () => 6), 2) } }),
  ]
}
const convolution = { filters: 2, kernelSize: 3 }

export const recurrentCallTable: readonly CallRow[] = [
  refuses(
    layers.Bidirectional,
    { layer: layers.lstm(units) },
    wrong('a table', x(4)),
    wrong('images', x(5, 4, 3)),
    wrong('an odd number of states', x(5, 4), { call: { initialState: [x(2), x(2), x(2)] } }),
    wrong('too few states', x(5, 4), { call: { initialState: [x(2), x(2)] } }),
    after(x(5, 4), 'another width once it is built', x(5, 6)),
    ...masks,
  ),
  refuses(layers.ConvLSTM1D, convolution, ...images(1)),
  refuses(layers.ConvLSTM2D, convolution, ...images(2)),
  refuses(layers.ConvLSTM3D, convolution, ...images(3)),
  refuses(layers.GRU, units, ...sequences, ...one),
  refuses(layers.GRUCell, units, ...cell(1)),
  refuses(layers.LSTM, units, ...sequences, ...two),
  refuses(layers.LSTMCell, units, ...cell(2)),
  refuses(
    layers.RNN,
    { cell: layers.gruCell(units) },
    wrong('a batch of numbers', x()),
    wrong('a table', x(4)),
    wrong('too many states', x(5, 4), { call: { initialState: [x(2), x(2), x(2)] } }),
    ...masks,
    ...one,
  ),
  refuses(layers.SimpleRNN, units, ...sequences, ...one),
  refuses(layers.SimpleRNNCell, units, ...cell(1)),
  refuses(
    layers.StackedRNNCells,
    { cells: [layers.gruCell(units), layers.gruCell(units)] },
    wrong('too few states', x(4), { call: { states: [x(2)] } }),
    wrong('too many states', x(4), { call: { states: [x(2), x(2), x(2)] } }),
  ),
  refuses(
    layers.TimeDistributed,
    { layer: layers.dense(units) },
    wrong('a batch of numbers', x()),
    wrong('a table', x(4)),
    wrong('what the layer inside refuses', x(5, 4), { options: { layer: layers.conv2d({ filters: 2, kernelSize: 3 }) } }),
    after(x(5, 4), 'another width once it is built', x(5, 6)),
    ...masks,
  ),
]
