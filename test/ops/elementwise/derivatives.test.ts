// Functions with slopes of their own: derivatives of derivatives, directions, batches, and the places where a derived slope would be NaN.

import assert from 'node:assert/strict'
import test from 'node:test'
import { grad, jvp, ops, type Tensor, tensor, vmap } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const doubles = (...values: number[]): Tensor => tensor(values, undefined, { dtype: 'f64' })

function assertNear(actual: Tensor, expected: readonly number[], tolerance = 1e-10): void {
  Array.from(actual.dataSync(), Number).forEach((value, i) => {
    const wanted = expected[i] ?? Number.NaN
    assert.ok(Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted)), `at ${i}: expected ${wanted}, got ${value}`)
  })
}

test('arctan: its second derivative is −2x / (1 + x²)²', () => {
  const points = [-3, -0.2, 0, 0.7, 40]
  const slope = grad((x: Tensor) => ops.arctan(x).sum())
  const second = grad((x: Tensor) => slope(x).sum())
  assertNear(
    second(doubles(...points)),
    points.map((x) => (-2 * x) / (1 + x * x) ** 2),
  )
})

test('sinh and cosh: fourth derivatives are the functions', () => {
  const nth = (fn: (x: Tensor) => Tensor, n: number): ((x: Tensor) => Tensor) =>
    n === 0
      ? fn
      : nth(
          grad((x: Tensor) => fn(x).sum()),
          n - 1,
        )
  assertNear(nth(ops.sinh, 4)(doubles(-2, 0, 3)), [-2, 0, 3].map(Math.sinh))
  assertNear(nth(ops.cosh, 3)(doubles(-2, 0, 3)), [-2, 0, 3].map(Math.sinh))
})

test('arctan2: directions agree with gradients', () => {
  const [y, x, dy, dx] = [doubles(1, -2), doubles(-3, 0.5), doubles(0.3, 0.1), doubles(-1, 2)]
  const [, tangent] = jvp((a: Tensor, b: Tensor) => ops.arctan2(a, b), [y, x], [dy, dx])
  const gy = grad((a: Tensor) => ops.arctan2(a, x).sum())(y)
  const gx = grad((b: Tensor) => ops.arctan2(y, b).sum())(x)
  assertNear(tangent, Array.from(gy.multiply(dy).add(gx.multiply(dx)).dataSync(), Number))
})

test('hypot and erfinv: batches are rows', () => {
  const x = tensor([0.1, -0.5, 0.9, 0.3], [2, 2], { dtype: 'f64' })
  assertNear(vmap((row: Tensor) => ops.hypot(row, 0.5))(x), Array.from(ops.hypot(x, 0.5).dataSync(), Number))
  assertNear(vmap((row: Tensor) => ops.erfinv(row))(x), Array.from(ops.erfinv(x).dataSync(), Number))
})

test('hypot, arctan2 and sinc: finite gradients at the origin', () => {
  const zero = doubles(0)
  for (const fn of [(x: Tensor) => ops.hypot(x, zero), (x: Tensor) => ops.arctan2(x, zero), ops.sinc]) {
    assert.equal(Math.abs(grad((x: Tensor) => fn(x).sum())(zero).itemSync()), 0)
  }
})

test('logaddexp: equal operands share the gradient, also where both are −∞', () => {
  for (const value of [2, -Infinity]) {
    const x = doubles(value)
    assert.equal(grad((a: Tensor) => ops.logaddexp(a, x).sum())(x).itemSync(), 0.5)
  }
})

test('sinh: a gradient where eˣ overflows in single precision', () => {
  const x = tensor([89])
  const slope = grad((v: Tensor) => ops.sinh(v).sum())(x).itemSync()
  assert.ok(Math.abs(slope / Math.cosh(89) - 1) < 1e-4, String(slope))
})

test('divideNoNan: no gradient from a division by 0', () => {
  const slope = grad((b: Tensor) => ops.divideNoNan(tensor([1, 1]), b).sum())(tensor([0, 2]))
  assert.deepEqual(slope.toArray(), [0, -0.25])
})
