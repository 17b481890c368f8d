import assert from 'node:assert/strict'
import test from 'node:test'
import { currentDevice, jit, Metric, metrics, type Tensor, tensor } from '../../../src/index.ts'
import { assertClose } from '../close.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const scores = tensor([
  [0.7, 0.2, 0.1],
  [0.1, 0.1, 0.8],
  [0.3, 0.4, 0.3],
  [0.9, 0.1, 0],
])
const labels = tensor(Int32Array.of(0, 2, 0, 0))

/** The figure of a metric after one batch, as its pure functions compute it. */
function figure(metric: Metric, yTrue: Tensor, yPred: Tensor): number {
  return metric.compute(metric.update(metric.initialState(yPred.dims), yTrue, yPred)).itemSync()
}

test('accuracies: sparse for labels as numbers, categorical for rows, binary for one output with the border at 0.5', () => {
  assertClose([figure(new metrics.SparseCategoricalAccuracy(), labels, scores)], [0.75])
  assertClose([figure(new metrics.CategoricalAccuracy(), labels.oneHot(3), scores)], [0.75])
  assertClose([figure(new metrics.BinaryAccuracy(), tensor([1, 0, 1, 1]), tensor([[0.9], [0.4], [0.5], [0.6]]))], [0.75])
})

test('a metric is a mean over samples, not over batches, and weighted where there are weights', () => {
  const metric = new metrics.MeanAbsoluteError()
  metric.updateState([[0], [0], [0]], [[1], [2], [3]])
  metric.updateState([[0]], [[10]])
  assertClose([metric.result().itemSync()], [4])
  metric.resetState()
  metric.updateState([[0], [0]], [[1], [5]], { sampleWeight: [3, 1] })
  assertClose([metric.result().itemSync()], [2])
  metric.resetState()
  metric.updateState([[0], [0]], [[1], [5]], { mask: [true, false] })
  assertClose([metric.result().itemSync()], [1])
})

test('a metric counts on beyond 2²⁴, where float32 alone no longer grows', () => {
  const metric = new metrics.Sum()
  const state = { total: tensor(2 ** 24, []), rest: tensor(0, []) }
  const three = [1, 1, 1].reduce((sum) => metric.update(sum, tensor([1])), metric.update(state, tensor([1])))
  assert.equal(metric.compute(three).itemSync(), 2 ** 24 + 4)
  const compiled = jit((start: typeof state, x: Tensor) =>
    metric.compute(metric.update(metric.update(metric.update(metric.update(start, x), x), x), x)),
  )
  assert.equal(compiled(state, tensor([1])).itemSync(), 2 ** 24 + 4)
})

test('a mean in a program writes its sums over those before, which a short step would otherwise have to make buffers for', () => {
  const mean = new metrics.Mean()
  const step = jit((state: metrics.MeanState, x: Tensor) => mean.update(state, x), { donate: [0] })
  const explanation = currentDevice().explain?.(step.trace(mean.initialState(), tensor([1, 2, 3])))
  if (explanation !== undefined) assert.equal(explanation.memory.inPlace, 2)
})

test('a metric that is updated inside a program hands its state on through its cells', () => {
  const metric = new metrics.Mean()
  metric.build()
  const step = jit((cells: readonly Tensor[], x: Tensor) => {
    metric.variables.forEach((cell, i) => {
      cell.value = cells[i] ?? cell.value
    })
    metric.updateState(x)
    return metric.variables.map(({ value }) => value)
  })
  const before = metric.variables.map(({ value }) => value)
  const after = step(before, tensor([1, 3]))
  metric.variables.forEach((cell, i) => {
    cell.value = after[i] ?? cell.value
  })
  assertClose([metric.result().itemSync()], [2])
})

test('MeanMetricWrapper: the mean of a plain function', () => {
  const metric = new metrics.MeanMetricWrapper({ fn: (t, p) => t.subtract(p).abs().max(-1), name: 'worst' })
  metric.updateState([[0, 0]], [[1, -4]])
  metric.updateState([[0, 0]], [[2, 1]])
  assertClose([metric.result().itemSync()], [3])
})

test('a metric of ones own says what it remembers, how that grows and what it stands for', () => {
  class Largest extends Metric<Tensor> {
    override initialState(): Tensor {
      return tensor(0, [])
    }
    override update(state: Tensor, yTrue: Tensor, yPred: Tensor): Tensor {
      return state.maximum(yTrue.subtract(yPred).abs().max())
    }
    override compute(state: Tensor): Tensor {
      return state
    }
  }
  const metric = new Largest()
  metric.updateState([1, 2], [1, 5])
  metric.updateState([1, 2], [2, 2])
  assert.deepEqual([metric.name, metric.result().itemSync()], ['largest', 3])
})

test('metrics: options are checked when they are given', () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => new metrics.AUC({ numThresholds: 1 }), 'auc: expected numThresholds to be a whole number of at least 2, got 1. Change it.'],
    [() => new metrics.AUC({ numLabels: 3 }), 'auc: expected no numLabels without multiLabel, got 3. Set multiLabel to true, or leave it out.'],
    [
      () => new metrics.Precision({ thresholds: [0.5, 1.5] }),
      'precision: expected thresholds to be a finite number of at least 0 and of at most 1, got 1.5. Change it.',
    ],
    [() => new metrics.Recall({ topK: 0 }), 'recall: expected topK to be a whole number of at least 1, got 0. Change it.'],
    [() => new metrics.FBetaScore({ beta: -1 }), 'fbetaScore: expected beta to be a finite number above 0, got -1. Change it.'],
    [() => new metrics.IoU({ numClasses: 2, targetClassIds: [2] }), 'ioU: expected targetClassIds from 0 to 1, got 2. Change it, or numClasses.'],
    [
      () => new metrics.PrecisionAtRecall({ recall: 2 }),
      'precisionAtRecall: expected recall to be a finite number of at least 0 and of at most 1, got 2. Change it.',
    ],
  ]
  for (const [make, message] of cases) assert.throws(make, { name: 'ConfigError', message })
})

test('F1Score: predictions that are no rows of classes are an error', () => {
  assert.throws(() => new metrics.F1Score().updateState([1, 0], [1, 0]), {
    name: 'ShapeError',
    message: 'f1Score: expected predictions [batch, classes], got [2]. Flatten the axes before the last.',
  })
})

test('metrics.get: by name or class in any spelling, short names, configurations', () => {
  assert.ok(metrics.get('mse') instanceof metrics.MeanSquaredError)
  assert.ok(metrics.get('top_k_categorical_accuracy') instanceof metrics.TopKCategoricalAccuracy)
  assert.ok(metrics.get('AUC') instanceof metrics.AUC)
  assert.ok(metrics.get({ className: 'MeanIoU', config: { numClasses: 3, name: null } }) instanceof metrics.MeanIoU)
  assert.throws(() => metrics.get('precison'), { name: 'ConfigError', message: /Did you mean 'precision'\?$/ })
})

test('metrics.serialize and deserialize: an instance and back', () => {
  for (const metric of [
    new metrics.AUC({ curve: 'PR', thresholds: [0.2, 0.6], labelWeights: [1, 2], name: 'area' }),
    new metrics.SensitivityAtSpecificity({ specificity: 0.4, classId: 1 }),
    new metrics.OneHotIoU({ numClasses: 3, targetClassIds: [0, 2], ignoreClass: 1 }),
    new metrics.MeanMetricWrapper({ fn: metrics.huber, name: 'huber' }),
  ]) {
    const made = metrics.deserialize(metrics.serialize(metric))
    assert.ok(made instanceof Metric)
    assert.equal(made.constructor, metric.constructor)
    assert.deepEqual(made.getConfig(), metric.getConfig())
  }
})
