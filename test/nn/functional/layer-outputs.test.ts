import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertClose } from '../close.ts'
import { Input, layers, Model, numbersOf, random, Sequential, type Tensor } from '../../../src/index.ts'

const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))
const x = random.normal(random.key(3), [4, 6])

function branches() {
  const input = Input({ shape: [6], name: 'facts' })
  const hidden = layers.dense({ units: 5, activation: 'relu', name: 'hidden' })(input)
  return new Model({ inputs: input, outputs: layers.dense({ units: 2, name: 'head' })(hidden) })
}

test('a layer of a functional model gives its symbolic output, from which another model is made', async () => {
  const model = branches()
  const features = new Model({ inputs: model.input, outputs: model.getLayer('hidden').output })
  const hidden = await features.predict(x, { verbose: 0 })
  assert.deepEqual(hidden.shape, [4, 5])
  assertClose(model.getLayer('head')(hidden), numbers(await model.predict(x, { verbose: 0 })))
})

test('all outputs of a model at once, and a new head on one of them', async () => {
  const model = branches()
  assert.equal(model.getLayer(-1, layers.Dense).units, 2)
  assert.throws(() => model.getLayer('head', layers.LSTM), /expected layer 'head' to be of class LSTM, it is of class Dense/)
  const all = new Model({ inputs: model.inputs, outputs: model.layers.map((layer) => layer.output) })
  assert.deepEqual(
    (await all.predict([x], { verbose: 0 })).map((result) => result.shape),
    [
      [4, 5],
      [4, 2],
    ],
  )
  const other = new Model({ inputs: model.input, outputs: layers.dense({ units: 3 })(model.getLayer('hidden').output) })
  assert.deepEqual((await other.predict(x, { verbose: 0 })).shape, [4, 3])
})

test('the layers of a Sequential have symbolic outputs too, also after layers are removed and added', async () => {
  const model = new Sequential([Input({ shape: [6] }), layers.dense({ units: 5, activation: 'relu' }), layers.dense({ units: 2 })])
  const features = new Model({ inputs: model.input, outputs: model.layers[0]?.output ?? model.output })
  assert.deepEqual((await features.predict(x, { verbose: 0 })).shape, [4, 5])
  model.pop()
  model.add(layers.dense({ units: 7 }))
  const again = new Model({ inputs: model.inputs, outputs: [model.getLayer(0).output, model.output] })
  const [hidden, result] = await again.predict([x], { verbose: 0 })
  assert.deepEqual(
    [hidden?.shape, result?.shape],
    [
      [4, 5],
      [4, 7],
    ],
  )
  assertClose(result ?? x, numbers(await model.predict(x, { verbose: 0 })))
})

test('an input layer gives one symbolic tensor', () => {
  const layer = layers.inputLayer({ shape: [6] })
  assert.equal(layer.output, layer.output)
})

test('a layer that was never called on symbolic tensors says so, and one of several outputs names the list', () => {
  assert.throws(() => layers.dense({ units: 1, name: 'lone' }).output, /lone: expected a layer that was called on what Input makes/)
  assert.throws(() => new Sequential([layers.dense({ units: 1 })]).output, /sequential: expected a model whose input shape is known/)
  const lstm = layers.lstm({ units: 3, returnState: true })
  lstm(Input({ shape: [5, 2] }))
  assert.equal(lstm.outputs.length, 3)
  assert.throws(() => lstm.output, /lstm.output: expected one tensor, it has 3. Use outputs, which is a list./)
})
