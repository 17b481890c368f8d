// What follows when the GPU disappears, its thread ends, memory is out or no adapter answers: each is made to happen.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { afterEach } from 'node:test'
import { createWebgpuDevice, type WebgpuDevice, type WebgpuOptions } from '../../../src/backends/webgpu/index.ts'
import { full, jit, registerDevice, setDefaultDevice, type Tensor, tensor } from '../../../src/index.ts'
import { testOnGpu } from './with-adapter.ts'

afterEach(() => setDefaultDevice(undefined))

function freshDevice(options: WebgpuOptions = {}): WebgpuDevice {
  const device = createWebgpuDevice(options)
  registerDevice({ name: 'webgpu fresh', priority: -1, available: () => undefined, create: () => device })
  setDefaultDevice('webgpu fresh')
  return device
}

const isLost = { name: 'DeviceError', message: /the device was lost \(.*\) and they were nowhere else\. Compute them again, or restore a checkpoint/ }

testOnGpu('webgpu: values that were only on a lost device say so, those with a copy are uploaded again', () => {
  const device = freshDevice()
  const double = jit((x: Tensor): Tensor => x.multiply(2))
  const source = tensor([1, 2, 3])
  const [read, unread] = [double(source), double(source)]
  assert.deepEqual(read.toArray(), [2, 4, 6])
  device.provoke('deviceLoss')
  assert.throws(() => unread.dataSync(), isLost)
  assert.deepEqual(read.toArray(), [2, 4, 6])
  assert.deepEqual(double(source).toArray(), [2, 4, 6])
  assert.deepEqual(double(read).toArray(), [4, 8, 12])
})

testOnGpu('webgpu: a step on lost parameters fails, and so does what is made of its results', async () => {
  const device = freshDevice()
  const step = jit((w: Tensor): Tensor => w.subtract(0.5), { donate: [0] })
  let w: Tensor = step(tensor([1, 2]))
  device.provoke('deviceLoss')
  w = step(step(w))
  assert.throws(() => w.dataSync(), isLost)
  await assert.rejects(step.async(w), isLost)
  assert.deepEqual(step(tensor([1, 2])).toArray(), [0.5, 1.5])
})

testOnGpu('webgpu: a read that is under way when the device disappears ends with an error', async () => {
  const device = freshDevice()
  const step = jit((w: Tensor): Tensor => w.exp().sum())
  const w: Tensor = step(full([512, 512], 0.5))
  const reading = w.data()
  device.provoke('deviceLoss')
  const [outcome] = await Promise.allSettled([reading])
  if (outcome.status === 'rejected') assert.match(String(outcome.reason), isLost.message)
  assert.ok(Math.abs(step(full([2, 2], 0)).itemSync() - 4) < 1e-6)
})

testOnGpu('webgpu: when the thread that owns the GPU ends, values that were only there say so and a new thread takes over', async () => {
  const device = freshDevice()
  const double = jit((x: Tensor): Tensor => x.multiply(2))
  const source = tensor([1, 2, 3])
  const [read, unread] = [double(source), double(source)]
  assert.deepEqual(read.toArray(), [2, 4, 6])
  device.provoke('workerDeath')
  const isGone = { name: 'DeviceError', message: /the thread that owned it is gone \(.*\) and they were nowhere else/ }
  assert.throws(() => unread.dataSync(), isGone)
  assert.deepEqual(double(read).toArray(), [4, 8, 12])
  assert.throws(() => unread.dataSync(), isGone)
  assert.throws(() => double(unread).dataSync(), isGone)
  const late = double(source)
  device.provoke('workerDeath')
  await assert.rejects(late.data(), isGone)
  assert.deepEqual(await double(source).array(), [2, 4, 6])
})

testOnGpu('webgpu: a thread that cannot start is an error that names its module', async () => {
  const device = createWebgpuDevice({ workerUrl: new URL('file:///nowhere/host-worker.js') })
  await assert.rejects(device.describe(), {
    name: 'DeviceError',
    message: /to start from file:\/\/\/nowhere\/host-worker\.js, it did not: .*nowhere.*\. Serve that module beside the bundle/s,
  })
})

testOnGpu('webgpu: a value for which the adapter has too few bindings is an error that says how many it needs', () => {
  const device = freshDevice({ limits: { mostBindings: 4, mostBindingBytes: 2 ** 27 } })
  const square = jit((x: Tensor): Tensor => x.reshape([70_000, 1]).matmul(x.reshape([1, 70_000])))
  assert.throws(() => square(full([70_000], 1)).dataSync(), {
    name: 'DeviceError',
    message:
      /at most 4 storage bindings \(the adapter's maxStorageBuffersPerShaderStage\) of 134217728 bytes .* it needs 148 for 19600280000 bytes in 2 places/,
  })
  assert.ok(device.name === 'webgpu')
})

testOnGpu('webgpu: memory that is out is an error of what needed it, and the device goes on', async (t) => {
  const device = freshDevice()
  const { description } = await device.describe()
  if (!/swiftshader/i.test(description)) {
    t.skip(`how much memory ${description} has is not known; SwiftShader refuses a gibibyte`)
    return
  }
  const fill = jit((x: Tensor): Tensor => x.add(full([2 ** 28], 1)))
  const one = tensor([1])
  const isFull = {
    name: 'DeviceError',
    message: /expected room for 1073741824 bytes, but the adapter refused them while \d+ bytes are in use \(.*\)\. Use smaller/s,
  }
  const large: Tensor = fill(one)
  assert.throws(() => large.dataSync(), isFull)
  assert.throws(() => jit((x: Tensor): Tensor => x.sum())(large).itemSync(), isFull)
  await assert.rejects(fill.async(one), isFull)
  assert.deepEqual(jit((x: Tensor): Tensor => x.add(1))(one).toArray(), [2])
})

function runScript(script: string, env: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, TENON_DEVICE: '', ...env },
  })
}

testOnGpu('webgpu: a process that ends in the midst of its work ends cleanly', () => {
  const script = (end: string): string => `
    import { full, jit, setDefaultDevice } from './src/index.ts'
    setDefaultDevice('webgpu')
    const square = jit((x) => x.matmul(x))
    let x = full([256, 256], 0.001)
    for (let i = 0; i < 8; i++) x = square(x)
    void square(x).data()
    ${end}`
  for (const [end, expected] of [
    ['', 0],
    ['process.exit(3)', 3],
    ["setTimeout(() => { throw new Error('mine') }, 20)", 1],
  ] as const) {
    const { status, signal, stderr } = runScript(script(end))
    assert.deepEqual([status, signal], [expected, null], stderr)
  }
})

testOnGpu('webgpu: where no adapter answers, the error says what to install', () => {
  const { stdout } = runScript(
    `import { setDefaultDevice, tensor } from './src/index.ts'
    setDefaultDevice('webgpu')
    try { tensor([1, 2]).exp().dataSync() } catch (error) { console.log(error.name + ': ' + error.message) }`,
    { VK_DRIVER_FILES: '/nowhere.json' },
  )
  assert.match(stdout, /DeviceError: webgpu: expected an adapter, none answered\. Install libvulkan1 and .*/)
})
