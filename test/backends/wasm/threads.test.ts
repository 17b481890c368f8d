// Threads of the wasm device: the same bits for any number of them, for every kind of kernel that is cut into tasks; and faults of workers.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWasmDevice, wasmFacts } from '../../../src/backends/wasm/index.ts'
import { cumsum, gather, grad, jit, logSoftmax, maxPool, random, scan, sort, type Tensor, tensor, whileLoop } from '../../../src/index.ts'
import { conv } from '../../../src/core/index.ts'
import type { GraphFunction } from '../../../src/compiler/index.ts'
import { device } from '../../../src/index.ts'
import { numbersOf, type Storage } from '../../../src/core/index.ts'

const draw = (seed: number, shape: readonly number[]): Tensor => random.normal(random.key(seed), shape)

const indices = tensor(
  Int32Array.from({ length: 700 }, (_, i) => (i * 7919) % 3000),
  [700],
)

type Case = readonly [name: string, fn: (...args: Tensor[]) => Tensor | readonly Tensor[], args: readonly Tensor[]]

const poolLoss = (x: Tensor): Tensor => maxPool(x, 2).square().sum()
const convLoss = (x: Tensor, f: Tensor): Tensor => conv(x, f, { padding: 'same' }).square().sum()

const cases: readonly Case[] = [
  ['elementwise', (x) => x.multiply(2).tanh().add(1), [draw(1, [300, 401])]],
  [
    'elementwise, transposed',
    (x) =>
      x
        .permute([1, 0])
        .add(1)
        .multiply(x.permute([1, 0])),
    [draw(2, [311, 403])],
  ],
  ['softmax', (x) => logSoftmax(x), [draw(3, [500, 257])]],
  ['sums of few long rows', (x) => [x.square().sum(), x.max(1), x.cast('i32').sum(1), x.cast('bf16').sum(1)], [draw(20, [3, 300_001])]],
  ['columns', (x) => x.exp().sum(0), [draw(4, [300, 1001])]],
  ['columns of many rows, in parts', (x) => [x.sum(0), x.max(0), x.cast('bf16').sum(0)], [draw(5, [20_000, 9])]],
  ['matrix product', (a, b) => a.matmul(b).tanh(), [draw(6, [260, 130]), draw(7, [130, 333])]],
  ['convolution', (x, f) => conv(x, f, { padding: 'same' }), [draw(8, [6, 24, 24, 5]), draw(9, [3, 3, 5, 24])]],
  ['gradients of a convolution', (x, f) => grad(convLoss, { argument: [0, 1] })(x, f), [draw(10, [7, 24, 24, 5]), draw(11, [3, 3, 5, 24])]],
  ['pooling and its gradient', (x) => [maxPool(x, 2), grad(poolLoss)(x)], [draw(12, [9, 30, 30, 16])]],
  ['gradient of an embedding', (x) => grad((t: Tensor): Tensor => gather(t, indices).square().sum())(x), [draw(13, [3000, 40])]],
  ['the same in half precision', (x) => grad((t: Tensor): Tensor => gather(t, indices).sum())(x.cast('bf16')), [draw(14, [3000, 40])]],
  ['cumulative sums', (x) => cumsum(x, 1), [draw(15, [40, 150, 21])]],
  ['sorting', (x) => sort(x, 0), [draw(16, [300, 120])]],
  [
    'a loop',
    (x, w) => {
      const [last] = scan((h: Tensor) => [h.matmul(w).tanh(), []], x, [], { length: 3 })
      return last
    },
    [draw(17, [256, 192]), draw(18, [192, 192]).multiply(0.1)],
  ],
  [
    'a loop that ends on a condition',
    (x) => {
      const [sum, count] = whileLoop(
        ([h]: readonly [Tensor, Tensor]) => h.abs().max().less(50),
        ([h, n]) => [h.multiply(1.5), n.add(1)] as const,
        [x, tensor(0)] as const,
      )
      return [sum, count]
    },
    [draw(19, [300, 300])],
  ],
]

/** A case as a graph, with the storages of its inputs. */
function graphOf([, fn, args]: Case): { readonly graph: GraphFunction; readonly inputs: readonly Storage[] } {
  const graph = jit((...xs: Tensor[]) => fn(...xs)).trace(...args)
  const leaves = args.map((a) => a.storageSync())
  return { graph, inputs: graph.inputs.map((node, i) => node.storage ?? leaves[i] ?? assert.fail()) }
}

const bitsOf = (storages: readonly Storage[]): Uint8Array[] => storages.map((s) => new Uint8Array(s.bytes).slice())
const noSizes = new Map<string, number>()

const devices = [1, 2, 3].map((threads) => createWasmDevice({ threads }))
if (wasmFacts().memory64.usable) devices.push(createWasmDevice({ threads: 2, memory64: 'always' }))

for (const one of cases) {
  test(`wasm: ${one[0]}: one, two and three threads, on the caller, on a worker and in slices, give the same bits`, async () => {
    const { graph, inputs } = graphOf(one)
    const alone = createWasmDevice({ sharedMemory: false }).compile(graph)
    const expected = bitsOf(alone.run(inputs, noSizes))
    assert.deepEqual(bitsOf(await alone.runAsync(inputs, noSizes)), expected)
    for (const device of devices) {
      const program = await device.compileAsync(graph)
      assert.deepEqual(bitsOf(await program.runOnWorker(inputs, noSizes)), expected, `${device.threads} threads, on a worker`)
      assert.deepEqual(bitsOf(program.run(inputs, noSizes)), expected, `${device.threads} threads, on the caller`)
    }
    const reference = device('reference').compile(graph).run(inputs, noSizes)
    reference.forEach((storage, i) => {
      const received = expected[i] ?? assert.fail()
      const numbers = numbersOf({ ...storage, bytes: received.slice().buffer })
      assertClose(numbers, numbersOf(storage), storage.dtype === 'f32' ? 1e-4 : 2e-2)
    })
  })
}

function assertClose(received: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  const size = Array.from(expected).reduce((most, x) => Math.max(most, Math.abs(x)), 1)
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [received[i] ?? Number.NaN, expected[i] ?? Number.NaN]
    assert.ok(Math.abs(a - b) <= tolerance * size, `element ${i}: expected ${b}, got ${a}`)
  }
}
