// Functions that are compositions, against double-precision values: they lose no digits that their arguments have.

import assert from 'node:assert/strict'
import test from 'node:test'
import { ops, type Tensor, tensor } from '../../../src/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

const positions = (low: number, high: number, count = 401): number[] =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1))

function worstRelative(actual: Tensor, arguments_: Tensor, truth: (x: number) => number): number {
  const [values, at] = [actual.dataSync(), arguments_.dataSync()]
  return Array.from(at, Number).reduce((worst, x, i) => {
    const expected = truth(x)
    const error = Math.abs(Number(values[i]) - expected) / Math.max(Math.abs(expected), 1e-300)
    return Math.max(worst, error)
  }, 0)
}

const functions: readonly [name: string, fn: (x: Tensor) => Tensor, truth: (x: number) => number, low: number, high: number][] = [
  ['arctan', ops.arctan, Math.atan, -30, 30],
  ['arcsin', ops.arcsin, Math.asin, -0.999, 1],
  ['arccos', ops.arccos, Math.acos, -1, 0.999],
  ['sinh', ops.sinh, Math.sinh, -50, 50],
  ['sinh near 0', ops.sinh, Math.sinh, -1e-4, 1.1e-4],
  ['cosh', ops.cosh, Math.cosh, -50, 50],
  ['tan', ops.tan, Math.tan, -1.5, 1.5],
  ['arcsinh', ops.arcsinh, Math.asinh, -1e3, 1e3],
  ['arcsinh near 0', ops.arcsinh, Math.asinh, -1e-4, 1.1e-4],
  ['arccosh', ops.arccosh, Math.acosh, 1, 50],
  ['arctanh', ops.arctanh, Math.atanh, -0.99, 0.99],
  ['arctanh near 0', ops.arctanh, Math.atanh, -1e-4, 1.1e-4],
  ['cbrt', ops.cbrt, Math.cbrt, -30, 30],
  ['log2', ops.log2, Math.log2, 1e-3, 30],
  ['log10', ops.log10, Math.log10, 1e-3, 30],
  ['exp2', ops.exp2, (x) => 2 ** x, -30, 30],
]

for (const [name, fn, truth, low, high] of functions) {
  test(`${name}: within 1e-12 in double precision and 1e-6 in single`, () => {
    for (const [dtype, tolerance] of [
      ['f64', 1e-12],
      ['f32', 1e-6],
    ] as const) {
      const x = tensor(positions(low, high), undefined, { dtype })
      const worst = worstRelative(fn(x), x, truth)
      assert.ok(worst <= tolerance, `${dtype}: ${worst.toExponential(1)}`)
    }
  })
}

/** Values computed in 40 digits. */
const values: readonly [name: string, fn: (x: Tensor) => Tensor, x: number, y: number][] = [
  ['erfc', ops.erfc, 0.5, 0.4795001221869535],
  ['erfc', ops.erfc, 5, 1.537459794428035e-12],
  ['erfc', ops.erfc, 20, 5.395865611607901e-176],
  ['erfinv', ops.erfinv, 0.5, 0.4769362762044699],
  ['erfinv', ops.erfinv, 0.999, 2.3267537655135246],
  ['i0', ops.i0, 1, 1.2660658777520084],
  ['i0', ops.i0, 30, 781672297823.9775],
  ['gammainc of 2.5', (x) => ops.gammainc(2.5, x), 1, 0.15085496391539036],
  ['gammainc of 2.5', (x) => ops.gammainc(2.5, x), 9, 0.9970535954121197],
]

for (const [name, fn, x, y] of values) {
  test(`${name} at ${x}: within 1e-12 in double precision`, () => {
    const received = fn(tensor([x], undefined, { dtype: 'f64' })).itemSync()
    assert.ok(Math.abs(received - y) <= 1e-12 * Math.abs(y), `expected ${y}, got ${received}`)
  })
}
