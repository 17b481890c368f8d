import assert from 'node:assert/strict'
import test from 'node:test'
import { layers, parametersOf, random, Sequential, type Tensor } from '../../../src/index.ts'
import { MaxNorm } from '../../../src/nn/constraints/index.ts'
import { MultiOptimizer, type Optimizer, OptimizerMap, SGD } from '../../../src/nn/optimizers/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()
const x = random.normal(random.key(1), [16, 4])
const y: Tensor = x.sum(1, { keepDims: true })

/** The weights of a small model after four steps; `useEma` decides what fit ends with. */
async function trained(optimizer: Optimizer): Promise<unknown> {
  const model = new Sequential([layers.dense({ units: 1, inputShape: [4] })], { seed: 3 })
  model.compile({ loss: 'meanSquaredError', optimizer })
  await model.fit(x, y, { epochs: 2, batchSize: 8, verbose: 0, shuffle: false })
  return parametersOf(model).map(({ parameter }) => parameter.value.toArray())
}

test('averages: fit ends with them, as Keras does; of no momentum they are the weights', async () => {
  const plain = await trained(new SGD({ learningRate: 0.1 }))
  assert.deepEqual(await trained(new SGD({ learningRate: 0.1, useEma: true, emaMomentum: 0 })), plain)
  assert.notDeepEqual(await trained(new SGD({ learningRate: 0.1, useEma: true, emaMomentum: 0.9 })), plain)
})

test('averages: each of several optimizers keeps its own', async () => {
  const averaged = await trained(new SGD({ learningRate: 0.1, useEma: true, emaMomentum: 0.5 }))
  const make = () => new SGD({ learningRate: 0.1, useEma: true, emaMomentum: 0.5 })
  const optimizerMap = new OptimizerMap({ defaultOptimizer: make(), optimizerMap: { '.*bias': make() } })
  assert.deepEqual(await trained(new MultiOptimizer({ optimizerMap })), averaged)
})

test('constraints: a layer keeps them while it is trained', async () => {
  const model = new Sequential([layers.dense({ units: 1, inputShape: [4], kernelConstraint: new MaxNorm({ maxValue: 0.5 }) })])
  model.compile({ loss: 'meanSquaredError', optimizer: new SGD({ learningRate: 0.1 }) })
  await model.fit(x, y, { epochs: 3, batchSize: 8, verbose: 0 })
  const [kernel] = parametersOf(model).map(({ parameter }) => parameter)
  const norm = Math.sqrt(kernel?.value.square().sum().itemSync() ?? 0)
  assert.ok(norm < 0.5001 && norm > 0.4, `expected a norm of 0.5, found ${norm}`)
})
