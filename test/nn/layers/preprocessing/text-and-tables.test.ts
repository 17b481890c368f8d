// Layers of texts, tables and sound where Keras's numbers (test/golden/parity) do not reach: errors, compiled models, strings.

import assert from 'node:assert/strict'
import test from 'node:test'
import { layers, ones, Sequential, tensor, zeros } from '../../../../src/index.ts'
import { computeOnChosenDevice } from '../../../chosen-device.ts'

computeOnChosenDevice()

const ids = (values: readonly (readonly number[])[]) => tensor(values, undefined, { dtype: 'i32' })

test('Hashing gives numbers the bins of their decimal notation', () => {
  const numbers = [0, 7, -3, 123, 4567, 12345678, -12345678, 2147483647, -2147483648]
  for (const salt of [null, 5]) {
    const hashing = layers.hashing({ numBins: 1000, salt })
    assert.deepEqual(hashing(tensor(numbers, undefined, { dtype: 'i32' })).toArray(), hashing(numbers.map(String)).toArray())
  }
})

test('numeric layers work inside compiled models, also for batches of other sizes', async () => {
  const model = new Sequential([
    layers.inputLayer({ shape: [2], dtype: 'i32' }),
    layers.integerLookup({ vocabulary: [5, 3, 9] }),
    layers.categoryEncoding({ numTokens: 4, outputMode: 'count' }),
  ])
  const x = ids([
    [5, 9],
    [3, 3],
    [1, 5],
  ])
  const result = await model.predict(x, { batchSize: 2 })
  assert.deepEqual(result.toArray(), [
    [0, 1, 0, 1],
    [0, 0, 2, 0],
    [1, 1, 0, 0],
  ])
  const hashed = new Sequential([layers.inputLayer({ shape: [2], dtype: 'i32' }), layers.hashing({ numBins: 7 })])
  assert.deepEqual((await hashed.predict(x)).toArray(), layers.hashing({ numBins: 7 })(x).toArray())
})

test('layers of strings say where they belong', () => {
  for (const layer of [layers.stringLookup({ vocabulary: ['a'] }), layers.textVectorization({ vocabulary: ['a'] })]) {
    assert.throws(() => layer(zeros([2, 1])), /expected nested arrays of strings, got Tensor f32 \[2, 1\]\. Call it on strings, outside of models/)
  }
})

test('vocabularies are checked', () => {
  const lookup = (options: Parameters<typeof layers.stringLookup>[0]) => () => layers.stringLookup(options)
  assert.throws(lookup({ vocabulary: ['a', 'b', 'a'] }), /expected every token of the vocabulary once, got 'a' twice/)
  assert.throws(lookup({ vocabulary: ['a', 'm'], maskToken: 'm' }), /expected special tokens at the start .* got 'm' among the others/)
  assert.throws(lookup({ vocabulary: ['a', 'b'], maxTokens: 2 }), /expected a vocabulary of at most 2 tokens .* got 3/)
  assert.throws(lookup({ maxTokens: 1 }), /expected maxTokens to be a whole number of at least 2, got 1/)
  assert.throws(lookup({ vocabulary: ['a'], outputMode: 'tf_idf' }), /expected idfWeights with a vocabulary/)
  assert.throws(lookup({ invert: true, outputMode: 'count' }), /expected outputMode 'int' with invert, got 'count'/)
  assert.throws(lookup({ padToMaxTokens: true }), /expected maxTokens with padToMaxTokens, got none/)
  assert.throws(() => layers.stringLookup({ vocabulary: ['a'], numOovIndices: 0 })(['b']), /expected only words of the vocabulary.* got 'b'/)
  assert.throws(() => layers.stringLookup({ vocabulary: ['a'] }).adapt(['b']), /expected no vocabulary where it is to be found in data/)
  assert.throws(() => layers.stringLookup({ outputMode: 'count' })(['b']), /expected a vocabulary before it is called, got none/)
  assert.throws(() => layers.stringLookup({ vocabulary: ['a'] })([['a'], ['a', 'b']]), /expected arrays of equal lengths, got \[1\] and \[2\]/)
  assert.throws(() => layers.integerLookup({ vocabulary: [1.5] }), /expected every token of vocabulary to be a whole number, got 1.5/)
})

test('texts are standardized and cut by functions', () => {
  const layer = layers.textVectorization({
    standardize: (text) => text.replaceAll('-', ' '),
    split: (text) => text.split(','),
    vocabulary: ['a b', 'c'],
  })
  assert.deepEqual(layer(['a-b,c', 'x']).toArray(), [
    [2, 3],
    [1, 0],
  ])
  assert.throws(() => layer.getConfig(), /expected standardize and split as names where a config is asked for, got a function/)
})

test('adapt takes batches of a generator, as many as steps says', () => {
  function* batches() {
    yield ['a b', 'b']
    yield ['b a']
    yield ['c c c c']
  }
  const layer = layers.textVectorization()
  layer.adapt(batches(), { steps: 2 })
  assert.deepEqual(layer.getVocabulary({ includeSpecialTokens: false }), ['b', 'a'])
})

test('Discretization and Normalization say what they lack', () => {
  assert.throws(() => layers.discretization({}), /expected one of binBoundaries and numBins, got none/)
  assert.throws(
    () => layers.discretization({ binBoundaries: [1, 0] }),
    /expected every one of binBoundaries to be a finite number of at least 1, got 0/,
  )
  assert.throws(() => layers.discretization({ numBins: 3 })(zeros([2])), /expected to know its bins before it is called/)
  assert.throws(() => layers.normalization({ mean: 1 }), /expected mean and variance together, got only mean/)
  assert.throws(() => layers.normalization({ mean: [[1]], variance: [[1]] }), /with at most 1 axes/)
  assert.throws(() => layers.normalization({ axis: 3 })(zeros([2, 2])), /expected every axis from -2 to 1 .* got 3/)
})

test('a pipeline trains where it is called by itself', () => {
  const pipeline = layers.pipeline({ layers: [layers.rescaling({ scale: 2 }), layers.dropout({ rate: 0.5 })] })
  const x = ones([4, 50])
  assert.ok(Array.from(pipelineValues(pipeline(x))).includes(0))
  assert.ok(!Array.from(pipelineValues(pipeline(x, { training: false }))).includes(0))
})

const pipelineValues = (result: unknown): ArrayLike<number> =>
  typeof result === 'object' && result !== null && 'dataSync' in result && typeof result.dataSync === 'function' ? result.dataSync() : []

test('InputSpec tells what fits', () => {
  const spec = new layers.InputSpec({ shape: [null, 3, 1], allowLastAxisSqueeze: true })
  spec.check('own', zeros([2, 3]))
  spec.check('own', zeros([2, 3, 1]))
  assert.throws(() => spec.check('own', zeros([2, 4])), /own: expected an input with shape \[any, 3, 1\], got \[2, 4\]/)
  assert.throws(() => new layers.InputSpec({ minNdim: 3 }).check('own', zeros([2, 4])), /at least 3 axes/)
  assert.throws(() => new layers.InputSpec({ ndim: 2, axes: { 2: 5 } }), /expected axes by whole numbers below 2, got '2'/)
  assert.throws(() => new layers.InputSpec({ axes: { '-1': 5 } }).check('own', zeros([2, 4])), /size 5 along axis -1/)
  assert.deepEqual(new layers.InputSpec(spec.getConfig()).getConfig(), spec.getConfig())
})
