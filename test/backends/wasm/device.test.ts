// The wasm device as a whole: what a training step gives on it, and how it keeps the buffers of donated arguments.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { jit, logSoftmax, oneHot, random, setDefaultDevice, type Tensor, tensor, valueAndGrad } from '../../../src/index.ts'

afterEach(() => setDefaultDevice(undefined))

type Parameters = { readonly w1: Tensor; readonly b1: Tensor; readonly w2: Tensor; readonly b2: Tensor }

const loss = ({ w1, b1, w2, b2 }: Parameters, x: Tensor, labels: Tensor): Tensor => {
  const hidden: Tensor = x.matmul(w1).add(b1).tanh()
  return logSoftmax(hidden.matmul(w2).add(b2)).multiply(oneHot(labels, 5)).sum(-1).mean().negate()
}

/** Losses of six steps of gradient descent from fixed values. */
function lossesOn(device: string): number[] {
  setDefaultDevice(device)
  const draw = (seed: number, shape: readonly number[]): Tensor => random.normal(random.key(seed), shape, { stddev: 0.3 })
  let parameters: Parameters = { w1: draw(1, [13, 21]), b1: draw(2, [21]), w2: draw(3, [21, 5]), b2: draw(4, [5]) }
  const x = draw(5, [17, 13])
  const labels = tensor(
    Int32Array.from({ length: 17 }, (_, i) => i % 5),
    [17],
  )
  const step = jit(
    (p: Parameters, input: Tensor, target: Tensor): [Parameters, Tensor] => {
      const [value, gradient] = valueAndGrad(loss)(p, input, target)
      const moved = (name: keyof Parameters): Tensor => p[name].subtract(gradient[name].multiply(0.5))
      return [{ w1: moved('w1'), b1: moved('b1'), w2: moved('w2'), b2: moved('b2') }, value]
    },
    { donate: [0] },
  )
  return Array.from({ length: 6 }, () => {
    const [next, value] = step(parameters, x, labels)
    parameters = next
    return value.itemSync()
  })
}

test('wasm: a training step gives the losses of the reference device', () => {
  const [received, expected] = [lossesOn('wasm'), lossesOn('reference')]
  expected.forEach((value, i) => {
    assert.ok(Math.abs(value - (received[i] ?? Number.NaN)) < 1e-5, `step ${i}: expected ${value}, got ${received[i]}`)
  })
  assert.ok((received.at(-1) ?? 9) < (received[0] ?? 0))
})

test('wasm: a donated tensor lives on in the result, which can be read again and again', () => {
  setDefaultDevice('wasm')
  const increment = jit((x: Tensor): Tensor => x.add(1), { donate: [0] })
  let x: Tensor = tensor(new Float32Array(20_000), [20_000])
  for (let i = 1; i <= 3; i++) {
    x = increment(x)
    assert.equal(x.dataSync()[19_999], i)
    assert.equal(x.dataSync()[0], i)
  }
})

test('wasm: NaN, infinities and −0 keep their meaning', () => {
  setDefaultDevice('wasm')
  const x = tensor([Number.NaN, Infinity, -Infinity, -0, 0, 1.5, -2.5])
  assert.deepEqual(x.negate().toArray(), [Number.NaN, -Infinity, Infinity, 0, -0, -1.5, 2.5])
  assert.deepEqual([x.maximum(0).toArray()].flat().slice(0, 3), [Number.NaN, Infinity, 0])
  assert.deepEqual([x.round().toArray()].flat().slice(5), [2, -2])
  assert.deepEqual([x.exp().toArray()].flat().slice(1, 5), [Infinity, 0, 1, 1])
})

test('wasm: columns whose elements do not lie side by side are summed each on its own', () => {
  const sums = (device: string): readonly number[] => {
    setDefaultDevice(device)
    const x = random.normal(random.key(8), [3, 2, 5, 8])
    const fn = jit((y: Tensor): Tensor => y.exp().permute([0, 2, 1, 3]).reshape([3, 5, 16]).sum([0, 1]))
    return Array.from(fn(x).dataSync(), Number)
  }
  const [received, expected] = [sums('wasm'), sums('reference')]
  expected.forEach((value, i) => {
    assert.ok(Math.abs(value - (received[i] ?? Number.NaN)) < 1e-4, `column ${i}: expected ${value}, got ${received[i]}`)
  })
})

test('wasm: a program without kernels gives copies of what it is given', () => {
  setDefaultDevice('wasm')
  const x = tensor([1, 2, 3])
  const [same, again] = jit((y: Tensor): readonly Tensor[] => [y, y])(x)
  assert.deepEqual(
    [same?.toArray(), again?.toArray(), x.toArray()],
    [
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ],
  )
})
