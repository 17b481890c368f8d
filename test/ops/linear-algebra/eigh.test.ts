// Eigenproblems large enough to be divided: spectra that are known for being hard to keep orthogonal.

import assert from 'node:assert/strict'
import test from 'node:test'
import { currentDevice, eye, matmul, numbersOf, random, type Tensor, tensor, transpose } from '../../../src/index.ts'
import * as ops from '../../../src/ops/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()
const on = `on ${currentDevice().name}`
const largest = (x: Tensor): number =>
  Math.max(...Array.from(numbersOf(x.storageSync()), (value) => (Number.isNaN(value) ? Infinity : Math.abs(value))))

/** Checks x v = v diag(w), vᵀ v = 1 and the order of w; gives w. */
function assertEigen(x: Tensor): number[] {
  const n = Number(x.dims.at(-1))
  const [values, vectors] = ops.eigh(x)
  const scale = Math.max(1e-30, largest(x))
  const rest = matmul(x, vectors).subtract(vectors.multiply(values.reshape([...values.dims.slice(0, -1), 1, n])))
  assert.ok(largest(rest) < 1e-5 * scale, `residual ${largest(rest) / scale}`)
  const apart = matmul(transpose(vectors), vectors).subtract(eye(n))
  assert.ok(largest(apart) < 5e-6, `vectors are off orthogonal by ${largest(apart)}`)
  return Array.from(numbersOf(values.storageSync()))
}

function tridiagonal(n: number, diagonal: (i: number) => number, beside: (i: number) => number): Tensor {
  const at = (i: number, j: number): number => (i === j ? diagonal(i) : Math.abs(i - j) === 1 ? beside(Math.min(i, j)) : 0)
  return tensor(
    Float32Array.from({ length: n * n }, (_, k) => at(Math.floor(k / n), k % n)),
    [n, n],
  )
}

test(`eigh: glued Wilkinson matrices, whose eigenvalues come in pairs and clusters ${on}`, () => {
  assertEigen(
    tridiagonal(
      40,
      (i) => Math.abs((i % 20) - 10),
      (i) => (i % 20 === 19 ? 1e-6 : 1),
    ),
  )
})

test(`eigh: the second difference has the eigenvalues 2 − 2 cos(kπ / (n + 1)) ${on}`, () => {
  const n = 40
  const values = assertEigen(
    tridiagonal(
      n,
      () => 2,
      () => -1,
    ),
  )
  assert.ok(values.every((value, k) => Math.abs(value - (2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)))) < 1e-5))
})

test(`eigh: repeated, zero and tiny eigenvalues of dense matrices in a batch ${on}`, () => {
  const n = 40
  const [q] = ops.qr(random.normal(random.key(3), [3, n, n]))
  const spectra = tensor(
    Float32Array.from({ length: 3 * n }, (_, k) => (k < n ? (k % 3) - 1 : k < 2 * n ? Math.max(0, k - n - 24) : 10 ** (-(k - 2 * n) / 4))),
    [3, 1, n],
  )
  assertEigen(matmul(q.multiply(spectra), transpose(q)))
})

test(`eigh: zeros, multiples of the identity and numbers near the ends of f32 ${on}`, () => {
  assert.ok(
    assertEigen(
      tridiagonal(
        40,
        () => 0,
        () => 0,
      ),
    ).every((value) => value === 0),
  )
  assert.ok(
    assertEigen(
      tridiagonal(
        40,
        () => -7,
        () => 0,
      ),
    ).every((value) => value === -7),
  )
  const x: Tensor = random.normal(random.key(4), [40, 40])
  assertEigen(x.add(transpose(x)).multiply(1e-17))
  assertEigen(x.add(transpose(x)).multiply(1e17))
})
