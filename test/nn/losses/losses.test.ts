import assert from 'node:assert/strict'
import test from 'node:test'
import { type Dims, grad, Loss, losses, type Tensor, tensor, withMask, zeros } from '../../../src/index.ts'
import { assertClose } from '../close.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const { log } = Math
const numbers = (x: Tensor): number[] => Array.from(x.dataSync(), Number)
const probabilities = tensor([
  [0.7, 0.2, 0.1],
  [0.1, 0.1, 0.8],
])

test('categoricalCrossentropy: −Σ t log p of each sample', () => {
  const target = tensor([
    [1, 0, 0],
    [0, 0.5, 0.5],
  ])
  const expected = [-log(0.7), -(0.5 * log(0.1) + 0.5 * log(0.8))]
  assertClose(numbers(losses.categoricalCrossentropy(target, probabilities)), expected)
  assertClose([new losses.CategoricalCrossentropy().compute(target, probabilities).itemSync()], [((expected[0] ?? 0) + (expected[1] ?? 0)) / 2])
})

test('sparseCategoricalCrossentropy: labels are numbers, with or without a last axis', () => {
  const expected = [-log(0.2), -log(0.8)]
  assertClose(numbers(losses.sparseCategoricalCrossentropy(tensor(Int32Array.of(1, 2)), probabilities)), expected)
  assertClose(numbers(losses.sparseCategoricalCrossentropy(tensor([[1], [2]]), probabilities)), expected)
})

test('SparseCategoricalCrossentropy: the mean is over samples and steps', () => {
  const logits = tensor([
    [
      [0, 0],
      [1, 0],
    ],
  ])
  const loss = new losses.SparseCategoricalCrossentropy({ fromLogits: true })
  assertClose([loss.compute(tensor([[0, 1]]), logits).itemSync()], [(log(2) + log(1 + Math.E)) / 2])
})

test('cross-entropies from logits stay finite where probabilities would not, and so do their gradients', () => {
  const logits = tensor([[1000, 0]])
  const target = tensor([[0, 1]])
  assertClose(numbers(losses.categoricalCrossentropy(target, logits, { fromLogits: true })), [1000])
  assertClose(numbers(losses.binaryCrossentropy(target, logits, { fromLogits: true })), [(1000 + log(2)) / 2])
  const slope = grad((z: Tensor) => new losses.CategoricalCrossentropy({ fromLogits: true }).compute(target, z))(logits)
  assertClose(numbers(slope), [1, -1])
})

test('a loss leaves masked steps out of the count, and multiplies by weights of samples or of steps', () => {
  const target = zeros([2, 3, 1])
  const prediction = tensor([
    [[1], [2], [3]],
    [[4], [5], [6]],
  ])
  const loss = new losses.MeanSquaredError()
  const mask = tensor([
    [true, true, false],
    [true, false, false],
  ])
  assertClose([loss.compute(target, prediction, { mask }).itemSync()], [(1 + 4 + 16) / 3])
  assertClose([loss.compute(target, withMask(prediction, mask)).itemSync()], [(1 + 4 + 16) / 3])
  assertClose([loss.compute(target, prediction, { mask, sampleWeight: tensor([1, 2]) }).itemSync()], [(1 + 4 + 32) / 3])
  assertClose([loss.compute(target, prediction.multiply(1), { sampleWeight: tensor([1, 2]) }).itemSync()], [(14 + 2 * 77) / 6])
})

test('a loss of ones own has a call for samples; the rest is the base class', () => {
  class Largest extends Loss {
    override call(yTrue: Tensor, yPred: Tensor): Tensor {
      return yTrue.subtract(yPred).abs().max(-1)
    }
  }
  const loss = new Largest({ reduction: 'sum' })
  assert.deepEqual(loss.getConfig(), { name: 'largest', reduction: 'sum', dtype: null })
  assertClose(
    [
      loss
        .compute(
          zeros([2, 2]),
          tensor([
            [1, -3],
            [2, 0.5],
          ]),
        )
        .itemSync(),
    ],
    [5],
  )
})

test('losses: half precision is computed in float32', () => {
  const loss = new losses.MeanSquaredError().compute(zeros([1, 1]), tensor([[300]]).cast('f16'))
  assert.equal(loss.dtype, 'f32')
  assertClose([loss.itemSync()], [90000])
})

test('losses: targets of another shape are an error that names both', () => {
  assert.throws(() => losses.meanSquaredError(zeros([4]), zeros([4, 2])), {
    name: 'ShapeError',
    message: 'meanSquaredError: expected targets of [4, 2] as the predictions, got [4]. Give one target for every output.',
  })
  assert.throws(() => losses.meanSquaredError(zeros([4, 1]), zeros([4, 2])), { name: 'ShapeError' })
  assert.throws(() => losses.sparseCategoricalCrossentropy(zeros([4, 3]), zeros([4, 3])), {
    name: 'ShapeError',
    message:
      'sparseCategoricalCrossentropy: expected one label for each of [4] predictions, got targets of [4, 3]. Rows of probabilities belong to categoricalCrossentropy.',
  })
})

test('losses: weights that belong to no sample are an error', () => {
  const weights: Dims = [3]
  assert.throws(() => new losses.MeanSquaredError().compute(zeros([4, 2]), zeros([4, 2]), { sampleWeight: zeros(weights) }), {
    name: 'ShapeError',
    message:
      'meanSquaredError: expected a weight for each of [4] values (or for each of their leading axes), got weights of [3]. Give one weight per sample.',
  })
})

test('losses: options are checked when they are given', () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => new losses.Huber({ delta: 0 }), 'huberLoss: expected delta to be a finite number above 0, got 0. Change it.'],
    [
      () => new losses.BinaryCrossentropy({ labelSmoothing: 2 }),
      'binaryCrossentropy: expected labelSmoothing to be a finite number of at least 0 and of at most 1, got 2. Change it.',
    ],
    [
      () => new losses.CategoricalGeneralizedCrossEntropy({ q: 1 }),
      'categoricalGeneralizedCrossEntropy: expected q to be a finite number above 0 and below 1, got 1. Change it.',
    ],
    [
      () => new losses.SparseCategoricalCrossentropy({ ignoreClass: 0.5 }),
      'sparseCategoricalCrossentropy: expected ignoreClass to be a whole number, got 0.5. Change it.',
    ],
  ]
  for (const [make, message] of cases) assert.throws(make, { name: 'ConfigError', message })
  const reduction: string = 'average'
  assert.throws(() => losses.deserialize({ className: 'MeanSquaredError', config: { reduction } }), {
    name: 'ConfigError',
    message:
      "meanSquaredError: expected reduction to be one of 'sumOverBatchSize', 'sum', 'mean', 'meanWithSampleWeight', 'none', got 'average'. Change it.",
  })
})

test('losses.get: functions by their names, instances by those of their classes', () => {
  assert.equal(losses.get('mse'), losses.meanSquaredError)
  assert.equal(losses.get('mean_squared_error'), losses.meanSquaredError)
  assert.ok(losses.get('MeanSquaredError') instanceof losses.MeanSquaredError)
  assert.throws(() => losses.get('meansquarederor'), { name: 'ConfigError', message: /Did you mean 'meanSquaredError'\?$/ })
})

test('losses.serialize and deserialize: an instance and back', () => {
  const loss = new losses.Tversky({ alpha: 0.3, axis: [1, 2], reduction: 'none', name: 'overlap' })
  const serialized = losses.serialize(loss)
  assert.deepEqual(serialized, {
    className: 'Tversky',
    config: { name: 'overlap', reduction: 'none', dtype: null, alpha: 0.3, beta: 0.5, axis: [1, 2] },
  })
  const made = losses.deserialize(serialized)
  assert.ok(made instanceof losses.Tversky)
  assert.deepEqual(made.getConfig(), loss.getConfig())
  assert.equal(losses.serialize(losses.logCosh), 'logCosh')
  assert.equal(losses.deserialize('log_cosh'), losses.logCosh)
})
