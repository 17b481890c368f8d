import assert from 'node:assert/strict'
import test from 'node:test'
import { EarlyStopping, type EarlyStoppingOptions, layers, Sequential } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

/** The epoch at which these figures stop training. */
async function stopsAt(options: EarlyStoppingOptions, values: readonly number[]): Promise<number | undefined> {
  const model = new Sequential([layers.dense({ units: 1, inputDim: 1 })])
  const stopping = new EarlyStopping({ monitor: 'loss', ...options })
  stopping.onTrainBegin()
  for (let epoch = 0; epoch < values.length && !model.stopTraining; epoch++)
    await stopping.onEpochEnd(epoch, { [options.monitor ?? 'loss']: values[epoch] ?? 0 }, model)
  return stopping.stoppedEpoch
}

test('earlyStopping: patience 0 stops at the first epoch that is not better', async () => {
  assert.equal(await stopsAt({}, [3, 2, 2, 1]), 2)
  assert.equal(await stopsAt({}, [3, 2, 1]), undefined)
})

test('earlyStopping: patience counts epochs since the best one', async () => {
  assert.equal(await stopsAt({ patience: 2 }, [3, 2, 4, 1, 4, 4, 4]), 5)
})

test('earlyStopping: accuracies are better when they are higher', async () => {
  assert.equal(await stopsAt({ monitor: 'valAccuracy' }, [0.1, 0.2, 0.15]), 2)
  assert.equal(await stopsAt({ mode: 'max' }, [1, 2, 1]), 2)
})

test('earlyStopping: a change below minDelta is no improvement', async () => {
  assert.equal(await stopsAt({ minDelta: 0.5 }, [3, 2, 1.8]), 2)
})

test('earlyStopping: what does not beat the baseline does not count', async () => {
  assert.equal(await stopsAt({ baseline: 1, patience: 2 }, [3, 2.5, 2.6]), 2)
  assert.equal(await stopsAt({ baseline: 1, patience: 2 }, [3, 0.5, 0.6]), undefined)
})

test('earlyStopping: epochs before startFromEpoch are not looked at', async () => {
  assert.equal(await stopsAt({ startFromEpoch: 2 }, [1, 2, 3, 4]), 3)
})
