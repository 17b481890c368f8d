import assert from 'node:assert/strict'
import test from 'node:test'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  fromLogits,
  losses,
  meanSquaredError,
  sparseCategoricalCrossentropy,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts'
import { assertClose } from './close.ts'
import { computeOnChosenDevice } from '../chosen-device.ts'

computeOnChosenDevice()

const { log } = Math
const probabilities = tensor([
  [0.7, 0.2, 0.1],
  [0.1, 0.1, 0.8],
])

test('categoricalCrossentropy: the mean of −Σ t log p over samples', () => {
  const target = tensor([
    [1, 0, 0],
    [0, 0.5, 0.5],
  ])
  assertClose([categoricalCrossentropy(target, probabilities).itemSync()], [-(log(0.7) + 0.5 * log(0.1) + 0.5 * log(0.8)) / 2])
})

test('categoricalCrossentropy: probabilities are divided by their sum first, and kept from 0, as in Keras', () => {
  const loss = (p: Tensor): number => categoricalCrossentropy(tensor([[1, 0]]), p).itemSync()
  assertClose([loss(tensor([[2, 6]]))], [-log(0.25)])
  assertClose([loss(tensor([[0, 1]]))], [-log(1e-7)], 1e-5)
})

test('sparseCategoricalCrossentropy: labels are numbers, with or without a last axis', () => {
  const expected = [-(log(0.2) + log(0.8)) / 2]
  assertClose([sparseCategoricalCrossentropy(tensor(Int32Array.of(1, 2)), probabilities).itemSync()], expected)
  assertClose([sparseCategoricalCrossentropy(tensor([[1], [2]]), probabilities).itemSync()], expected)
})

test('sparseCategoricalCrossentropy: the mean is over samples and steps', () => {
  const logits = tensor([
    [
      [0, 0],
      [1, 0],
    ],
  ])
  const loss = fromLogits('sparse_categorical_crossentropy').compute(tensor([[0, 1]]), logits)
  assertClose([loss.itemSync()], [(log(2) + log(1 + Math.E)) / 2])
})

test('cross-entropies from logits stay finite where probabilities would not', () => {
  const logits = tensor([[1000, 0]])
  assertClose([categoricalCrossentropy(tensor([[0, 1]]), logits, { fromLogits: true }).itemSync()], [1000])
  assertClose([binaryCrossentropy(tensor([[0, 1]]), logits, { fromLogits: true }).itemSync()], [(1000 + log(2)) / 2])
})

test('binaryCrossentropy: the mean of −t log p − (1 − t) log(1 − p)', () => {
  const loss = binaryCrossentropy(tensor([1, 0, 1]), tensor([[0.9], [0.2], [0.5]]))
  assertClose([loss.itemSync()], [-(log(0.9) + log(0.8) + log(0.5)) / 3], 1e-5)
})

test('meanSquaredError: the mean over every element', () => {
  assertClose([meanSquaredError(tensor([[1, 2]]), tensor([[3, 5]])).itemSync()], [(4 + 9) / 2])
  assertClose([meanSquaredError(tensor([1, 2]), tensor([[3], [5]])).itemSync()], [(4 + 9) / 2])
})

test('losses: targets of another shape are an error that names both', () => {
  assert.throws(() => meanSquaredError(zeros([4]), zeros([4, 2])), {
    name: 'ShapeError',
    message: 'meanSquaredError: expected targets of [4, 2] as the predictions, got [4]. Give one target for every output.',
  })
  assert.throws(() => sparseCategoricalCrossentropy(zeros([4, 3]), zeros([4, 3])), {
    name: 'ShapeError',
    message:
      'sparseCategoricalCrossentropy: expected one label for each of [4] predictions, got targets of [4, 3]. Rows of probabilities belong to categoricalCrossentropy.',
  })
})

test('losses: every name is a function', () => {
  assert.deepEqual(Object.keys(losses), ['categoricalCrossentropy', 'sparseCategoricalCrossentropy', 'binaryCrossentropy', 'meanSquaredError', 'mse'])
  assert.equal(losses.mse, meanSquaredError)
})
