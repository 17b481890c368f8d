import assert from 'node:assert/strict'
import test from 'node:test'
import {
  currentDevice,
  dimension,
  grad,
  jit,
  matmul,
  numbersOf,
  placeholder,
  random,
  sum,
  tensor,
  Tensor,
  transpose,
  vmap,
} from '../../../src/index.ts'
import * as ops from '../../../src/ops/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()
const on = `on ${currentDevice().name}`
const numbers = (x: Tensor): number[] => Array.from(numbersOf(x.storageSync()))

function assertNear(actual: Tensor, expected: Tensor | readonly number[], tolerance = 2e-5): void {
  const [a, b] = [numbers(actual), expected instanceof Tensor ? numbers(expected) : expected]
  assert.equal(a.length, b.length)
  const scale = Math.max(1e-3, ...b.map(Math.abs))
  a.forEach((value, i) => {
    assert.ok(Math.abs(value - (b[i] ?? Number.NaN)) <= tolerance * scale, `element ${i}: expected ${b[i]}, got ${value}`)
  })
}

const identity = (n: number): number[] => Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0))
const scaled = (u: Tensor, s: Tensor, n: number): Tensor => u.multiply(s.reshape([1, n]))

test(`svd: completes the basis of a matrix without full rank ${on}`, () => {
  const x: Tensor = tensor([
    [1, 2, 3],
    [2, 4, 6],
    [3, 6, 9],
    [0, 0, 0],
  ])
  const [u, s, vh] = ops.svd(x)
  assert.deepEqual([u.shape, s.shape, vh.shape], [[4, 4], [3], [3, 3]])
  assertNear(matmul(transpose(u), u), identity(4))
  assertNear(matmul(vh, transpose(vh)), identity(3))
  assertNear(s, [14, 0, 0])
  assertNear(matmul(scaled(u.slice([0, 0], [4, 3]), s, 3), vh), x)
})

test(`svd: a matrix of zeros has singular values of zero and orthonormal vectors ${on}`, () => {
  const [u, s, vh] = ops.svd(
    tensor([
      [0, 0, 0],
      [0, 0, 0],
    ]),
  )
  assertNear(s, [0, 0])
  assertNear(matmul(transpose(u), u), identity(2))
  assertNear(matmul(vh, transpose(vh)), identity(3))
})

test(`eigh and svd: larger random matrices are put together again ${on}`, () => {
  const x: Tensor = random.normal(random.key(1), [21, 21])
  const symmetric: Tensor = x.add(transpose(x))
  const [values, vectors] = ops.eigh(symmetric)
  assertNear(matmul(scaled(vectors, values, 21), transpose(vectors)), symmetric)
  assertNear(matmul(transpose(vectors), vectors), identity(21), 3e-6)
  const [u, s, vh] = ops.svd(x)
  assertNear(matmul(scaled(u, s, 21), vh), x)
})

test(`eigh: reads the lower triangle, and keeps equal eigenvalues apart in orthonormal vectors ${on}`, () => {
  const [values, vectors] = ops.eigh(
    tensor([
      [2, 9, 9],
      [0, 2, 9],
      [0, 0, 5],
    ]),
  )
  assertNear(values, [2, 2, 5])
  assertNear(matmul(transpose(vectors), vectors), identity(3))
})

test(`gradients stay finite at equal eigenvalues and singular values ${on}`, () => {
  const x: Tensor = tensor([
    [1, 0],
    [0, 1],
  ])
  const ofEigen = grad((a: Tensor): Tensor => sum(ops.eigh(a)[0]))(x)
  assertNear(ofEigen, identity(2))
  const nuclear = grad((a: Tensor): Tensor => sum(ops.norm(a, { ord: 'nuc', axis: [0, 1] })))(x)
  assertNear(nuclear, identity(2))
})

test(`cholesky: what is not positive definite gives NaN ${on}`, () => {
  assert.ok(
    numbers(
      ops.cholesky(
        tensor([
          [1, 2],
          [2, 1],
        ]),
      ),
    ).some(Number.isNaN),
  )
})

test(`logdet and slogdet: tell negative and singular determinants ${on}`, () => {
  const x: Tensor = tensor([
    [
      [0, 1],
      [1, 0],
    ],
    [
      [1, 1],
      [1, 1],
    ],
  ])
  const [signs, logarithms] = ops.slogdet(x)
  assert.deepEqual(
    [numbers(signs), numbers(logarithms)],
    [
      [-1, 0],
      [0, -Infinity],
    ],
  )
  assert.deepEqual(numbers(ops.logdet(x)), [Number.NaN, -Infinity])
})

test(`second derivatives go through the rules of solve, cholesky and det ${on}`, () => {
  // f(t) = tr((tA)⁻¹) = tr(A⁻¹) / t, so that f″(1) = 2 tr(A⁻¹); log det(tA) has −n; det(tA) = tⁿ det A.
  const a: Tensor = tensor([
    [4, 1],
    [1, 3],
  ])
  const second = (f: (t: Tensor) => Tensor): Tensor => grad((t: Tensor): Tensor => grad(f)(t))(tensor(1, []))
  const trace = (x: Tensor): Tensor =>
    sum(
      x.multiply(
        tensor([
          [1, 0],
          [0, 1],
        ]),
      ),
    )
  assertNear(
    second((t) =>
      trace(
        ops.solve(
          a.multiply(t),
          tensor([
            [1, 0],
            [0, 1],
          ]),
        ),
      ),
    ),
    [(2 * 7) / 11],
  )
  assertNear(
    second((t) => trace(ops.inv(a.multiply(t)))),
    [(2 * 7) / 11],
  )
  assertNear(
    second((t) =>
      sum(
        ops
          .cholesky(a.multiply(t))
          .square()
          .multiply(
            tensor([
              [0, 0],
              [0, 1],
            ]),
          ),
      ),
    ),
    [0],
    1e-2,
  )
  assertNear(
    second((t) => ops.det(a.multiply(t))),
    [22],
  )
  assertNear(
    second((t) => ops.logdet(a.multiply(t))),
    [-2],
  )
})

test(`vmap and a batch axis give the same ${on}`, () => {
  const batch: Tensor = random.normal(random.key(2), [3, 4, 4])
  const one = (x: Tensor): Tensor => ops.norm(ops.svd(x, { computeUv: false }), { ord: 3 }).add(ops.det(x))
  const [, r] = ops.qr(batch)
  assertNear(vmap((x: Tensor): Tensor => ops.qr(x)[1])(batch), r)
  assertNear(vmap(one)(batch), ops.norm(ops.svd(batch, { computeUv: false }), { ord: 3, axis: -1 }).add(ops.det(batch)))
})

test('factorisations, products and signals take batches whose size is symbolic', () => {
  const batch = dimension('batch', { max: 8 })
  const x = placeholder('x', [batch, 4, 3], 'f32')
  const square = matmul(transpose(x), x)
  const results = [
    ops.cholesky(square),
    ops.solve(square, transpose(x)),
    ops.det(square),
    ...ops.luFactor(x),
    ...ops.qr(x),
    ...ops.eigh(square),
    ...ops.svd(x),
    ops.pinv(x),
    ops.norm(x, { ord: 'nuc', axis: [1, 2] }),
    ops.einsum('bij,bkj->bik', x, x),
    ...ops.stft(x, { sequenceLength: 2, sequenceStride: 1, fftLength: 2 }),
  ]
  assert.ok(results.every((result) => String(result.dims[0]) === String(batch)))
})

test(`a compiled function factorises, with its gradient ${on}`, () => {
  const a: Tensor = tensor([
    [3, 1],
    [1, 2],
  ])
  const logarithm = jit((x: Tensor): Tensor => grad((y: Tensor): Tensor => ops.logdet(y))(x))
  assertNear(logarithm(a), [0.4, -0.2, -0.2, 0.6])
})
