// The matrix product of the native backend against plain loops, at sizes around every tile and block.
import test from 'node:test'
import fc from 'fast-check'
import { dimension } from '../../../../src/core/dimension.ts'
import { avx2, avx512, checkMatmul, neon, sse } from './matmul-case.ts'

test('matmul: a product of odd sizes is written without an epilogue', () => {
  checkMatmul({ m: 37, n: 53, k: 29 })
})

test('matmul: every layout of both operands gives the same product', () => {
  for (const [lhs, rhs] of [
    ['columns', 'rows'],
    ['rows', 'columns'],
    ['columns', 'columns'],
    ['padded', 'spread'],
    ['spread', 'padded'],
    ['repeated', 'rows'],
    ['rows', 'repeated'],
  ] as const)
    checkMatmul({ m: 23, n: 35, k: 41, lhs, rhs })
})

test('matmul: bias, activation and residual are applied as elements are finished', () => {
  checkMatmul({ m: 45, n: 70, k: 33, epilogue: 'chain' })
  checkMatmul({ m: 45, n: 70, k: 33, epilogue: 'both' })
})

test('matmul: an update replaces the array that it reads', () => {
  checkMatmul({ m: 100, n: 64, k: 32, lhs: 'columns', epilogue: 'update' })
})

test('matmul: a product of many blocks sums the inner size in parts', () => {
  checkMatmul({ m: 301, n: 333, k: 801 })
  checkMatmul({ m: 301, n: 333, k: 801, lhs: 'columns', rhs: 'columns', epilogue: 'chain' })
  checkMatmul({ m: 700, n: 97, k: 400, rhs: 'columns' })
})

test('matmul: a long inner size is summed in parts that the epilogue waits for', () => {
  checkMatmul({ m: 20, n: 70, k: 5001, epilogue: 'chain' })
  checkMatmul({ batch: 2, m: 64, n: 64, k: 4999, lhs: 'columns' })
  checkMatmul({ m: 300, n: 33, k: 6000, lhs: 'spread', rhs: 'columns', epilogue: 'update' })
})

test('matmul: a few rows stream the matrix', () => {
  for (const m of [2, 3, 8]) {
    checkMatmul({ m, n: 1031, k: 517, epilogue: 'chain' })
    checkMatmul({ m, n: 517, k: 2101, rhs: 'columns', lhs: 'columns' })
    checkMatmul({ dtype: 'bf16', m, n: 517, k: 1031, rhs: m === 3 ? 'columns' : 'padded' })
  }
  checkMatmul({ batch: 6, m: 1, n: 67, k: 130, rhs: 'columns', target: avx2 })
  checkMatmul({ m: 1, n: 35, k: 9001, target: sse })
})

const sizes = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(47, 48, 49, 63, 64, 65, 95, 96, 97, 143, 145, 383, 385))
const layouts = fc.constantFrom('rows', 'columns', 'padded', 'spread', 'repeated')

test('matmul: any sizes, layouts, epilogues and machines', () => {
  const property = fc.property(
    fc.record({
      m: sizes,
      n: sizes,
      k: sizes,
      batch: fc.constantFrom(1, 1, 3),
      lhs: layouts,
      rhs: layouts,
      sharedLhs: fc.boolean(),
      sharedRhs: fc.boolean(),
      epilogue: fc.constantFrom('none', 'both', 'chain', 'update'),
      dtype: fc.constantFrom('f32', 'f32', 'f32', 'bf16', 'f16'),
      target: fc.constantFrom(avx512, avx512, avx2, sse, neon),
    }),
    (described) => checkMatmul(described),
  )
  fc.assert(property, { numRuns: Number(process.env.TENON_TEST_RUNS ?? 15) })
})

test('matmul: matrices of a batch may share an operand', () => {
  checkMatmul({ batch: 5, m: 17, n: 33, k: 9 })
  checkMatmul({ batch: 5, m: 17, n: 33, k: 9, sharedRhs: true, rhs: 'columns', epilogue: 'chain' })
  checkMatmul({ batch: 48, m: 64, n: 64, k: 64, sharedLhs: true })
})

test('matmul: vectors are products too', () => {
  for (const rhs of ['rows', 'columns', 'spread'] as const) {
    checkMatmul({ m: 1, n: 700, k: 300, rhs, epilogue: 'chain' })
    checkMatmul({ m: 300, n: 1, k: 700, lhs: rhs })
  }
  checkMatmul({ m: 5, n: 601, k: 999 })
  checkMatmul({ m: 1, n: 1, k: 1000 })
  checkMatmul({ m: 1, n: 1, k: 1 })
})

test('matmul: an inner size of zero gives zeros, an empty result nothing', () => {
  checkMatmul({ m: 5, n: 33, k: 0 })
  checkMatmul({ m: 5, n: 33, k: 0, epilogue: 'chain' })
  checkMatmul({ m: 0, n: 3, k: 4 })
  checkMatmul({ m: 3, n: 3, k: 4, batch: 0 })
})

test('matmul: half precisions are widened and rounded once', () => {
  for (const dtype of ['bf16', 'f16'] as const) {
    checkMatmul({ dtype, m: 33, n: 47, k: 65, epilogue: 'chain' })
    checkMatmul({ dtype, m: 33, n: 47, k: 65, lhs: 'columns', rhs: 'columns' })
  }
})

test('matmul: integers wrap and doubles stay double', () => {
  for (const dtype of ['i8', 'u8', 'i32', 'u32', 'i64', 'f64'] as const) checkMatmul({ dtype, m: 19, n: 133, k: 70, rhs: 'columns' })
  checkMatmul({ dtype: 'f64', m: 19, n: 133, k: 70, epilogue: 'update' })
})

test('matmul: sizes bound at run time', () => {
  const [rows, inner, columns] = [dimension('rows', { max: 400 }), dimension('inner', { max: 400 }), dimension('columns', { max: 400 })]
  for (const size of [1, 37, 300]) {
    checkMatmul({ m: rows, n: 70, k: 65, sizes: { rows: size }, epilogue: 'chain' })
    checkMatmul({ batch: rows, m: inner, n: columns, k: 33, lhs: 'columns', rhs: 'columns', sizes: { rows: 3, inner: size, columns: size + 1 } })
    checkMatmul({ m: 20, n: columns, k: inner, sizes: { inner: size, columns: size + 1 } })
  }
  for (const size of [0, 1, 3, 4, 5]) {
    checkMatmul({ m: rows, n: 515, k: 301, sizes: { rows: size }, epilogue: 'chain' })
    checkMatmul({ m: rows, n: 515, k: 301, rhs: 'columns', sizes: { rows: size } })
  }
  checkMatmul({ m: rows, n: columns, k: 33, sizes: { rows: 2, columns: 77 } })
})

test('matmul: NaN and infinity go where they belong', () => {
  checkMatmul({ m: 9, n: 40, k: 20, value: (side, r, c) => (side === 'lhs' ? (r === 3 && c === 5 ? NaN : 0) : r === 5 && c === 7 ? Infinity : 1) })
})

test('matmul: narrower vectors and fewer registers', () => {
  for (const target of [avx2, sse, neon]) {
    checkMatmul({ m: 37, n: 53, k: 29, target, rhs: 'columns', epilogue: 'chain' })
    checkMatmul({ m: 301, n: 133, k: 401, target, lhs: 'columns' })
    checkMatmul({ dtype: 'bf16', m: 33, n: 47, k: 65, lhs: 'columns', rhs: 'columns', target })
  }
})
