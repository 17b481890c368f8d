import assert from 'node:assert/strict'
import test from 'node:test'
import { type DataTree, Input, layers, Model, numbersOf, random, Sequential, SGD, setRandomSeed, type Tensor, tensor } from '../../../src/index.ts'
import { assertClose } from '../close.ts'

const quiet = { verbose: 0, shuffle: false } as const
const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))
const flat = (model: { getWeights(): Tensor[] }): number[] => model.getWeights().flatMap(numbers)
const draw = (seed: number, shape: readonly number[]): Tensor => tensor(Float32Array.from(numbers(random.normal(random.key(seed), shape))), shape)
const rows = (x: Tensor, from: number, to: number): Tensor => x.gather(tensor(Int32Array.from({ length: to - from }, (_, i) => from + i)))

const x = draw(1, [20, 4])
const y = draw(2, [20, 1])

function regression(): Sequential {
  const model = new Sequential([layers.dense({ units: 3, activation: 'tanh', inputDim: 4 }), layers.dense({ units: 1, name: 'out' })])
  model.compile({ loss: 'mse', optimizer: new SGD({ learningRate: 0.1 }), metrics: ['mae'] })
  return model
}

function two() {
  setRandomSeed(1)
  const [a, b] = [Input({ shape: [4], name: 'a' }), Input({ shape: [2], name: 'b' })]
  const both = layers.concatenate()([a, b])
  const outputs = [layers.dense({ units: 1, name: 'first' })(both), layers.dense({ units: 2, name: 'second' })(both)]
  const model = new Model({ inputs: [a, b], outputs })
  model.compile({ loss: 'mse', optimizer: 'sgd' })
  return model
}

test('data: inputs and outputs by position, by name, and as plain numbers are the same', async () => {
  const [a, b, first, second] = [draw(3, [6, 4]), draw(4, [6, 2]), draw(5, [6, 1]), draw(6, [6, 2])]
  const forms: readonly (readonly [DataTree, DataTree])[] = [
    [
      [a, b],
      [first, second],
    ],
    [
      { b, a },
      { second, first },
    ],
    [
      [a.toArray(), b.toArray()],
      [first.toArray(), second.toArray()],
    ],
  ]
  const results = await Promise.all(
    forms.map(async ([x, y]) => {
      const model = two()
      const { history } = await model.fit(x, y, { ...quiet, epochs: 2, batchSize: 4 })
      assert.deepEqual(Object.keys(history), ['loss', 'firstLoss', 'secondLoss'])
      return [...flat(model), ...(history.loss ?? [])]
    }),
  )
  for (const result of results) assert.deepEqual(result, results[0])
  const model = two()
  assert.deepEqual(
    (await model.predict({ a, b })).map((output) => output.shape),
    [
      [6, 1],
      [6, 2],
    ],
  )
})

test('data: what is missing or not known is named', async () => {
  const [a, b] = [draw(3, [6, 4]), draw(4, [6, 2])]
  await assert.rejects(two().predict({ a, c: b }), /^ConfigError: predict: expected x for a, b, got 'c'\. Did you mean/)
  await assert.rejects(two().predict(a), /predict: expected x for a, b \(a list of 2, or a record by name\), got one/)
  await assert.rejects(two().predict({ a }), /predict: expected x for input 'b', got none/)
  await assert.rejects(two().predict([b, a]), /^ShapeError: predict: expected samples of \[4\] for input 'a', got \[2\]/)
  await assert.rejects(two().predict([a, rows(b, 0, 5)]), /expected as many targets as samples, got 6 in x\[0\] and 5 in x\[1\]/)
  await assert.rejects(two().fit([a, b], [draw(1, [6, 1])], quiet), /expected y for first, second/)
})

test('data: a batch source gives what arrays give: functions, generators, iterables, asynchronous ones', async () => {
  const whole = regression()
  await whole.fit(x, y, { ...quiet, epochs: 2, batchSize: 8 })
  const batch = (from: number) => [rows(x, from, Math.min(from + 8, 20)), rows(y, from, Math.min(from + 8, 20))] as const
  const starts = [0, 8, 16]
  const sources = [
    () => starts.map(batch).values(),
    async function* () {
      for (const from of starts) yield batch(from)
    },
    { [Symbol.iterator]: () => starts.map(batch).values() },
    {
      async *[Symbol.asyncIterator]() {
        for (const from of starts) yield batch(from)
      },
    },
  ]
  for (const source of sources) {
    const model = regression()
    const { history } = await model.fit(source, { epochs: 2, verbose: 0 })
    assert.deepEqual(flat(model), flat(whole))
    assert.equal(history.mae?.length, 2)
  }
  assertClose([(await whole.evaluate(sources[0] ?? [], { verbose: 0 })).loss], [(await whole.evaluate(x, y, { verbose: 0 })).loss], 1e-5)
  assertClose(
    numbers(
      await whole.predict(() =>
        starts
          .map((from) => batch(from)[0])
          .map((part) => [part] as const)
          .values(),
      ),
    ),
    numbers(await whole.predict(x)),
  )
})

test('data: a source that ends early ends training, and says so', async (t) => {
  const warnings: string[] = []
  t.mock.method(console, 'warn', (text: string) => void warnings.push(text))
  function* once() {
    for (let from = 0; from < 20; from += 4) yield [rows(x, from, from + 4), rows(y, from, from + 4)] as const
  }
  const { epoch } = await regression().fit(once(), { epochs: 3, verbose: 0 })
  assert.deepEqual(epoch, [0])
  assert.match(warnings[0] ?? '', /^fit: expected batches for epoch 2, got none: training ends here/)
  const short = await regression().fit(once(), { stepsPerEpoch: 3, epochs: 3, verbose: 0 })
  assert.deepEqual(short.epoch, [0, 1])
  assert.match(warnings[1] ?? '', /^fit: expected 3 steps in epoch 2, got 2: the data ended/)
})

test('data: arrays with stepsPerEpoch go on where the last epoch ended', async () => {
  const seen: number[] = []
  const model = regression()
  const callbacks = [{ onEpochEnd: () => void seen.push(...flat(model).slice(0, 1)) }]
  await model.fit(x, y, { ...quiet, batchSize: 5, stepsPerEpoch: 2, epochs: 4, callbacks })
  const other = regression()
  await other.fit(x, y, { ...quiet, batchSize: 5, epochs: 2 })
  assert.deepEqual(flat(model), flat(other))
  assert.equal(seen.length, 4)
})

test('data: empty and unequal data, and batches of another form', async () => {
  await assert.rejects(
    regression().fit(() => [][Symbol.iterator](), quietSource),
    /^TrainingError: fit: expected at least one batch, got none/,
  )
  const unequal = () => [[x, rows(y, 0, 3)] as const].values()
  await assert.rejects(regression().fit(unequal, quietSource), /fit: expected as many targets as samples, got 20 in x and 3 in y/)
  await assert.rejects(regression().fit(x, y, { ...quiet, sampleWeight: [1, 2] }), /got 20 in x and 2 in sampleWeight/)
  await assert.rejects(
    regression().fit(() => [[x, y] as const].values(), { ...quietSource, validationSplit: 0.1 }),
    /expected no validationSplit beside batches/,
  )
})
const quietSource = { verbose: 0 } as const

test('data: a weight of 0 leaves a sample out of the loss, and of weighted metrics only', async () => {
  const model = regression()
  model.compile({ loss: 'mse', metrics: ['mae'], weightedMetrics: ['mae'] })
  const sampleWeight = Array.from({ length: 20 }, (_, i) => (i < 10 ? 1 : 0))
  const figures = await model.evaluate(x, y, { verbose: 0, sampleWeight })
  const half = await model.evaluate(rows(x, 0, 10), rows(y, 0, 10), { verbose: 0 })
  const all = await model.evaluate(x, y, { verbose: 0 })
  assertClose([figures.loss * 2, figures.weightedMae ?? 0, figures.mae ?? 0], [half.loss, half.mae ?? 1, all.mae ?? 1], 1e-5)
})

test('data: class weights need labels of classes, one output and numbers of at least 0', async () => {
  const model = new Sequential([layers.dense({ units: 3, activation: 'softmax', inputDim: 4 })])
  model.compile({ loss: 'categoricalCrossentropy' })
  const labels = tensor(Int32Array.from({ length: 20 }, (_, i) => i % 3))
  const hot = tensor(Float32Array.from(numbers(labels.oneHot(3))), [20, 3])
  const weighted = await model.trainOnBatch(x, hot, { classWeight: { 0: 2, 1: 2, 2: 2 } })
  assert.ok(weighted.loss > 0)
  await assert.rejects(
    model.fit(x, hot, { ...quiet, classWeight: { 0: -1 } }),
    /fit: expected classWeight as \{ class: weight of at least 0 \}, got 0: -1/,
  )
  await assert.rejects(
    two().fit([draw(3, [6, 4]), draw(4, [6, 2])], [draw(5, [6, 1]), draw(6, [6, 2])], { ...quiet, classWeight: { 0: 1 } }),
    /expected one output for classWeight/,
  )
})

test('data: an option that nobody knows is refused with the nearest known one', async () => {
  const options = JSON.parse('{ "batch_size": 3 }')
  await assert.rejects(
    regression().fit(x, y, options),
    /^ConfigError: fit: expected options among epochs, .+, got 'batch_size'\. Did you mean 'batchSize'\?$/,
  )
  await assert.rejects(regression().evaluate(x, y, options), /Did you mean 'batchSize'\?$/)
  await assert.rejects(regression().predict(x, options), /Did you mean 'batchSize'\?$/)
  await assert.rejects(regression().trainOnBatch(x, y, JSON.parse('{ "sampleWeights": 1 }')), /Did you mean 'sampleWeight'\?$/)
  assert.throws(() => regression().compile(JSON.parse('{ "metric": ["mae"] }')), /^ConfigError: compile: .+ Did you mean 'metrics'\?$/)
})

test('data: validation every second epoch, with its own batch size and steps', async () => {
  const options = { ...quiet, epochs: 4, validationData: [x, y] as const, validationFreq: 2, validationBatchSize: 5, validationSteps: 2 }
  const model = regression()
  const { history } = await model.fit(x, y, options)
  assert.equal(history.valLoss?.length, 2)
  const { loss } = await model.evaluate(rows(x, 0, 10), rows(y, 0, 10), { verbose: 0 })
  assertClose([history.valLoss?.[1] ?? 0], [loss], 1e-6)
  const listed = await regression().fit(x, y, { ...options, validationFreq: [1, 4] })
  assert.equal(listed.history.valLoss?.length, 2)
})

test('data: every hook of Keras is called, in its order', async () => {
  const calls: string[] = []
  const names = [
    'onTrainBegin',
    'onEpochBegin',
    'onTrainBatchBegin',
    'onBatchBegin',
    'onTrainBatchEnd',
    'onBatchEnd',
    'onTestBegin',
    'onTestBatchBegin',
    'onTestBatchEnd',
    'onTestEnd',
    'onEpochEnd',
    'onTrainEnd',
    'onPredictBegin',
    'onPredictBatchBegin',
    'onPredictBatchEnd',
    'onPredictEnd',
  ]
  const callbacks = [Object.fromEntries(names.map((name) => [name, () => void calls.push(name)]))]
  const model = regression()
  await model.fit(x, y, { ...quiet, batchSize: 20, validationData: [x, y], callbacks })
  await model.predict(x, { callbacks, batchSize: 20 })
  assert.deepEqual(calls, names)
})

test('data: batches to validate with are read from the start in every epoch', async () => {
  const parts = [0, 8].map((from): [Tensor, Tensor] => [rows(x, from, from + 8), rows(y, from, from + 8)])
  const valLoss = async (validationData: () => Iterable<[Tensor, Tensor]>) =>
    (await regression().fit(x, y, { ...quiet, epochs: 3, validationData })).history.valLoss ?? []
  const losses = await valLoss(() => parts)
  const whole = (await regression().fit(x, y, { ...quiet, epochs: 3, validationData: [rows(x, 0, 16), rows(y, 0, 16)] })).history.valLoss ?? []
  assert.equal(losses.length, 3)
  losses.forEach((loss, epoch) => {
    assert.ok(Math.abs(loss - (whole[epoch] ?? 0)) < 1e-6)
  })
})
