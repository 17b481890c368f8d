// Singular value decompositions of matrices that go through their bidiagonal form.

import assert from 'node:assert/strict'
import test from 'node:test'
import { currentDevice, eye, grad, matmul, numbersOf, random, sum, type Tensor, tensor, transpose } from '../../../src/index.ts'
import * as ops from '../../../src/ops/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()
const on = `on ${currentDevice().name}`
const largest = (x: Tensor): number =>
  Math.max(...Array.from(numbersOf(x.storageSync()), (value) => (Number.isNaN(value) ? Infinity : Math.abs(value))))

/** Checks x = u diag(s) vh, orthonormal vectors, and the values alone; gives these. */
function assertSvd(x: Tensor): Tensor {
  const k = Math.min(Number(x.dims.at(-1)), Number(x.dims.at(-2)))
  const [u, s, vh] = ops.svd(x, { fullMatrices: false })
  const scale = Math.max(1e-30, largest(s))
  const product = matmul(u.multiply(s.reshape([...s.dims.slice(0, -1), 1, k])), vh)
  assert.ok(largest(product.subtract(x)) < 1e-5 * scale, `off by ${largest(product.subtract(x)) / scale}`)
  for (const apart of [matmul(transpose(u), u), matmul(vh, transpose(vh))].map((square) => square.subtract(eye(k)))) {
    assert.ok(largest(apart) < 5e-6, `vectors are off orthogonal by ${largest(apart)}`)
  }
  const values = ops.svd(x, { computeUv: false })
  assert.ok(largest(values.subtract(s)) < 1e-5 * scale)
  return values
}

test(`svd: low rank, equal singular values and a graded matrix in a batch ${on}`, () => {
  const [u] = ops.qr(random.normal(random.key(1), [3, 24, 20]))
  const [v] = ops.qr(random.normal(random.key(2), [3, 20, 20]))
  const spectra = tensor(
    Float32Array.from({ length: 60 }, (_, k) => (k < 20 ? (k < 4 ? 4 - k : 0) : k < 40 ? 2 : 10 ** (-(k - 40) / 3))),
    [3, 1, 20],
  )
  assertSvd(matmul(u.multiply(spectra), transpose(v)))
})

test(`svd: wide matrices, and matrices of zeros ${on}`, () => {
  assertSvd(random.normal(random.key(3), [20, 24]))
  assert.equal(largest(assertSvd(tensor(new Float32Array(20 * 24), [20, 24]))), 0)
})

test(`norm: the slope of the nuclear norm is u vh ${on}`, () => {
  const x: Tensor = random.normal(random.key(4), [24, 20])
  const slope = grad((y: Tensor): Tensor => sum(ops.norm(y, { ord: 'nuc', axis: [0, 1] })))(x)
  const [u, , vh] = ops.svd(x, { fullMatrices: false })
  assert.ok(largest(slope.subtract(matmul(u, vh))) < 1e-5)
})
