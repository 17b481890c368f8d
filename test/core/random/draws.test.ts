import assert from 'node:assert/strict'
import test from 'node:test'
import { numbersOf, random, tensor, type Tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()
const key = random.key(5)
const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))

test('SeedGenerator: gives different keys, the same ones for the same seed, and goes on from a count', () => {
  const [first, second] = [new random.SeedGenerator(7), new random.SeedGenerator({ seed: 7, name: 'mine' })]
  const drawn = [numbers(random.normal(first, [4])), numbers(random.normal(first, [4]))]
  assert.notDeepEqual(drawn[0], drawn[1])
  assert.deepEqual([numbers(random.normal(second, [4])), numbers(random.normal(second, [4]))], drawn)
  const resumed = new random.SeedGenerator(7)
  resumed.count = 1
  assert.deepEqual(numbers(random.normal(resumed, [4])), drawn[1])
  assert.deepEqual(second.getConfig(), { seed: 7, name: 'mine' })
})

test('SeedGenerator: without a seed it differs from others, and a seed has to be whole', () => {
  assert.notEqual(new random.SeedGenerator().seed, new random.SeedGenerator().seed)
  assert.throws(() => new random.SeedGenerator(0.5), /SeedGenerator: expected a whole seed, got 0\.5/)
})

test('categorical: draws several per row, with the probabilities of the logits', () => {
  const logits = tensor([
    [0, Math.log(3)],
    [-50, 0],
  ])
  const draws = random.categorical(key, logits, 2000)
  assert.deepEqual([draws.dtype, draws.shape], ['i32', [2, 2000]])
  const [first, second] = [numbers(draws).slice(0, 2000), numbers(draws).slice(2000)]
  assert.ok(Math.abs(first.reduce((a, b) => a + b, 0) / 2000 - 0.75) < 4 * Math.sqrt((0.75 * 0.25) / 2000))
  assert.ok(second.every((i) => i === 1))
  assert.deepEqual(random.categorical(key, logits).shape, [2])
  assert.throws(() => random.categorical(key, logits, 0), /categorical: expected numSamples .* got 0/)
})

test('shuffle: reorders the slices of an axis and keeps each whole', () => {
  const x = tensor(
    Float32Array.from({ length: 40 }, (_, i) => i),
    [20, 2],
  )
  const rows = numbers(random.shuffle(key, x))
  assert.notDeepEqual(rows, numbers(x))
  assert.ok(rows.every((value, i) => i % 2 === 0 || value === (rows[i - 1] ?? 0) + 1))
  assert.deepEqual(
    [...rows].sort((a, b) => a - b),
    numbers(x),
  )
  assert.deepEqual(
    numbers(random.shuffle(key, x, 1))
      .map((v) => v % 2)
      .filter((_, i) => i % 2 === 0)
      .every((v, _, all) => v === all[0]),
    true,
  )
})

test('dropout: zeros a part, scales the rest, and shares a pattern where the noise has size 1', () => {
  const ones = tensor(new Float32Array(4000).fill(1), [1000, 4])
  const dropped = numbers(random.dropout(key, ones, 0.2))
  assert.ok(dropped.every((v) => v === 0 || Math.abs(v - 1.25) < 1e-6))
  assert.ok(Math.abs(dropped.filter((v) => v === 0).length / 4000 - 0.2) < 4 * Math.sqrt((0.2 * 0.8) / 4000))
  const rows = numbers(random.dropout(key, ones, 0.5, { noiseShape: [null, 1] }))
  assert.ok(rows.every((v, i) => v === rows[i - (i % 4)]))
  assert.ok(numbers(random.dropout(key, ones, 1)).every((v) => v === 0))
  assert.throws(() => random.dropout(key, ones, 1.5), /dropout: expected a rate from 0 to 1, got 1\.5/)
  assert.throws(() => random.dropout(key, ones, 0.5, { noiseShape: [1] }), /dropout: expected 2 sizes in noiseShape/)
})

test('draws name the option that is out of range', () => {
  assert.throws(() => random.gamma(key, [2], 0), /gamma: expected alpha above 0, got 0/)
  assert.throws(() => random.beta(key, [2], 1, -1), /beta: expected beta above 0, got -1/)
  assert.throws(() => random.binomial(key, [2], -1, 0.5), /binomial: expected counts of at least 0, got -1/)
  assert.throws(() => random.binomial(key, [2], 1, 2), /binomial: expected probabilities from 0 to 1, got 2/)
  assert.throws(() => random.randint(key, [2], 3, 3), /randint: expected whole numbers minval < maxval.* got 3 and 3/)
})

test('draws come in the dtype that is named', () => {
  assert.equal(random.normal(key, [2], { dtype: 'f64' }).dtype, 'f64')
  assert.equal(random.uniform(key, [2], { dtype: 'f16' }).dtype, 'f16')
  assert.equal(random.randint(key, [2], 0, 9, { dtype: 'i64' }).dtype, 'i64')
  assert.equal(random.binomial(key, [2], 3, 0.5, { dtype: 'i32' }).dtype, 'i32')
})
