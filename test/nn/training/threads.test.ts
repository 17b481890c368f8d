// A training gives the same weights to the bit on one thread and on two, and when it is run again.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createNativeDevice, type NativeDevice, nativeUnavailable } from '../../../src/backends/native/index.ts'
import { layers, random, registerDevice, Sequential, setDefaultDevice } from '../../../src/index.ts'

const options = { skip: nativeUnavailable() ?? false }
let native: NativeDevice | undefined
let usual = 1
if (options.skip === false) {
  registerDevice({
    name: 'native-threads',
    priority: -1,
    available: nativeUnavailable,
    create: () => {
      native = createNativeDevice()
      usual = native.threads(0)
      return native
    },
  })
  setDefaultDevice('native-threads')
}
after(() => {
  native?.threads(usual)
  setDefaultDevice(undefined)
})

async function trainedWeights(threads: number): Promise<Buffer> {
  const x = random.normal(random.key(1), [70, 12, 12, 1])
  const y = random.uniform(random.key(2), [70], { maxval: 4 }).floor().cast('i32')
  const model = new Sequential([
    layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [12, 12, 1] }),
    layers.maxPooling2d(),
    layers.flatten(),
    layers.dropout({ rate: 0.2 }),
    layers.dense({ units: 4, activation: 'softmax' }),
  ])
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: 'adam', metrics: ['accuracy'] })
  x.dataSync()
  native?.threads(threads)
  await model.fit(x, y, { epochs: 3, batchSize: 32, verbose: 0, seed: 5 })
  return Buffer.concat(model.getWeights().map((w) => Buffer.from(w.storageSync().bytes)))
}

test('fit: one thread, two threads and a second run give the same weights to the bit', options, async () => {
  const one = await trainedWeights(1)
  assert.ok((await trainedWeights(2)).equals(one))
  assert.ok((await trainedWeights(2)).equals(one))
})
