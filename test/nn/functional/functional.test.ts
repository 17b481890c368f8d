import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type CallContext,
  Input,
  Layer,
  layers,
  maskOf,
  Model,
  ops,
  type Parameter,
  parametersOf,
  Sequential,
  setRandomSeed,
  type Tensor,
  tensor,
} from '../../../src/index.ts'

test('functional: a shared layer is called twice and has one set of parameters', () => {
  const [a, b] = [Input({ shape: [3], name: 'a' }), Input({ shape: [3], name: 'b' })]
  const shared = layers.dense({ units: 2, useBias: false })
  const model = new Model({ inputs: [a, b], outputs: layers.subtract([shared(a), shared(b)]) })
  assert.deepEqual(
    parametersOf(model).map(({ path }) => path),
    ['dense/kernel'],
  )
  const x = tensor([[1, 2, 3]])
  assert.deepEqual(model([x, x]).toArray(), [[0, 0]])
})

test('functional: operations between layers are computed on what the model is given', () => {
  const x = Input({ shape: [2, 3] })
  const model = new Model({ inputs: x, outputs: ops.mean(x.multiply(2).add(1), 1) })
  assert.deepEqual(
    model(
      tensor([
        [
          [1, 2, 3],
          [3, 4, 5],
        ],
      ]),
    ).toArray(),
    [[5, 7, 9]],
  )
  assert.deepEqual(
    model(
      tensor([
        [
          [0, 0, 0],
          [0, 0, 0],
        ],
        [
          [1, 1, 1],
          [1, 1, 1],
        ],
      ]),
    ).shape,
    [2, 3],
  )
})

test('functional: models are layers of models', () => {
  const x = Input({ shape: [4] })
  const inner = new Model({ inputs: x, outputs: layers.dense({ units: 4, activation: 'tanh' })(x), name: 'block' })
  const outer = new Model({ inputs: x, outputs: layers.dense({ units: 1 })(layers.add([x, inner(x)])) })
  assert.deepEqual(
    parametersOf(outer).map(({ path }) => path),
    ['block/dense/kernel', 'block/dense/bias', 'dense/kernel', 'dense/bias'],
  )
  assert.deepEqual(outer(tensor([[1, 2, 3, 4]])).shape, [1, 1])
})

test('functional: an output that needs another input, and inputs that are numbers, are refused by name', () => {
  const [a, b] = [Input({ shape: [2] }), Input({ shape: [2] })]
  assert.throws(
    () => new Model({ inputs: a, outputs: layers.add([a, b]) }),
    /expected outputs that come from the model's inputs, got one that needs another Input/,
  )
  assert.throws(() => new Model({ inputs: tensor([1]), outputs: a }), /expected inputs that Input or a layer has made/)
  assert.throws(() => new Model({ inputs: a }), /expected both inputs and outputs, got only inputs/)
  const twice = layers.dense({ units: 2, name: 'same' })(layers.dense({ units: 2, name: 'same' })(a))
  assert.throws(() => new Model({ inputs: a, outputs: twice }), /expected layers of different names, got two called 'same'/)
})

test('functional: a model from the middle of another one gives its features', () => {
  const x = Input({ shape: [3] })
  const h = layers.dense({ units: 5, activation: 'relu', name: 'features' })(x)
  const model = new Model({ inputs: x, outputs: layers.dense({ units: 2 })(h) })
  const features = new Model({ inputs: x, outputs: h })
  assert.equal(features.getLayer('features'), model.getLayer('features'))
  assert.deepEqual(features(tensor([[1, 2, 3]])).shape, [1, 5])
  assert.throws(() => model.getLayer('feature'), /expected one of the layers features, dense, got 'feature'/)
})

test('subclass: layers in fields and in arrays are found, and inherit training', () => {
  const seen: boolean[] = []
  class Spy extends Layer {
    call(x: Tensor, context: CallContext): Tensor {
      seen.push(context.training)
      return x
    }
  }
  class Stack extends Model {
    blocks = [layers.dense({ units: 2 }), layers.dense({ units: 2 })]
    spy = new Spy()
    override call(x: Tensor): Tensor {
      return this.spy(this.blocks.reduce<Tensor>((value, block) => block(value), x))
    }
  }
  const model = new Stack()
  model(tensor([[1, 2]]), { training: true })
  assert.deepEqual(
    parametersOf(model).map(({ path }) => path),
    ['blocks_0/kernel', 'blocks_0/bias', 'blocks_1/kernel', 'blocks_1/bias'],
  )
  assert.equal(seen.at(-1), true)
})

test('subclass: a layer with parameters of its own is built by its first call', () => {
  class Scale extends Layer {
    private factor?: Parameter
    override build(shape: readonly number[]): void {
      this.factor = this.parameter('factor', [Number(shape.at(-1))], 'ones')
    }
    call(x: Tensor): Tensor {
      return x.multiply(this.read(this.factor))
    }
  }
  const scale = new Scale()
  assert.deepEqual(scale(tensor([[3, 4]])).toArray(), [[3, 4]])
  assert.equal(scale.name, 'scale')
  assert.deepEqual(
    parametersOf(new Sequential([new Scale({ inputDim: 2 })])).map(({ path }) => path),
    ['scale/factor'],
  )
})

test('masks: pass layers that support them, are joined by merges and end where they are used', () => {
  const ids = tensor([[1, 2, 0]])
  const embedded = layers.embedding({ inputDim: 3, outputDim: 2, maskZero: true })(ids)
  assert.deepEqual(maskOf(embedded)?.toArray(), [[true, true, false]])
  const dense = layers.dense({ units: 2 })(embedded)
  assert.deepEqual(maskOf(layers.add([dense, embedded]))?.toArray(), [[true, true, false]])
  assert.equal(maskOf(layers.globalAveragePooling1d()(dense)), undefined)
  assert.equal(maskOf(layers.flatten()(dense)), undefined)
})

test('seeds: the same one gives the same initial values outside of models', () => {
  const values = () => {
    setRandomSeed(5)
    return layers
      .dense({ units: 3 })(tensor([[1, 2]]))
      .toArray()
  }
  assert.deepEqual(values(), values())
})

test('symbolic tensors: have shapes, and say that they have no numbers', () => {
  const x = Input({ shape: [null, 3] })
  assert.deepEqual(x.dims.map(String), ['batch', 'axis_1', '3'])
  assert.throws(() => layers.dense({ units: 2 })(x).toArray(), /expected/)
})

test('functional: a second tensor instead of options is refused, and the list of inputs proposed', () => {
  const attention = layers.multiHeadAttention({ numHeads: 2, keyDim: 4, name: 'looks' })
  const sequence = Input({ shape: [3, 8] })
  assert.throws(
    () => Reflect.apply(attention, undefined, [sequence, sequence]),
    /looks: expected inputs and then an object of options, got two tensors/,
  )
})
