import test from 'node:test'
import { accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy, tensor } from '../../src/index.ts'
import { assertClose } from './close.ts'
import { computeOnChosenDevice } from '../chosen-device.ts'

computeOnChosenDevice()

const scores = tensor([
  [0.7, 0.2, 0.1],
  [0.1, 0.1, 0.8],
  [0.3, 0.4, 0.3],
  [0.9, 0.1, 0],
])
const labels = tensor(Int32Array.of(0, 2, 0, 0))

test('accuracy: sparse for labels as numbers', () => {
  assertClose([accuracy(labels, scores).mean().itemSync(), sparseCategoricalAccuracy(labels, scores).mean().itemSync()], [0.75, 0.75])
})

test('accuracy: categorical for targets of the shape of the predictions', () => {
  assertClose([accuracy(labels.oneHot(3), scores).mean().itemSync(), categoricalAccuracy(labels.oneHot(3), scores).mean().itemSync()], [0.75, 0.75])
})

test('accuracy: binary for one output, with the border at 0.5', () => {
  const p = tensor([[0.9], [0.4], [0.5], [0.6]])
  assertClose(
    [
      accuracy(tensor([1, 0, 1, 1]), p)
        .mean()
        .itemSync(),
      binaryAccuracy(tensor([[1], [0], [0], [0]]), p)
        .mean()
        .itemSync(),
    ],
    [0.75, 0.75],
  )
})
