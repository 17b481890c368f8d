// What callbacks decide on given figures, against Keras.

import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type AnyModel,
  type Callback,
  EarlyStopping,
  LambdaCallback,
  LearningRateScheduler,
  layers,
  optimizers,
  ones,
  ReduceLROnPlateau,
  Sequential,
  SwapEMAWeights,
  tensor,
} from '../../../src/index.ts'
import { CallbackHooks } from '../../../src/nn/callbacks/callback-hooks.ts'
import { camelCase } from '../../../src/nn/options/identifiers.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'
import content from './callbacks.json' with { type: 'json' }
import { casesOf, type GoldenCase, itemsOf, recordError } from './golden-case.ts'

computeOnChosenDevice()

/** One weight; the loss is the model's result, so that gradients are the samples' mean. */
function modelOf(options: optimizers.SGDOptions): Sequential {
  const model = new Sequential([layers.dense({ units: 1, useBias: false, inputDim: 1, kernelInitializer: 'ones' })])
  model.compile({ loss: (_y, p) => p.mean(-1), optimizer: new optimizers.SGD(options) })
  model.build([2, 1])
  return model
}

const weightOf = async (model: AnyModel): Promise<number> => Number((await model.getWeights()[0]?.data())?.[0])

function callbackOf(golden: GoldenCase): Callback {
  const given = golden.get('options')
  const entries = Object.entries(typeof given === 'object' ? (given ?? {}) : {}).map(([name, value]) => [camelCase(name), value])
  const options = { ...Object.fromEntries(entries), monitor: String(golden.get('monitor')) }
  if (golden.row.endsWith('EarlyStopping')) return new EarlyStopping(options)
  if (golden.row.endsWith('ReduceLROnPlateau')) return new ReduceLROnPlateau(options)
  return new LearningRateScheduler((epoch, rate) => (epoch < 3 ? rate : rate * 0.75))
}

const near = (row: string, actual: readonly number[], expected: readonly unknown[]): void => {
  assert.equal(actual.length, expected.length)
  const error = Math.max(0, ...actual.map((value, i) => Math.abs(value - Number(expected[i])) / Math.abs(Number(expected[i]))))
  recordError(row, error)
  assert.ok(error <= 1e-6, `${row}: expected ${expected.join(', ')}, got ${actual.join(', ')}`)
}

for (const golden of casesOf(content)) {
  const { row, name } = golden
  if (golden.get('series') !== undefined) {
    test(`${row}: ${name}: decides as Keras does`, async () => {
      const model = modelOf({ learningRate: 0.5 })
      const hooks = new CallbackHooks(model, [callbackOf(golden)])
      const monitor = camelCase(String(golden.get('monitor')))
      await hooks.each('onTrainBegin')
      const rates: number[] = []
      let stopped: number | undefined
      for (const [epoch, figure] of itemsOf(golden.get('series')).entries()) {
        await hooks.each('onEpochBegin', epoch)
        model.setWeights([tensor([[epoch + 1]])])
        await hooks.each('onEpochEnd', epoch, { [monitor]: Number(figure) })
        rates.push(model.learningRate)
        if (model.stopTraining) {
          stopped = epoch
          break
        }
      }
      await hooks.each('onTrainEnd', {})
      assert.equal(stopped, golden.get('stopped') ?? undefined)
      near(row, [await weightOf(model), ...rates], [golden.get('weight'), ...itemsOf(golden.get('rates'))])
    })
  } else {
    test(`${row}: ${name}: evaluates and ends with the weights that Keras does`, async () => {
      const model = modelOf({ learningRate: 0.125, useEma: true, emaMomentum: 0.5 })
      const [seen, left]: number[][] = [[], []]
      const look = new LambdaCallback({
        onTestBatchEnd: async () => void seen?.push(await weightOf(model)),
        onEpochEnd: async () => void left?.push(await weightOf(model)),
      })
      const x = ones([4, 1])
      const callbacks = [new SwapEMAWeights({ swapOnEpoch: golden.get('swapOnEpoch') === true }), look]
      await model.fit(x, x, { batchSize: 2, epochs: 3, shuffle: false, validationData: [x, x], validationBatchSize: 4, verbose: 0, callbacks })
      const expected = [...itemsOf(golden.get('seen')), ...itemsOf(golden.get('left')), golden.get('weight')]
      near(row, [...(seen ?? []), ...(left ?? []), await weightOf(model)], expected)
    })
  }
}
