import assert from 'node:assert/strict'
import test from 'node:test'
import {
  customObjectScope,
  getCustomObjects,
  getRegisteredName,
  getRegisteredObject,
  Layer,
  type LayerOptions,
  layers,
  modelFromJson,
  registerKerasSerializable,
  Sequential,
  type Tensor,
} from '../../../src/index.ts'

class Doubled extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options, 'Doubled')
  }
  call(x: Tensor): Tensor {
    return x.multiply(2)
  }
}

test('customObjectScope: names stand for classes until the function, or its promise, is done', async () => {
  const serialized = { className: 'Doubled', config: { name: 'twice' } }
  assert.throws(() => layers.deserialize(serialized), /expected one of/)
  const made = customObjectScope({ Doubled }, () => layers.deserialize(serialized))
  assert.ok(made instanceof Doubled)
  const json = await new Sequential([layers.dense({ units: 2, inputDim: 3 }), made]).toJson()
  const model = await customObjectScope({ Doubled }, () => modelFromJson(json))
  assert.ok(model.layers[1] instanceof Doubled)
  assert.equal(getRegisteredObject('Doubled'), undefined)
  await assert.rejects(modelFromJson(json), /'Doubled'/)
  assert.throws(() => customObjectScope({ Doubled }, () => layers.deserialize({ className: 'Other', config: {} })))
  assert.equal(getRegisteredObject('Doubled'), undefined)
})

test('registerKerasSerializable: a registered class is known by both names, and loaded without being handed in', async () => {
  assert.equal(registerKerasSerializable({ package: 'Tests' })(Doubled), Doubled)
  assert.deepEqual([getRegisteredName(Doubled), getRegisteredName(Sequential)], ['Tests>Doubled', 'Sequential'])
  assert.deepEqual([getRegisteredObject('Tests>Doubled'), getRegisteredObject('Doubled')], [Doubled, Doubled])
  assert.equal(getRegisteredObject('Other', { Other: Sequential }), Sequential)
  const json = await new Sequential([new Doubled({ inputShape: [3] })]).toJson()
  assert.ok((await modelFromJson(json)).layers[0] instanceof Doubled)
  assert.throws(() => registerKerasSerializable({ package: 'Tests', name: 'Doubled' })(Sequential), /'Tests>Doubled', which is taken/)
  assert.ok(getCustomObjects().delete('Tests>Doubled'))
  assert.equal(getRegisteredObject('Doubled'), undefined)
})
