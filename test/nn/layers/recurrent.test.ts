import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type CallContext,
  flattenTree,
  Input,
  Layer,
  layers,
  Model,
  numbersOf,
  ones,
  parametersOf,
  random,
  Sequential,
  Tensor,
  tensor,
  type Tree,
} from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'
import { assertClose } from '../close.ts'

computeOnChosenDevice()

const numbers = (x: Tree): number[] => flattenTree(x).leaves.flatMap((t) => Array.from(numbersOf(t.storageSync())))
const sequence = (...shape: number[]): Tensor => random.normal(random.key(shape.length), shape)

/** A cell of one's own: an average of what it has seen, and how many steps that were, in two states of different sizes. */
class Average extends Layer<Tensor, layers.CellResult, layers.CellCall> implements layers.Cell {
  readonly stateSize = [[3], 1]
  readonly outputSize = 3

  call(x: Tensor, { states }: CallContext & layers.CellCall): layers.CellResult {
    const [sum = x, count = x] = flattenTree(states).leaves
    const [more, next]: [Tensor, Tensor] = [sum.add(x), count.add(1)]
    return [more.divide(next), [[more], next]]
  }
}

test('lstm: the shape of the result follows from the options, in the types, too', () => {
  const x = ones([2, 5, 4])
  const last: Tensor<readonly [2, 8]> = layers.lstm({ units: 8 })(x)
  const all: Tensor<readonly [2, 5, 8]> = layers.lstm({ units: 8, returnSequences: true })(x)
  const [output, h, c]: readonly [Tensor<readonly [2, 8]>, Tensor<readonly [2, 8]>, Tensor<readonly [2, 8]>] = layers.lstm({
    units: 8,
    returnState: true,
  })(x)
  const both: Tensor<readonly [2, 5, 16]> = layers.bidirectional({ layer: layers.gru({ units: 8, returnSequences: true }) })(x)
  assert.deepEqual(
    [last, all, output, h, c, both].map(({ shape }) => shape),
    [
      [2, 8],
      [2, 5, 8],
      [2, 8],
      [2, 8],
      [2, 8],
      [2, 5, 16],
    ],
  )
})

test("lstm: Keras's weights in Keras's order, the forget gate's bias at 1", () => {
  const layer = layers.lstm({ units: 2 })
  layer(sequence(1, 3, 4))
  assert.deepEqual(
    parametersOf(layer).map(({ path, parameter }) => [path, parameter.value.shape]),
    [
      ['cell/kernel', [4, 8]],
      ['cell/recurrent_kernel', [2, 8]],
      ['cell/bias', [8]],
    ],
  )
  assertClose(parametersOf(layer)[2]?.parameter.value ?? [], [0, 0, 1, 1, 0, 0, 0, 0])
})

test('rnn: steps a cell of one’s own with nested states', () => {
  const layer = layers.rnn({ cell: new Average(), returnSequences: true, returnState: true })
  const x = tensor([
    [
      [1, 2, 3],
      [3, 4, 5],
    ],
  ])
  const [output, sum, count] = layer(x)
  assert.deepEqual(output.toArray(), [
    [
      [1, 2, 3],
      [2, 3, 4],
    ],
  ])
  assertClose(numbers([sum ?? [], count ?? []]), [4, 6, 8, 2])
})

test('rnn: a cell of one’s own repeats its output at masked steps', () => {
  const mask = tensor([[true, false, true]], undefined, { dtype: 'bool' })
  const x = tensor([
    [
      [1, 1, 1],
      [9, 9, 9],
      [3, 3, 3],
    ],
  ])
  const all = layers.rnn({ cell: new Average(), returnSequences: true })(x, { mask })
  assertClose(all, [1, 1, 1, 1, 1, 1, 2, 2, 2])
  assertClose(layers.rnn({ cell: new Average() })(x, { mask }), [2, 2, 2])
  assertClose(layers.rnn({ cell: new Average(), returnSequences: true, zeroOutputForMask: true })(x, { mask }), [1, 1, 1, 0, 0, 0, 2, 2, 2])
})

test('lstm: the mask of an embedding keeps padding out', () => {
  const embedding = layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true })
  const layer = layers.lstm({ units: 4 })
  const resultOf = (...indices: number[]): Tensor => layer(embedding(tensor([indices], undefined, { dtype: 'i32' })))
  const short = resultOf(1, 2, 3)
  assertClose(resultOf(1, 2, 3, 0, 0), numbers(short))
})

test('gru: written out it gives what the loop gives, from the last step, too', () => {
  const x = sequence(2, 4, 3)
  for (const goBackwards of [false, true]) {
    const [loop, written] = [false, true].map((unroll) => layers.gru({ units: 3, unroll, goBackwards, returnSequences: true }))
    if (loop === undefined || written === undefined) assert.fail()
    loop(x)
    written(x)
    parametersOf(written).forEach(({ parameter }, i) => {
      parameter.value = parametersOf(loop)[i]?.parameter.value ?? parameter.value
    })
    assertClose(written(x), numbers(loop(x)))
  }
})

test('lstm: a stateful layer goes on where the batch before ended, until it is reset', async () => {
  const x = sequence(2, 6, 3)
  const parts = [0, 3].map((start): Tensor => x.slice([0, start, 0], [2, 3, 3]))
  const model = new Sequential([layers.lstm({ units: 4, stateful: true })])
  model.build([2, 3, 3])
  const [layer] = model.layers
  if (!(layer instanceof layers.LSTM)) assert.fail()
  const whole = layers.lstm({ units: 4 })
  whole(x)
  parametersOf(whole).forEach(({ parameter }, i) => {
    parameter.value = parametersOf(model)[i]?.parameter.value ?? parameter.value
  })
  const wanted = numbers(whole(x))
  const first = await model.predict(parts[0] ?? x, { batchSize: 2 })
  assertClose(await model.predict(parts[1] ?? x, { batchSize: 2 }), wanted)
  layer.resetStates()
  assertClose(await model.predict(parts[0] ?? x, { batchSize: 2 }), numbers(first))
  assert.deepEqual(
    layer.states?.map(({ shape }) => shape),
    [
      [2, 4],
      [2, 4],
    ],
  )
  await assert.rejects(
    async () => model.predict(sequence(3, 3, 3), { batchSize: 3 }),
    /expected batches of one size, as a stateful layer needs them, got 3 after 2/,
  )
})

test('simpleRNN: dropout draws once for a sequence', () => {
  const layer = layers.simpleRNN({
    units: 8,
    activation: 'linear',
    useBias: false,
    kernelInitializer: 'identity',
    recurrentInitializer: 'zeros',
    dropout: 0.5,
    returnSequences: true,
  })
  const x = ones([1, 3, 8])
  layer(x)
  const rows = layer(x, { training: true }).toArray()
  const [[first, ...others] = []] = Array.isArray(rows) ? rows.map((row) => (Array.isArray(row) ? row : [])) : []
  for (const row of others) assert.deepEqual(row, first)
  assert.deepEqual([...new Set(numbers(layer(x, { training: true })))].sort(), [0, 2])
  assertClose(layer(x), numbers(x))
})

test('lstm and gru: recurrent dropout drops while training only, gate by gate', () => {
  const x = sequence(2, 4, 3)
  for (const layer of [
    layers.lstm({ units: 6, recurrentDropout: 0.5, dropout: 0.2 }),
    layers.gru({ units: 6, recurrentDropout: 0.5, resetAfter: false }),
  ]) {
    const rest = numbers(layer(x))
    assert.deepEqual(numbers(layer(x)), rest)
    assert.notDeepEqual(numbers(layer(x, { training: true })), rest)
  }
})

test('lstm: learns with batches of any size, and from the states of an encoder', async () => {
  const source = Input({ shape: [4, 2] })
  const target = Input({ shape: [3, 2] })
  const [, h, c] = layers.lstm({ units: 5, returnState: true })(source)
  const decoded = layers.lstm({ units: 5 })(target, { initialState: [h, c] })
  const model = new Model({ inputs: [source, target], outputs: layers.dense({ units: 1 })(decoded) })
  model.compile({ loss: 'meanSquaredError', optimizer: 'adam' })
  const x = [sequence(7, 4, 2), sequence(7, 3, 2)]
  const history = await model.fit(x, sequence(7, 1), { batchSize: 3, epochs: 8, verbose: 0 })
  const losses = history.history.loss ?? []
  assert.ok(Number(losses.at(-1)) < Number(losses[0]), `expected a smaller loss than ${losses[0]}, got ${losses.at(-1)}`)
})

test('timeDistributed: a layer at every step, as one batch', () => {
  const dense = layers.dense({ units: 2, activation: 'tanh' })
  const x = sequence(3, 4, 5)
  const y = layers.timeDistributed({ layer: dense })(x)
  assert.deepEqual(y.shape, [3, 4, 2])
  assertClose(y, numbers(dense(x)))
})

test('bidirectional: takes weights for both directions', () => {
  const like = layers.bidirectional({ layer: layers.simpleRNN({ units: 2 }) })
  const x = sequence(2, 3, 4)
  const wanted = numbers(like(x))
  const weights = parametersOf(like).map(({ parameter }) => parameter.value)
  assertClose(layers.bidirectional({ layer: layers.simpleRNN({ units: 2 }), weights })(x), wanted)
})

test('recurrent layers: options and inputs that cannot be are named', () => {
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => layers.lstm({ units: 0 }), /^ConfigError: lstm: expected units to be a positive whole number, got 0/],
    [() => layers.gru({ units: 2, dropout: 1 }), /^ConfigError: gru: expected dropout to be a finite number of at least 0 and below 1, got 1/],
    [() => layers.rnn({ cell: [] }), /rnn: expected cell to be a layer with a stateSize, got \[\]/],
    [() => layers.bidirectional({ layer: layers.lstm({ units: 2 }), backwardLayer: layers.lstm({ units: 2 }) }), /differ in goBackwards, got false/],
    [() => layers.lstm({ units: 2 })(sequence(2, 3)), /lstm.*expected inputs \[batch, time, features\], got \[2, 3\]/],
    [() => layers.gru({ units: 2 })(sequence(2, 3, 4), { initialState: [sequence(2, 5)] }), /expected initial state 0 of \[2, 2\], got \[2, 5\]/],
    [() => layers.lstm({ units: 2 })(sequence(2, 3, 4), { initialState: [sequence(2, 2)] }), /expected 2 initial states, got 1/],
    [() => layers.convLSTM2d({ filters: 2, kernelSize: 2, strides: 2, dilationRate: 2 }), /expected strides or dilationRate to be 1/],
    [() => layers.timeDistributed({ layer: layers.dense({ units: 2 }) })(sequence(2, 3)), /expected inputs \[batch, time, features, …\]/],
  ]
  for (const [make, message] of cases) assert.throws(make, message)
})
