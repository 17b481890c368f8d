// Matrix products on WebAssembly: every way in which the kernels cut and read them, against the reference device.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { type DType, jit, random, setDefaultDevice, type Tensor, tensor } from '../../../src/index.ts'

afterEach(() => setDefaultDevice(undefined))

/** Fails with the worst element where two devices differ by more than rounding. */
function assertAgree(compute: () => Tensor, tolerance = 1e-5): void {
  const [received, expected] = ['wasm', 'reference'].map((device) => {
    setDefaultDevice(device)
    return Array.from(compute().cast('f32').dataSync(), Number)
  })
  assert.equal(received?.length, expected?.length)
  expected?.forEach((value, i) => {
    const error = Math.abs(value - (received?.[i] ?? Number.NaN)) / (1 + Math.abs(value))
    assert.ok(error <= tolerance, `element ${i}: expected ${value}, got ${received?.[i]}`)
  })
}

const draw = (seed: number, shape: readonly number[], dtype: DType = 'f32'): Tensor => random.normal(random.key(seed), shape).cast(dtype)

/** x · w with a bias, the right operand as it is or transposed. */
function product(shape: readonly [m: number, n: number, k: number], isTransposed: boolean, dtype: DType): Tensor {
  const [m, n, k] = shape
  const fn = jit((x: Tensor, w: Tensor, bias: Tensor): Tensor => x.matmul(isTransposed ? w.transpose() : w).add(bias))
  return fn(draw(1, [m, k], dtype), draw(2, isTransposed ? [n, k] : [k, n], dtype), draw(3, [n], dtype))
}

for (const m of [1, 2, 3, 4]) {
  test(`wasm: ${m} rows times a matrix that is read as it lies`, () => {
    for (const [n, k] of [
      [4, 1],
      [13, 7],
      [70, 33],
    ] as const) {
      for (const isTransposed of [false, true]) assertAgree(() => product([m, n, k], isTransposed, 'f32'))
    }
  })
}

test('wasm: few rows of half precision are summed in f32', () => {
  for (const dtype of ['f16', 'bf16'] as const) {
    for (const isTransposed of [false, true]) assertAgree(() => product([2, 19, 21], isTransposed, dtype), 2 ** -7)
  }
})

test('wasm: a matrix times a vector, and batches of few rows', () => {
  assertAgree(() => jit((a: Tensor, x: Tensor): Tensor => a.matmul(x).relu())(draw(4, [37, 18]), draw(5, [18])))
  assertAgree(() => jit((a: Tensor, x: Tensor): Tensor => a.transpose().matmul(x))(draw(4, [18, 37]), draw(5, [18, 1])))
  assertAgree(() => jit((a: Tensor, b: Tensor): Tensor => a.matmul(b.permute([0, 2, 1])))(draw(6, [3, 2, 10]), draw(7, [3, 11, 10])))
})

test('wasm: products in blocks of rows, columns and depth', () => {
  for (const [m, n, k] of [
    [5, 9, 3],
    [66, 130, 20],
    [150, 40, 400],
    [7, 700, 9],
  ] as const) {
    for (const isTransposed of [false, true]) assertAgree(() => product([m, n, k], isTransposed, 'f32'), 1e-5 * Math.sqrt(k))
  }
})

test('wasm: an infinity beyond the last row or column does not reach the result', () => {
  for (const isTransposed of [false, true]) {
    for (const m of [1, 5]) {
      assertAgree(() => {
        const whole = jit((w: Tensor): Tensor => w.add(tensor([0, 0, 0, 0, 0, Infinity])).add(tensor([[0], [0], [0], [0], [0], [Infinity]])))(
          draw(2, [6, 6]),
        )
        const part = (w: Tensor): Tensor => w.slice([0, 0], [5, 5])
        return jit((x: Tensor, w: Tensor): Tensor => x.matmul(isTransposed ? part(w).transpose() : part(w)))(draw(1, [m, 5]), whole)
      })
    }
  }
})

test('wasm: columns too long to be packed at once are packed in parts', () => {
  const [m, n, k] = [5, 64, 16_500]
  const waves = (rows: number, columns: number, step: number): Tensor =>
    tensor(
      Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(step * i)),
      [rows, columns],
    )
  setDefaultDevice('wasm')
  const [x, w] = [waves(m, k, 0.37), waves(k, n, 0.23)]
  const received = jit((a: Tensor, b: Tensor): Tensor => a.matmul(b))(x, w).dataSync()
  const [xs, ws] = [x.dataSync(), w.dataSync()]
  for (const [row, column] of [
    [0, 0],
    [2, 33],
    [4, 63],
  ] as const) {
    let expected = 0
    for (let i = 0; i < k; i++) expected += Number(xs[row * k + i]) * Number(ws[i * n + column])
    const value = Number(received[row * n + column])
    assert.ok(Math.abs(value - expected) < 1e-2, `row ${row}, column ${column}: expected ${expected}, got ${value}`)
  }
})
