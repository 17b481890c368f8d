import assert from 'node:assert/strict'
import test from 'node:test'
import { ConfigError, ShapeError, Tensor, ops, tensor, vmap } from '../../../src/index.ts'
import { activations, linear, resolveActivation } from '../../../src/nn/activations/activations.ts'
import { logitsBehind } from '../../../src/nn/activations/logits-behind.ts'

const rows = () => tensor([[-1, 0, 2]])

test('activations: nothing is linear, a function stays itself, names are taken in any spelling', () => {
  const own = (x: Tensor) => x.add(1)
  assert.equal(resolveActivation(), linear)
  assert.equal(resolveActivation(null), linear)
  assert.equal(resolveActivation(own), own)
  assert.equal(resolveActivation('hard_sigmoid'), activations.hardSigmoid)
  assert.equal(resolveActivation('HardSigmoid'), activations.hardSigmoid)
})

test('activations: an unknown name is an error that names the nearest', () => {
  assert.throws(
    () => activations.get('rellu'),
    (error: unknown) => error instanceof ConfigError && /got 'rellu'\. Did you mean 'relu'\?$/.test(error.message),
  )
  assert.throws(
    () => activations.deserialize({ className: 'Dense', config: {} }),
    /activation: expected \{ className: 'function', config: name \}, got \{"className":"Dense","config":\{\}\}/,
  )
})

test('activations: functions of one’s own are found by name and give it', () => {
  const twice = (x: Tensor) => x.multiply(2)
  assert.equal(activations.serialize(twice), 'twice')
  assert.equal(activations.deserialize('twice', { twice }), twice)
  assert.throws(
    () =>
      activations.serialize(
        (
          () => (x: Tensor) =>
            x
        )(),
      ),
    /activations\.serialize: expected a function with a name/,
  )
})

test('softmax: a vector is an error as an activation, and rows remember their logits', () => {
  assert.throws(
    () => activations.softmax(tensor([1, 2])),
    (error: unknown) => error instanceof ShapeError && error.message.startsWith('softmax: expected [batch, …, classes], got [2].'),
  )
  const x = rows()
  assert.equal(logitsBehind(activations.softmax(x))?.value, x)
  assert.equal(logitsBehind(activations.softmax(x, 0)), undefined)
  assert.equal(logitsBehind(activations.sigmoid(x))?.activation, 'sigmoid')
  assert.equal(
    ops
      .softmax(tensor([0, 0]))
      .toArray()
      .toString(),
    '0.5,0.5',
  )
})

test('relu: options that make no sense are errors', () => {
  assert.throws(() => activations.relu(rows(), { maxValue: -1 }), /relu: expected maxValue to be at least 0, got -1/)
  assert.throws(() => activations.relu(rows(), { negativeSlope: -0.1 }), /relu: expected negativeSlope to be at least 0, got -0\.1/)
})

test('activations: run under vmap', () => {
  const each = vmap((x: Tensor) => activations.hardSilu(activations.mish(x)))
  assert.deepEqual(each(rows()).shape, [1, 3])
})
