// Memories with addresses of 64 bits: what does not fit the first memory of a device runs in a second one, where the engine has such memories.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { createWasmDevice, type WasmOptions, wasmFacts } from '../../../src/backends/wasm/index.ts'
import type { GraphFunction } from '../../../src/compiler/index.ts'
import { numbersOf, type Storage } from '../../../src/core/index.ts'
import { broadcastTo, jit, type Tensor, tensor } from '../../../src/index.ts'

interface Limits {
  readonly initial: number
  readonly maximum: number
  readonly shared: boolean
  readonly address: string
}

const engine: { Memory: new (limits: Limits) => object } = Reflect.get(globalThis, 'WebAssembly')
const { Memory } = engine
const { usable } = wasmFacts().memory64
const without = usable ? 'this engine has memories of 64 bits' : false
const needed = usable ? false : 'this engine has no memories of 64 bits'
const noSizes = new Map<string, number>()

afterEach(() => {
  Object.assign(engine, { Memory })
})

/** A device whose first memory is refused beyond 256 MiB. */
function smallDevice(options: WasmOptions = {}) {
  class Small extends Memory {
    constructor(limits: Limits) {
      if (limits.address === 'i32' && limits.maximum > 4096) throw new RangeError('could not allocate memory')
      super(limits)
    }
  }
  Object.assign(engine, { Memory: Small })
  return createWasmDevice({ threads: 2, ...options })
}

/** 80 million numbers (305 MiB), all x + 1, and the first 20 000 of them. */
function large(): { readonly graph: GraphFunction; readonly inputs: readonly Storage[] } {
  const x = tensor([2])
  const fn = (t: Tensor): readonly Tensor[] => {
    const all = broadcastTo(t, [80_000_000]).add(1)
    return [all, all.slice([0], [20_000]).multiply(2)]
  }
  return { graph: jit(fn).trace(x), inputs: [x.storageSync()] }
}

const at = (storage: Storage | undefined, i: number): number | undefined => (storage === undefined ? undefined : Number(numbersOf(storage)[i]))

test('wasm: what does not fit memory of 32 bits runs in one of 64; other programs read its results', { skip: needed }, async () => {
  const device = smallDevice()
  const { graph, inputs } = large()
  const program = device.compile(graph)
  for (const [all, first] of [program.run(inputs, noSizes), await program.runAsync(inputs, noSizes)]) {
    assert.equal(at(all, 79_999_999), 3)
    const small = jit((t: Tensor): Tensor => t.add(1)).trace(tensor(new Float32Array(20_000), [20_000]))
    const [result] = device.compile(small).run([first ?? assert.fail()], noSizes)
    assert.deepEqual([at(result, 0), at(result, 19_999)], [7, 7])
  }
})

test('wasm: a memory of 64 bits is used for everything, or never', { skip: needed }, () => {
  const { graph, inputs } = large()
  assert.equal(at(createWasmDevice({ threads: 1, memory64: 'always' }).compile(graph).run(inputs, noSizes)[1], 19_999), 6)
  const never = smallDevice({ memory64: 'never' }).compile(graph)
  assert.throws(() => never.run(inputs, noSizes), {
    message: /expected room for 305\.2 MiB of results, .* or another device\.$/,
  })
})

test('wasm: an engine without memories of 64 bits says which ones have them', { skip: without }, () => {
  const { graph, inputs } = large()
  assert.throws(() => smallDevice().compile(graph).run(inputs, noSizes), {
    message: /^wasm: expected room for 305\.2 MiB of results, .* an engine with 64-bit memory \(Node 24, .*\), or another device\.$/,
  })
  assert.throws(() => createWasmDevice({ memory64: 'always' }), {
    message: /^wasm: expected 64-bit memory, this engine has none\. Use an engine with 64-bit memory \(Node 24, /,
  })
})
