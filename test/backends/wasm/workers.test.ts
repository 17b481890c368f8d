// Faults of the wasm device's workers and of its memory: each ends in a result or in an error that says what to do, and the next run works.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { afterEach, test } from 'node:test'
import workerThreads from 'node:worker_threads'
import { createWasmDevice, wasmFacts } from '../../../src/backends/wasm/index.ts'
import type { GraphFunction } from '../../../src/compiler/index.ts'
import { DeviceError, type Storage } from '../../../src/core/index.ts'
import { broadcastTo, jit, scan, type Tensor, tensor } from '../../../src/index.ts'

type MemoryConstructor = new (limits: { initial: number; maximum: number; shared: boolean }) => object

const { Worker } = workerThreads
const engine: { Memory: MemoryConstructor } = Reflect.get(globalThis, 'WebAssembly')
const { Memory } = engine
const started: workerThreads.Worker[] = []
/** Settled when each has sent its first message: that it has started. */
const ready: Promise<void>[] = []

afterEach(() => {
  started.length = 0
  ready.length = 0
  Object.assign(process.getBuiltinModule('node:worker_threads'), { Worker })
  Object.assign(engine, { Memory })
})

/** Notes the workers that are started from now on. */
function watchWorkers(): void {
  class Watched extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args)
      started.push(this)
      ready.push(new Promise((resolve) => this.once('message', () => resolve())))
    }
  }
  Object.assign(process.getBuiltinModule('node:worker_threads'), { Worker: Watched })
}

/** Waits until the workers that were made have started: they do not keep the process themselves. */
async function allReady(): Promise<void> {
  const timer = setInterval(() => undefined, 1000)
  await Promise.all(ready)
  clearInterval(timer)
}

const noSizes = new Map<string, number>()

/** `steps` times x + 1 on 200 000 elements: each step is some tasks. */
function counting(steps: number): { readonly graph: GraphFunction; readonly inputs: readonly Storage[] } {
  const x = tensor(new Float32Array(200_000), [200_000])
  const graph = jit((t: Tensor): Tensor => scan((h: Tensor) => [h.add(1), []], t, [], { length: steps })[0]).trace(x)
  return { graph, inputs: [x.storageSync()] }
}

const firstOf = (results: readonly Storage[]): number => new Float32Array(results[0]?.bytes ?? new ArrayBuffer(4))[0] ?? Number.NaN

for (const [index, role] of ['the worker that leads', 'a worker that helps'].entries()) {
  test(`wasm: when ${role} ends in the middle of a run, the run ends with an error and the next one works`, async () => {
    watchWorkers()
    const device = createWasmDevice({ threads: 2 })
    const [long, short] = [counting(1_000_000), counting(3)]
    const program = device.compile(long.graph)
    await device.compile(short.graph).runOnWorker(short.inputs, noSizes)
    assert.equal(started.length, 2)
    await allReady()
    const run = program.runOnWorker(long.inputs, noSizes)
    // The helper is started first, at the announcement of a program.
    setImmediate(() => void started[index === 0 ? 1 : 0]?.terminate())
    await assert.rejects(
      run,
      (error) => error instanceof DeviceError && /wasm: expected the workers to finish the run.*Run again/.test(error.message),
    )
    assert.equal(firstOf(await device.compile(short.graph).runOnWorker(short.inputs, noSizes)), 3)
    assert.equal(started.length, 4)
  })
}

test('wasm: a worker that is ended just before a synchronous run does not make it hang, and the next one works', async () => {
  watchWorkers()
  const device = createWasmDevice({ threads: 2, patience: 300 })
  const { graph, inputs } = counting(20)
  const program = device.compile(graph)
  await program.runOnWorker(inputs, noSizes)
  await allReady()
  for (const worker of started) void worker.terminate()
  try {
    assert.equal(firstOf(program.run(inputs, noSizes)), 20)
  } catch (error) {
    assert.ok(error instanceof DeviceError && /expected all threads to finish their tasks.*TENON_THREADS=1/.test(error.message), String(error))
  }
  assert.equal(firstOf(program.run(inputs, noSizes)), 20)
  await Promise.all(started.map((worker) => worker.terminate()))
  assert.equal(firstOf(await program.runOnWorker(inputs, noSizes)), 20)
})

test('wasm: where workers cannot be started, programs run on the calling thread, with turns for the event loop', async () => {
  class Refusing {
    constructor() {
      throw new Error('no workers today')
    }
  }
  Object.assign(process.getBuiltinModule('node:worker_threads'), { Worker: Refusing })
  const device = createWasmDevice({ threads: 2 })
  const { graph, inputs } = counting(30)
  const program = device.compile(graph)
  assert.equal(firstOf(program.run(inputs, noSizes)), 30)
  await assert.rejects(program.runOnWorker(inputs, noSizes))
  assert.equal(firstOf(await program.runAsync(inputs, noSizes)), 30)
})

test('wasm: a long run on a worker leaves the event loop free, and other programs run meanwhile', async () => {
  const device = createWasmDevice({ threads: 2 })
  const [long, short] = [counting(3000), counting(2)]
  const [program, other] = [device.compile(long.graph), device.compile(short.graph)]
  const order: string[] = []
  const run = program.runOnWorker(long.inputs, noSizes).then((results) => {
    order.push('long')
    return results
  })
  const queued = other.runOnWorker(short.inputs, noSizes)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(firstOf(other.run(short.inputs, noSizes)), 2)
  order.push('short')
  assert.equal(firstOf(await run), 3000)
  assert.equal(firstOf(await queued), 2)
  assert.deepEqual(order, ['short', 'long'])
})

test('wasm: a thread that may not wait, such as a page has one, looks until the last task is finished', async () => {
  const { wait } = Atomics
  const refused = (): never => {
    throw new TypeError('Atomics.wait cannot be called in this context')
  }
  try {
    Object.assign(Atomics, { wait: refused })
    const { graph, inputs } = counting(50)
    const program = createWasmDevice({ threads: 3 }).compile(graph)
    assert.equal(firstOf(await program.runOnWorker(inputs, noSizes)), 50)
    for (let i = 0; i < 5; i++) assert.equal(firstOf(program.run(inputs, noSizes)), 50)
  } finally {
    Object.assign(Atomics, { wait })
  }
})

test('wasm: TENON_THREADS that is no number of threads is refused', () => {
  const old = process.env.TENON_THREADS
  try {
    for (const text of ['0', 'many', '1.5', '257']) {
      process.env.TENON_THREADS = text
      assert.throws(() => createWasmDevice(), {
        message: `wasm: expected a whole number of threads from 1 to 256, got TENON_THREADS='${text}'. Change it.`,
      })
    }
  } finally {
    if (old === undefined) delete process.env.TENON_THREADS
    else process.env.TENON_THREADS = old
  }
})

test('wasm: the facts say what is missing, and why', () => {
  const facts = wasmFacts()
  assert.equal(facts.simd.usable, true)
  assert.equal(facts.sharedMemory.usable, true)
  assert.match(facts.memory64.reason, facts.memory64.usable ? /gets up to 16 GiB$/ : /what one run needs at once must fit in 4 GiB$/)
  const shared = globalThis.SharedArrayBuffer
  try {
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer')
    Reflect.set(globalThis, 'crossOriginIsolated', false)
    assert.match(
      wasmFacts().sharedMemory.reason,
      /^the page is not isolated from other origins; serve it with Cross-Origin-Opener-Policy: same-origin .*turns/,
    )
    assert.equal(createWasmDevice({ threads: 4 }).threads, 1)
  } finally {
    Object.assign(globalThis, { SharedArrayBuffer: shared })
    Reflect.deleteProperty(globalThis, 'crossOriginIsolated')
  }
})

test('wasm: without shared memory a long loop gives the event loop its turns', async () => {
  const { graph, inputs } = counting(1000)
  let turns = 0
  const timer = setInterval(() => turns++, 0)
  const results = await createWasmDevice({ sharedMemory: false }).compile(graph).runAsync(inputs, noSizes)
  clearInterval(timer)
  assert.equal(firstOf(results), 1000)
  assert.ok(turns > 1, `${turns} turns`)
})

test('wasm: a memory of 4 GiB that is refused is asked for in smaller sizes; shared memory that is refused is done without', () => {
  const asked: string[] = []
  const refusing = (mayShare: boolean, most: number) =>
    class extends Memory {
      constructor(limits: { initial: number; maximum: number; shared: boolean }) {
        asked.push(`${limits.shared ? 'shared' : 'own'} ${limits.maximum / 16} MiB`)
        if (limits.maximum > most || (limits.shared && !mayShare)) throw new RangeError('could not allocate memory')
        super(limits)
      }
    }
  const { graph, inputs } = counting(2)
  Object.assign(engine, { Memory: refusing(true, 16384) })
  assert.equal(firstOf(createWasmDevice({ threads: 2 }).compile(graph).run(inputs, noSizes)), 2)
  assert.deepEqual(asked, ['shared 4096 MiB', 'shared 2048 MiB', 'shared 1024 MiB'])
  asked.length = 0
  Object.assign(engine, { Memory: refusing(false, 65536) })
  const alone = createWasmDevice({ threads: 2 })
  assert.equal(alone.threads, 1)
  assert.equal(firstOf(alone.compile(graph).run(inputs, noSizes)), 2)
  assert.equal(asked.at(-1), 'own 4096 MiB')
})

test('wasm: what does not fit is refused with how much was asked, for what, and what to do', () => {
  class Small extends Memory {
    constructor(limits: { initial: number; maximum: number; shared: boolean }) {
      if (limits.maximum > 4096) throw new RangeError('could not allocate memory')
      super(limits)
    }
  }
  Object.assign(engine, { Memory: Small })
  const device = createWasmDevice({ threads: 1 })
  const x = tensor(new Float32Array(1), [1])
  const graph = jit((t: Tensor): Tensor => broadcastTo(t, [100_000_000]).add(1)).trace(x)
  assert.throws(() => device.compile(graph).run([x.storageSync()], noSizes), {
    message:
      /^wasm: expected room for 381\.5 MiB of results, but of at most 256\.0 MiB of memory 0\.0 MiB are in use\. Use smaller batches, .* or another device\.$/,
  })
})

test('wasm: workers do not keep the process', () => {
  const text = `
    import { createWasmDevice, wasmFacts } from './src/backends/wasm/index.ts'
    import { jit, tensor } from './src/index.ts'
    const x = tensor(new Float32Array(200000), [200000])
    const program = createWasmDevice({ threads: 3 }).compile(jit((t) => t.exp().add(1)).trace(x))
    await program.runOnWorker([x.storageSync()], new Map())
    program.run([x.storageSync()], new Map())
    console.log('done')
  `
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', text], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.deepEqual([status, stdout.trim()], [0, 'done'], stderr)
})
