// What every runtime must be able to do on a device: operations, gradients, jit, a training, weights to a file and back. Runs from a folder
// where tenon is installed, with the device's name as argument; prints one line of JSON.

import { grad, jit, layers, listDevices, random, Sequential, setDefaultDevice, type Tensor, tensor } from 'tenon'
import { rmSync } from 'node:fs'
import process from 'node:process'

const [device = '', weightsFile = 'smoke.safetensors'] = process.argv.slice(2)

const network = () =>
  new Sequential([layers.dense({ units: 16, activation: 'relu', inputDim: 8 }), layers.dense({ units: 3, activation: 'softmax' })], { seed: 1 })

async function smoke() {
  const unavailable = listDevices().find(({ name }) => name === device)?.unavailable
  if (unavailable !== undefined) return { unavailable }
  setDefaultDevice(device)

  const product = await tensor([[1, 2, 3]])
    .matmul(tensor([[4], [5], [6]]))
    .item()
  const slope = await grad((x: Tensor): Tensor => x.square().sum())(tensor([1, -2, 3])).data()
  const fused = await jit((x: Tensor): Tensor => x.multiply(2).add(1).tanh().sum())(tensor([0, 0.5, 1])).item()

  const model = network()
  const x = random.normal(random.key(1), [64, 8])
  const y = x.slice([0, 0], [64, 3]).argmax(-1)
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: 'adam', metrics: ['accuracy'] })
  const { history } = await model.fit(x, y, { epochs: 3, batchSize: 16, verbose: 0 })
  await model.saveWeights(weightsFile)
  const loaded = network()
  await loaded.loadWeights(weightsFile)
  rmSync(weightsFile)
  const [own, other] = [await model.predict(x), await loaded.predict(x)]
  const difference = await own.subtract(other).abs().max().item()

  return { product, slope: Array.from(slope, Number), fused, losses: history.loss, difference }
}

// The process must end by itself: no worker may hold it.
console.log(JSON.stringify(await smoke()))
