// Quantised weights: what rounding costs, that products with them are those with the weights they stand for, and what is refused.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import {
  dequantize,
  jit,
  matmul,
  type QuantizedMatrix,
  type QuantizeOptions,
  quantize,
  quantizedMatmul,
  random,
  setDefaultDevice,
  type Tensor,
  tensor,
} from '../../src/index.ts'
import { devicesToTest } from '../chosen-device.ts'

afterEach(() => setDefaultDevice(undefined))

const numbers = (x: Tensor): number[] => Array.from(x.dataSync(), Number)

/** Fails with the worst element where numbers lie further apart than `bound` of them says. */
function assertNear(received: readonly number[], expected: readonly number[], bound: (i: number) => number): void {
  assert.equal(received.length, expected.length)
  expected.forEach((value, i) => {
    assert.ok(Math.abs(value - (received[i] ?? Number.NaN)) <= bound(i), `element ${i}: expected ${value}, got ${received[i]}`)
  })
}

const cases: readonly (readonly [bits: 8 | 4, blockSize: number])[] = [
  [8, 32],
  [8, 64],
  [8, 8],
  [4, 32],
  [4, 8],
]

for (const device of devicesToTest()) {
  for (const [bits, blockSize] of cases) {
    test(`quantize: ${bits} bits in blocks of ${blockSize} are off by half a scale at most (${device})`, () => {
      setDefaultDevice(device)
      const weights = random.normal(random.key(1), [5, 64])
      const matrix = quantize(weights, { bits, blockSize })
      assert.equal(matrix.values.dtype, bits === 8 ? 'i32' : 'u32')
      assert.deepEqual(matrix.scales.dims, [5, 64 / blockSize])
      const scales = numbers(matrix.scales)
      assertNear(numbers(dequantize(matrix)), numbers(weights), (i) => (scales[Math.floor(i / blockSize)] ?? 0) * 0.5001)
    })

    test(`quantizedMatmul: ${bits} bits in blocks of ${blockSize} give the product with the dequantised weights (${device})`, () => {
      setDefaultDevice(device)
      const matrix = quantize(random.normal(random.key(2), [19, 64]), { bits, blockSize })
      for (const shape of [[64], [1, 64], [3, 64], [2, 2, 64], [9, 64]]) {
        const x = random.normal(random.key(3), shape)
        const received = jit((input: Tensor, w: QuantizedMatrix): Tensor => quantizedMatmul(input, w))(x, matrix)
        assert.deepEqual(received.dims, [...shape.slice(0, -1), 19])
        assertNear(numbers(received), numbers(matmul(x, dequantize(matrix).transpose())), () => 1e-4)
      }
    })
  }

  for (const bits of [8, 4] as const) {
    test(`quantize: words of the largest and smallest digits come back exactly, ${bits} bits (${device})`, () => {
      setDefaultDevice(device)
      const largest = 2 ** (bits - 1) - 1
      const weights = [largest, -largest, 1, -1].flatMap((high) => [largest, -largest, 0, -1].map((low) => [high, low])).flat()
      // Every block holds the largest digit, so that its scale is 1.
      const rows = Array.from({ length: 32 }, (_, i) => weights.map((_, j) => (j % 8 === 7 ? largest : (weights[(i + j) % 32] ?? 0))))
      const matrix = quantize(tensor(rows), { bits, blockSize: 8 })
      assert.deepEqual(dequantize(matrix).toArray(), rows)
      for (let j = 0; j < 32; j++) {
        const unit = tensor(Float32Array.from({ length: 32 }, (_, i) => Number(i === j)))
        assertNear(
          numbers(quantizedMatmul(unit, matrix)),
          rows.map((row) => row[j] ?? 0),
          () => 1e-4,
        )
      }
    })

    test(`quantizedMatmul: rounds as f32 does, ${bits} bits (${device})`, () => {
      setDefaultDevice(device)
      const matrix = quantize(random.normal(random.key(4), [8, 1024]), { bits })
      const x = random.normal(random.key(5), [1024])
      const [weights, inputs] = [numbers(dequantize(matrix)), numbers(x)]
      const terms = (row: number) => inputs.map((value, i) => value * (weights[row * 1024 + i] ?? 0))
      const exact = Array.from({ length: 8 }, (_, row) => terms(row).reduce((a, b) => a + b))
      const size = (row: number) => terms(row).reduce((a, b) => a + Math.abs(b), 0)
      assertNear(numbers(quantizedMatmul(x, matrix)), exact, (row) => 3e-7 * size(row))
    })
  }

  test(`quantize: a block of zeros stays zero (${device})`, () => {
    setDefaultDevice(device)
    for (const bits of [8, 4] as const) {
      const matrix = quantize(tensor(new Float32Array(64), [2, 32]), { bits })
      assert.deepEqual(new Set(numbers(dequantize(matrix))), new Set([0]))
    }
  })
}

test('quantize: refuses blocks that do not fill a row', () => {
  setDefaultDevice('reference')
  const refuse = (options: QuantizeOptions, message: RegExp) => assert.throws(() => quantize(random.normal(random.key(1), [2, 48]), options), message)
  refuse({}, /expected a block size that divides rows of 48 weights and is a multiple of 4, got 32/)
  refuse({ bits: 4, blockSize: 12 }, /expected a block size that divides rows of 48 weights and is a multiple of 8, got 12/)
})

test('quantizedMatmul: refuses an input of another size, naming it', () => {
  setDefaultDevice('reference')
  const matrix = quantize(random.normal(random.key(1), [2, 64]))
  assert.throws(
    () => quantizedMatmul(random.normal(random.key(2), [1, 32]), matrix),
    /expected x with a last size of 64, as the weights have, got \[1, 32\]/,
  )
})
