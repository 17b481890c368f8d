// The WebGPU device as a whole: results over donated inputs, memory that is passed twice, more buffers than bindings, loops, and reads that wait or
// may not.

import assert from 'node:assert/strict'
import { afterEach } from 'node:test'
import { createWasmDevice } from '../../../src/backends/wasm/index.ts'
import { createWebgpuDevice, type WebgpuOptions } from '../../../src/backends/webgpu/index.ts'
import {
  cond,
  concat,
  flattenTree,
  full,
  jit,
  registerDevice,
  scan,
  setDefaultDevice,
  Tensor,
  type Tree,
  tensor,
  whileLoop,
} from '../../../src/index.ts'
import { testOnGpu } from './with-adapter.ts'

afterEach(() => setDefaultDevice(undefined))

function use(options: WebgpuOptions = {}): void {
  registerDevice({ name: 'webgpu test', priority: -1, available: () => undefined, create: () => createWebgpuDevice(options) })
  setDefaultDevice('webgpu test')
}

const increment = () => jit((x: Tensor): Tensor => x.add(1), { donate: [0] })

testOnGpu('webgpu: a donated tensor lives on in the result, which can be read again and again', () => {
  use()
  const next = increment()
  let x: Tensor = tensor(new Float32Array(20_000), [20_000])
  for (let i = 1; i <= 3; i++) {
    x = next(x)
    assert.equal(x.dataSync()[19_999], i)
    assert.equal(x.dataSync()[0], i)
  }
})

testOnGpu('webgpu: a donated tensor cannot be read any more', () => {
  use()
  const next = increment()
  const first = next(tensor([1, 2]))
  next(first)
  assert.throws(() => first.dataSync(), { name: 'DeviceError', message: /the buffer was donated/ })
})

testOnGpu('webgpu: one tensor may be several inputs, and several results', () => {
  use()
  const f = jit((a: Tensor, b: Tensor): readonly Tensor[] => {
    const sum: Tensor = a.add(b)
    return [sum, a, sum, b]
  })
  const x = tensor([1, 2, 3])
  const [sum, a, again, b] = f(x, x)
  assert.deepEqual(
    [sum, a, again, b].map((y) => y?.toArray()),
    [
      [2, 4, 6],
      [1, 2, 3],
      [2, 4, 6],
      [1, 2, 3],
    ],
  )
  const next = increment()
  assert.ok(sum !== undefined && again !== undefined)
  assert.deepEqual(next(sum).toArray(), [3, 5, 7])
  assert.deepEqual(again.toArray(), [2, 4, 6])
})

testOnGpu('webgpu: narrow dtypes share words, and may be written in place', () => {
  use()
  const flip = jit((x: Tensor): Tensor => x.negate().subtract(1), { donate: [0] })
  const bytes = Uint8Array.from({ length: 1027 }, (_, i) => i % 256)
  const x = flip(flip(flip(tensor(bytes))))
  assert.deepEqual(
    [...x.dataSync()],
    [...bytes].map((byte) => 255 - byte),
  )
})

testOnGpu('webgpu: a kernel may read more inputs, and write more results, than the adapter has bindings', () => {
  use()
  const parts = Array.from({ length: 40 }, (_, i) => tensor([i, 10 * i]))
  const join = jit((...xs: Tensor[]): Tensor => concat(xs))
  assert.deepEqual(
    join(...parts).toArray(),
    parts.flatMap((_, i) => [i, 10 * i]),
  )
  const all = jit((...xs: Tensor[]): Tensor => xs.reduce((sum, x): Tensor => sum.add(x)))
  assert.deepEqual(all(...parts).toArray(), [780, 7800])
  const powers = jit((x: Tensor): Tensor[] => Array.from({ length: 30 }, (_, i): Tensor => x.multiply(i).exp()))
  powers(tensor([0, 0])).forEach((y) => {
    assert.deepEqual(y.toArray(), [1, 1])
  })
})

testOnGpu('webgpu: tensors without elements', () => {
  use()
  const none = tensor(new Float32Array(0), [0, 3])
  assert.deepEqual(none.exp().shape, [0, 3])
  assert.deepEqual([...none.exp().dataSync()], [])
  assert.deepEqual(none.sum(0).toArray(), [0, 0, 0])
  assert.deepEqual(concat([none, tensor([[1, 2, 3]])]).toArray(), [[1, 2, 3]])
})

testOnGpu('webgpu: more workgroups than one dimension of a dispatch holds', () => {
  use()
  const rows = 70_001
  const sums = jit((x: Tensor): Tensor => x.exp().sum(1))(full([rows, 3], 0)).dataSync()
  assert.equal(sums.length, rows)
  assert.ok(sums.every((sum) => sum === 3))
})

testOnGpu('webgpu: loops whose slices begin anywhere, and predicates that depend on what was computed', () => {
  use()
  const flags = tensor(Uint8Array.from([1, 0, 1, 1, 0]))
  const running = jit((x: Tensor): Tree => {
    const add = (carry: Tensor, flag: Tree): readonly [Tensor, Tensor] => {
      const sum: Tensor = flag instanceof Tensor ? carry.add(flag) : carry
      return [sum, sum]
    }
    return scan(add, tensor(Uint8Array.of(0)).reshape([]), x)
  })
  const [total, steps] = flattenTree(running(flags)).leaves
  assert.equal(total?.itemSync(), 3)
  assert.deepEqual([...(steps?.dataSync() ?? [])], [1, 1, 2, 3, 3])
  const collatz = jit((n: Tensor): Tensor => {
    const next = (x: Tensor): Tensor =>
      cond(
        x.remainder(2).equal(0),
        (): Tensor => x.divide(2),
        (): Tensor => x.multiply(3).add(1),
      )
    const [, count] = whileLoop(
      ([x]: readonly [Tensor, Tensor]) => x.greater(1),
      ([x, c]: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] => [next(x), c.add(1)],
      [n, n.multiply(0)],
    )
    return count
  })
  assert.deepEqual(
    [27, 1, 6].map((n) => collatz(tensor(n)).itemSync()),
    [111, 0, 8],
  )
})

testOnGpu('webgpu: carries are written where they lie only if nothing reads the old ones after', () => {
  use()
  type State = readonly [Tensor, Tensor, Tensor]
  const fibonacci = jit((n: Tensor): Tensor => {
    const zero: Tensor = n.subtract(n)
    const next = ([a, b, left]: State): State => [b, a.add(b), left.subtract(1)]
    const [last, following] = whileLoop(([, , left]: State) => left.greater(0), next, [zero, zero.add(1), n])
    return following.multiply(1000).add(last)
  })
  assert.equal(fibonacci(tensor(10)).itemSync(), 89_055)
})

testOnGpu('webgpu: arithmetic with constants is that of IEEE 754, whatever the driver would fold', () => {
  use()
  const x = tensor([-0, 0, Number.NaN, Infinity, -1])
  const on = (fn: (y: Tensor) => Tensor): number[] => Array.from(jit(fn)(x).dataSync(), Number)
  assert.deepEqual(
    on((y) => y.add(0)),
    [0, 0, Number.NaN, Infinity, -1],
  )
  assert.deepEqual(
    on((y) => y.multiply(0)),
    [-0, 0, Number.NaN, Number.NaN, -0],
  )
  assert.deepEqual(
    on((y) => y.add(1e8).subtract(1e8)),
    [0, 0, Number.NaN, Infinity, 0],
  )
})

testOnGpu('webgpu: programs with doubles are computed by the device for them, and mix with others', async () => {
  use({ doubles: createWasmDevice })
  const x = tensor([1, 2, 3])
  const y = x.exp()
  y.dataSync()
  const precise = y.cast('f64').log()
  assert.deepEqual(precise.dataSync().length, 3)
  assert.deepEqual((await precise.cast('f32').multiply(2).data()).length, 3)
  use()
  assert.throws(() => x.cast('f64').exp().dataSync(), { name: 'DeviceError', message: /got f64/ })
})

testOnGpu('webgpu: what was not used lately is moved out, and comes back', () => {
  use({ spareBytes: 4096 })
  const next = jit((x: Tensor): Tensor => x.add(1))
  const all: Tensor[] = [next(full([256], 0))]
  for (let i = 1; i < 20; i++) all.push(next(all[i - 1] ?? full([256], 0)))
  all.forEach((x, i) => {
    assert.equal(next(x).dataSync()[255], i + 2)
    assert.equal(x.dataSync()[0], i + 1)
  })
})

testOnGpu('webgpu: without a thread of its own numbers are read asynchronously', async () => {
  use({ thread: false })
  const next = increment()
  let x: Tensor = tensor([1, 2])
  for (let i = 0; i < 3; i++) x = next(x)
  assert.throws(() => x.dataSync(), { name: 'DeviceError', message: /this thread cannot.*await x\.data\(\)/s })
  assert.deepEqual(await x.array(), [4, 5])
  assert.deepEqual(x.toArray(), [4, 5])
  assert.deepEqual(await (await next.async(x)).array(), [5, 6])
})
