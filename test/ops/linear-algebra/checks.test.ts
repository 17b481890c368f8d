import assert from 'node:assert/strict'
import test from 'node:test'
import { ones, type Tensor } from '../../../src/index.ts'
import * as ops from '../../../src/ops/index.ts'

const x: Tensor = ones([3, 4])
const square: Tensor = ones([3, 3])

test('factorisations say which matrices they take', () => {
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => ops.cholesky(x), /cholesky: expected a square matrix \[…, n, n\], got \[3, 4\]/],
    [() => ops.inv(ones([3])), /inv: expected a matrix \[…, rows, columns\], got \[3\]/],
    [() => ops.det(x), /det: expected a square matrix/],
    [() => ops.eigh(x), /eigh: expected a square matrix/],
    [() => ops.svd(ones([2])), /svd: expected a matrix/],
    [() => ops.solve(square, ones([4])), /solve: expected b of 3 rows, .* got \[4\]/],
    [() => ops.solveTriangular(square, ones([4, 2])), /solveTriangular: expected b of 3 rows/],
    [() => ops.lstsq(x, ones([4])), /lstsq: expected b of 3 rows for a of \[3, 4\], got \[4\]/],
    [() => ops.pinv(x, { rcond: -1 }), /pinv: expected rcond of at least 0, got -1/],
    [() => ops.matrixPower(square, 0.5), /matrixPower: expected a whole number n, got 0\.5/],
  ]
  for (const [run, message] of cases) assert.throws(run, message)
})

test('norm: says which orders vectors and matrices have', () => {
  assert.throws(() => ops.norm(x, { ord: 'nuc', axis: 0 }), /norm: expected a number as ord of vectors, got 'nuc'/)
  assert.throws(() => ops.norm(x, { ord: 3, axis: [0, 1] }), /norm: expected ord 'fro', .* for matrices, got 3/)
  assert.throws(() => ops.norm(ones([2, 2, 2]), { ord: 1 }), /norm: expected one axis or two for ord 1, got 3 axes/)
})

test('products name the sizes that do not fit', () => {
  assert.throws(() => ops.dot(x, x), /dot: expected equal sizes to sum over, got 4 \(axis 1 of \[3, 4\]\) and 3/)
  assert.throws(() => ops.inner(x, square), /inner: expected equal sizes/)
  assert.throws(() => ops.tensordot(x, x, { axes: 3 }), /tensordot: expected from 0 to 2 axes .* got 3/)
  assert.throws(() => ops.tensordot(x, x, { axes: [[0, 1], [0]] }), /tensordot: expected as many axes of a as of b/)
  assert.throws(() => ops.cross(x, x), /cross: expected vectors of size 2 or 3 along axis -1, got \[3, 4\]/)
  assert.throws(() => ops.cdist(x, square), /cdist: expected rows of one size/)
})

test('einsum: says what does not parse or fit', () => {
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => ops.einsum('i?', x), /einsum: expected letters, '\.\.\.', commas and '->', got 'i\?'/],
    [() => ops.einsum('ij,jk', x), /einsum: expected 2 operands for 'ij,jk', got 1/],
    [() => ops.einsum('i', x), /einsum: expected 'i' of 'i' to name the 2 axes of \[3, 4\]/],
    [() => ops.einsum('ij->ik', x), /einsum: expected each axis of the result once, out of the operands' axes, got 'ij->ik'/],
    [() => ops.einsum('ij->ii', x), /einsum: expected each axis of the result once/],
    [() => ops.einsum('ij,ij', x, square), /einsum: expected one size for 'j' of 'ij,ij', got 4 and 3/],
  ]
  for (const [run, message] of cases) assert.throws(run, message)
})
