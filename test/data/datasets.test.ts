import assert from 'node:assert/strict'
import test from 'node:test'
import {
  packXYSampleWeight,
  padSequences,
  Sequential,
  layers,
  splitDataset,
  type Tensor,
  tensor,
  timeseriesDatasetFromArray,
  toCategorical,
  unpackXYSampleWeight,
} from '../../src/index.ts'

const numbers = (x: Tensor | undefined): number[] => (x === undefined ? [] : Array.from(x.dataSync(), Number))
const range = (count: number): Tensor => tensor(Float32Array.from({ length: count }, (_, i) => i))

test('toCategorical: classes become rows with a one, as many as the largest class says', () => {
  const rows = toCategorical([[0], [2], [1]])
  assert.deepEqual([rows.shape, rows.dtype], [[3, 3], 'f32'])
  assert.deepEqual(numbers(rows), [1, 0, 0, 0, 0, 1, 0, 1, 0])
  assert.deepEqual(toCategorical(tensor([1, 0]), { numClasses: 4 }).shape, [2, 4])
  assert.throws(() => toCategorical([0, 3], { numClasses: 3 }), /expected classes from 0 to 2, got 3/)
})

test('padSequences: sequences get one length, padded and cut at either end', () => {
  const sequences = [[1], [2, 3], [4, 5, 6, 7], []]
  const padded = padSequences(sequences)
  assert.deepEqual([padded.shape, padded.dtype], [[4, 4], 'i32'])
  assert.deepEqual(numbers(padded), [0, 0, 0, 1, 0, 0, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0])
  const cut = padSequences(sequences, { maxlen: 3, padding: 'post', truncating: 'post', value: 9 })
  assert.deepEqual(numbers(cut), [1, 9, 9, 2, 3, 9, 4, 5, 6, 9, 9, 9])
  assert.deepEqual(numbers(padSequences([[1, 2, 3]], { maxlen: 2 })), [2, 3])
})

test('padSequences: samples of a sequence may have a shape of their own, one for all', () => {
  const padded = padSequences(
    [
      [[1.5, 2]],
      [
        [3, 4],
        [5, 6],
      ],
    ],
    { dtype: 'f32' },
  )
  assert.deepEqual(padded.shape, [2, 2, 2])
  assert.deepEqual(numbers(padded), [0, 0, 1.5, 2, 3, 4, 5, 6])
  assert.throws(() => padSequences([[[1, 2]], [[1]]]), /expected samples of \[2\], got \[1\] in sequence 1/)
})

test('splitDataset: shares and numbers of samples, in order or shuffled, of every tensor alike', () => {
  const [left, right] = splitDataset(range(10), { leftSize: 0.7 })
  assert.deepEqual(
    [numbers(left), numbers(right)],
    [
      [0, 1, 2, 3, 4, 5, 6],
      [7, 8, 9],
    ],
  )
  const [some, others] = splitDataset({ x: range(6), y: range(6) }, { leftSize: 2, rightSize: 0.5, shuffle: true, seed: 3 })
  assert.deepEqual([some.x.shape, others.y.shape], [[2], [3]])
  assert.deepEqual(numbers(some.x), numbers(some.y))
  assert.equal(new Set([...numbers(some.x), ...numbers(others.x)]).size, 5)
  assert.throws(() => splitDataset(range(4), { leftSize: 3, rightSize: 3 }), /make up 4 at most, got 3 and 3/)
  assert.throws(() => splitDataset(range(4), {}), /expected leftSize or rightSize, got neither/)
})

test('timeseriesDatasetFromArray: windows with strides between them and inside them, and their targets', () => {
  const series = Float32Array.from({ length: 20 }, (_, i) => i)
  const options = { sequenceLength: 3, sequenceStride: 2, samplingRate: 2, batchSize: 4, startIndex: 3, endIndex: 17 }
  const batches = [
    ...timeseriesDatasetFromArray(
      series,
      series.map((value) => value * 10),
      options,
    ),
  ]
  assert.deepEqual(
    batches.map(([x]) => numbers(x)),
    [
      [3, 5, 7, 5, 7, 9, 7, 9, 11, 9, 11, 13],
      [11, 13, 15],
    ],
  )
  assert.deepEqual(
    batches.map(([, y]) => numbers(y)),
    [[30, 50, 70, 90], [110]],
  )
  assert.deepEqual(
    [...timeseriesDatasetFromArray(series, null, { sequenceLength: 19, batchSize: null })].map(([x]) => x.shape),
    [[19], [19]],
  )
  assert.throws(() => timeseriesDatasetFromArray(series, null, { sequenceLength: 21 }), /expected at least 21 steps/)
})

test('timeseriesDatasetFromArray: shuffled windows are all there, in another order in every pass, and train a model', async () => {
  const windows = timeseriesDatasetFromArray(range(40), range(40), { sequenceLength: 4, batchSize: 8, shuffle: true, seed: 1 })
  const [first, second] = [[...windows].flatMap(([, y]) => numbers(y)), [...windows].flatMap(([, y]) => numbers(y))]
  assert.notDeepEqual(first, second)
  assert.deepEqual(
    first.sort((a, b) => a - b),
    Array.from({ length: 37 }, (_, i) => i),
  )
  const model = new Sequential([layers.dense({ units: 1, inputDim: 4 })])
  model.compile({ loss: 'mse', optimizer: 'adam' })
  const { history } = await model.fit(windows, { epochs: 2, verbose: 0 })
  assert.equal(history.loss?.length, 2)
})

test('packXYSampleWeight: batches are packed without what is missing and unpacked with it', () => {
  assert.deepEqual(packXYSampleWeight(1), [1])
  assert.deepEqual(packXYSampleWeight(1, 2), [1, 2])
  assert.deepEqual(packXYSampleWeight(1, undefined, 3), [1, undefined, 3])
  assert.deepEqual(unpackXYSampleWeight([1, 2]), [1, 2, undefined])
  assert.deepEqual(unpackXYSampleWeight(range), [range, undefined, undefined])
  assert.throws(() => unpackXYSampleWeight(new Array<number>(4)), /got a list of 4/)
})
