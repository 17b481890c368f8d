import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layers, ones, Sequential, ShapeError, zeros } from '../../../src/index.ts'

test('a layer has its weights, those that are trained and the others, by name and as copies', () => {
  const norm = layers.batchNormalization()
  norm(ones([2, 3]))
  const names = (weights: typeof norm.weights): string[] => weights.map(({ name }) => name)
  assert.deepEqual(names(norm.weights), ['gamma', 'beta', 'moving_mean', 'moving_variance'])
  assert.deepEqual(names(norm.trainableWeights), ['gamma', 'beta'])
  assert.deepEqual(names(norm.nonTrainableWeights), ['moving_mean', 'moving_variance'])
  assert.equal(norm.countParams(), 12)
  norm.trainable = false
  assert.equal(norm.trainableWeights.length, 0)
})

test('weights of one layer of a model are set from those of another, and checked', () => {
  const [from, to] = [
    new Sequential([layers.dense({ units: 2, inputDim: 3 })]),
    new Sequential([layers.dense({ units: 2, inputDim: 3 })], { seed: 1 }),
  ]
  to.getLayer(0).setWeights(from.getLayer(0).getWeights())
  assert.deepEqual(to.getLayer(0, layers.Dense).kernel?.value.toArray(), from.getLayer(0, layers.Dense).kernel?.value.toArray())
  assert.throws(() => to.getLayer(0).setWeights([zeros([2, 3]), zeros([2])]), ShapeError)
})

test('a class makes the layer that a config describes', () => {
  const made = layers.Dense.fromConfig(layers.dense({ units: 4, activation: 'relu', name: 'hidden' }).getConfig())
  assert.ok(made instanceof layers.Dense)
  assert.deepEqual([made.name, made.units, made(ones([1, 2])).shape], ['hidden', 4, [1, 4]])
})
