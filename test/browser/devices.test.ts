import assert from 'node:assert/strict'
import test from 'node:test'
import { inBarePage } from './bare-page.ts'
import { needsChromium } from './chromium.ts'

/** The textbook network on 256 samples; its losses. */
const textbook = `
  const { layers, oneHot, random, Sequential } = tenon
  const x = random.normal(random.key(1), [256, 100])
  const y = oneHot(x.slice([0, 0], [256, 10]).argmax(-1), 10)
  const model = new Sequential()
  model.add(layers.dense({ units: 64, activation: 'relu', inputDim: 100 }))
  model.add(layers.dense({ units: 10, activation: 'softmax' }))
  model.compile({ loss: 'categorical_crossentropy', optimizer: 'adam', metrics: ['accuracy'] })
  const { history } = await model.fit(x, y, { epochs: 3, batchSize: 32, verbose: 0 })
  return [crossOriginIsolated, tenon.currentDevice().name, ...history.loss]`

function check(result: unknown, isolated: boolean, device: string): number[] {
  assert.ok(Array.isArray(result), JSON.stringify(result))
  const [isIsolated, name, ...losses] = result
  assert.deepEqual([isIsolated, name], [isolated, device])
  assert.equal(losses.length, 3)
  assert.ok(losses[2] < losses[0], String(losses))
  return losses
}

test(
  'a page with the one file and an import map: the textbook network trains, to the same bits with and without shared memory',
  needsChromium,
  async () => {
    const shared = check(await inBarePage(textbook), true, 'wasm')
    const alone = check(await inBarePage(textbook, { isolated: false }), false, 'wasm')
    assert.deepEqual(alone, shared)
  },
)

test('a worker of a page: trains as the page itself does', needsChromium, async () => {
  check(await inBarePage(textbook, { inWorker: true }), true, 'wasm')
  check(await inBarePage(textbook, { inWorker: true, isolated: false }), false, 'wasm')
})

test('a page: long products share their work between threads, to the same bits', needsChromium, async () => {
  const product = `
    const [a, b] = [1, 2].map((seed) => tenon.random.normal(tenon.random.key(seed), [384, 384]))
    const multiply = tenon.jit((x, y) => x.matmul(y).sum())
    return [tenon.currentDevice().threads, await (await multiply.async(a, b)).item()]`
  const shared = await inBarePage(product)
  const alone = await inBarePage(product, { isolated: false })
  assert.ok(Array.isArray(shared) && Array.isArray(alone), JSON.stringify([shared, alone]))
  assert.equal(alone[0], 1)
  assert.equal(shared[1], alone[1])
})

const gpu = `await tenon.loadWebgpu()\ntenon.setDefaultDevice('webgpu')\n`

test('WebGPU in a page: fetched on demand, the textbook network trains', needsChromium, async () => {
  check(await inBarePage(`${gpu}${textbook}`), true, 'webgpu')
})

test('WebGPU in a worker of an isolated page: numbers can be read at once', needsChromium, async () => {
  const read = `${gpu}
    const x = tenon.arange(64).reshape([8, 8])
    await x.sum().item()
    return x.matmul(x).sum().itemSync()`
  assert.equal(await inBarePage(read, { inWorker: true }), 529_536)
})

test('WebGPU without loadWebgpu, and where the browser has none: says what to do', needsChromium, async () => {
  assert.deepEqual(await inBarePage("tenon.setDefaultDevice('webgpu')"), {
    failed: "DeviceError: device 'webgpu': expected it to be usable here, it is not: it is fetched on demand, call await loadWebgpu() first.",
  })
  const before = "Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined })"
  assert.deepEqual(await inBarePage(gpu, { before }), {
    failed:
      "DeviceError: device 'webgpu': expected it to be usable here, it is not: this browser has no navigator.gpu; use one with WebGPU, over https or on localhost.",
  })
})
