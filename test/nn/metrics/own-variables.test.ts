import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dims, full, Input, Layer, layers, Metric, Model, ones, type Parameter, type Tensor } from '../../../src/index.ts'

class Over extends Metric {
  readonly count = this.addVariable({ name: 'count' })

  override updateState(yTrue: Tensor, yPred: Tensor): void {
    this.count.assignAdd(yPred.greater(yTrue).cast('f32').sum())
  }

  override result(): Tensor {
    return this.count.value
  }
}

class Scale extends Layer {
  factor: Parameter | undefined

  override build(shape: Dims): void {
    this.factor = this.addWeight({ name: 'factor', shape: [Number(shape.at(-1))], initializer: 'ones', regularizer: 'l2' })
  }

  call(x: Tensor): Tensor {
    return x.multiply(this.read(this.factor))
  }
}

test('a metric with cells of its own is updated and forgotten by steps, as in Keras', async () => {
  const input = Input({ shape: [2] })
  const model = new Model({ inputs: input, outputs: layers.dense({ units: 1, kernelInitializer: 'ones' })(input) })
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: [new Over({ name: 'over' })] })
  const [x, y] = [ones([6, 2]), full([6, 1], 1)]
  assert.equal((await model.evaluate(x, y, { batchSize: 4, verbose: 0 })).over, 6)
  assert.equal((await model.evaluate(x, y, { batchSize: 4, verbose: 0 })).over, 6)
  assert.equal((await model.evaluate(x, full([6, 1], 3), { batchSize: 4, verbose: 0 })).over, 0)
})

test('a metric without a formula says what to override', () => {
  class Empty extends Metric {}
  assert.throws(() => new Empty({ name: 'empty' }).updateState([1], [1]), /empty: expected Empty to have initialState, it has not. Override/)
})

test('addWeight makes a parameter with everything by name', async () => {
  const input = Input({ shape: [2] })
  const layer = new Scale()
  const model = new Model({ inputs: input, outputs: layer(input) })
  model.compile({ optimizer: 'sgd', loss: 'mse' })
  assert.deepEqual(layer.factor?.shape, [2])
  assert.ok(Math.abs(((await model.evaluate(ones([3, 2]), ones([3, 2]), { verbose: 0 })).loss ?? 0) - 0.02) < 1e-6)
})
