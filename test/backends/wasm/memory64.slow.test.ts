// A program that needs more than 4 GiB at once.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wasmFacts } from '../../../src/backends/wasm/index.ts'
import { jit, setDefaultDevice, type Tensor, tensor } from '../../../src/index.ts'

const { usable } = wasmFacts().memory64
const size = 20_000
const count = (period: number): Float32Array => Float32Array.from({ length: size }, (_, i) => i % period)
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)
const ones = new Float32Array(size).fill(1)

test('wasm: three matrices of 1.5 GiB at once', { skip: usable ? false : 'this engine has no memories of 64 bits' }, async () => {
  setDefaultDevice('wasm')
  const [x, y, u, v] = [count(7), count(5), count(3), count(11)]
  const outer = jit((x: Tensor, y: Tensor, u: Tensor, v: Tensor): readonly [Tensor, Tensor] => {
    const [a, b, c] = [x.matmul(y), u.matmul(v), x.matmul(v)]
    return [a.multiply(b).add(c).sum(), c.slice([size - 1, 0], [1, size])]
  })
  const column = (numbers: Float32Array): Tensor => tensor(numbers, [size, 1])
  const row = (numbers: Float32Array): Tensor => tensor(numbers, [1, size])
  const [sum, last] = outer(column(x), row(y), column(u), row(v))
  assert.equal(await sum.item(), Math.fround(dot(x, u) * dot(y, v) + dot(x, ones) * dot(v, ones)))
  // A result that lies in the large memory, read by a program in the small one.
  const plusOne = jit((t: Tensor): Tensor => t.add(1))
  assert.deepEqual(
    await plusOne(last).data(),
    v.map((z) => z * ((size - 1) % 7) + 1),
  )
})
