// Results do not depend on the number of threads, to the bit, nor on being computed again.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type NativeDevice, createNativeDevice, nativeUnavailable } from '../../../src/backends/native/index.ts'
import { attention, conv, grad, jit, maxPool, random, registerDevice, setDefaultDevice, softmax, type Tensor } from '../../../src/index.ts'

const options = { skip: nativeUnavailable() ?? false }
let native: NativeDevice | undefined
if (options.skip === false) {
  registerDevice({
    name: 'native-threads',
    priority: -1,
    available: nativeUnavailable,
    create: () => {
      native = createNativeDevice()
      return native
    },
  })
  setDefaultDevice('native-threads')
}
after(() => {
  native?.threads(2)
  setDefaultDevice(undefined)
})

const draw = (seed: number, shape: readonly number[]): Tensor => random.normal(random.key(seed), shape)

const cases: Readonly<Record<string, () => Tensor>> = {
  'matrix product': () => draw(1, [257, 300]).matmul(draw(2, [300, 129])),
  'skinny product': () => draw(1, [1, 4096]).matmul(draw(2, [4096, 513])),
  'convolution and its gradients': () => {
    const x = draw(3, [8, 17, 17, 5])
    const f = draw(4, [3, 3, 5, 24])
    const loss = (args: { x: Tensor; f: Tensor }): Tensor => maxPool(conv(args.x, args.f).relu(), 2).square().sum()
    const { x: dx, f: df } = grad(loss)({ x, f })
    return dx.sum().add(df)
  },
  'attention and its gradients': () => {
    const loss = (args: { q: Tensor; k: Tensor; v: Tensor }): Tensor => attention(args.q, args.k, args.v, { causal: true }).square().sum()
    const { q, k, v } = grad(loss)({ q: draw(5, [2, 70, 4, 16]), k: draw(6, [2, 70, 2, 16]), v: draw(7, [2, 70, 2, 16]) })
    return q.add(k.sum()).add(v.mean())
  },
  'long sums': () =>
    draw(8, [1_000_003])
      .sum()
      .add(draw(9, [777, 1001]).sum(0)),
  rows: () => softmax(draw(10, [301, 1000])).multiply(draw(11, [301, 1000])),
  'random numbers': () => draw(12, [100_000]),
}

for (const [name, fn] of Object.entries(cases)) {
  test(`threads: ${name} are the same to the bit on one thread, on two, on three and run again`, options, () => {
    const compiled = jit(fn)
    const bitsOn = (threads: number): Buffer => {
      compiled()
      assert.equal(native?.threads(threads), threads)
      const { bytes } = compiled().storageSync()
      return Buffer.from(bytes)
    }
    const one = bitsOn(1)
    assert.ok(one.some((byte) => byte !== 0))
    for (const threads of [2, 3, 2]) assert.ok(bitsOn(threads).equals(one), `${threads} threads`)
  })
}
