// Scatter-add, running sums, orderings and attention as whole-value kernels, against the reference device.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attention } from '../../../src/core/ops/contractions.ts'
import { scatterAdd, sort, argsort, topK } from '../../../src/core/ops/indexing.ts'
import { elementOf, makeNode } from '../../../src/core/graph.ts'
import { Tensor } from '../../../src/core/tensor.ts'
import type { DType } from '../../../src/core/dtype.ts'
import { check, given, numbers, random, read, symbolic } from './against-reference.ts'

const allTypes: readonly DType[] = ['f32', 'f64', 'f16', 'bf16', 'i32', 'i64', 'u32', 'i8', 'u8']

test('scatterAdd sums updates of equal index in every dtype and ignores indices out of range', () => {
  const indices = given('i32', [9], [0, 2, 2, -1, 4, 5, 2, 0, 1000])
  const updates = allTypes.map((dtype) => random(dtype, [9, 17], 3))
  check(
    [indices, ...updates],
    updates.map((u) => scatterAdd(indices.tensor, u.tensor, 5)),
  )
})

test('scatterAdd writes along any axis, with indices of several axes and any integer dtype', () => {
  const indices = (['i64', 'u32', 'u8', 'i8'] as const).map((dtype) => random(dtype, [2, 3], 5, { scale: 6 }))
  const updates = random('f32', [3, 2, 3, 5], 6)
  check(
    [updates, ...indices],
    indices.map((at) => scatterAdd(at.tensor, updates.tensor, 4, 1)),
  )
})

test('scatterAdd of an embedding gradient is split into tasks whose order does not matter', () => {
  const indices = given('i32', [512], numbers(512, 7, 3000).map(Math.round))
  const updates = random('f32', [512, 96], 8)
  const rows = check([indices, updates], [scatterAdd(indices.tensor, updates.tensor, 3000)])
  assert.ok((rows.tasks()[0]?.[0] ?? 0) > 1)
  const few = given(
    'i32',
    [2048],
    numbers(2048, 9, 65).map((x) => Math.abs(Math.round(x))),
  )
  const wide = random('f32', [2048, 384], 10)
  const columns = check([few, wide], [scatterAdd(few.tensor, wide.tensor, 65)], { tolerance: 1e-5 })
  assert.ok((columns.tasks()[0]?.[0] ?? 0) > 1)
})

test('scatterAdd of nothing is zeros', () => {
  const indices = given('i32', [0], [])
  const updates = random('f32', [0, 3], 3)
  check([indices, updates], [scatterAdd(indices.tensor, updates.tensor, 4)])
})

test('cumulative functions run along any axis in both directions', () => {
  const inputs = allTypes.map((dtype) => random(dtype, [3, 5, 70], 11, { scale: 2, special: true }))
  const results = inputs.flatMap((x, i) =>
    (['sum', 'prod', 'max', 'min'] as const).map(
      (fn) => new Tensor(makeNode({ name: 'cumulative', fn, axis: i % 3, reverse: i % 2 > 0 }, [x.tensor.node])),
    ),
  )
  check(inputs, results)
})

test('sort is stable, puts NaN above everything and treats −0 as 0', () => {
  const inputs = allTypes.map((dtype) => random(dtype, [33, 65], 13, { special: true }))
  const results = inputs.flatMap(({ tensor }, axis) =>
    [false, true].flatMap((descending) => [sort(tensor, axis % 2, { descending }), argsort(tensor, axis % 2, { descending })]),
  )
  check(inputs, results)
})

test('sort of long lines uses the scratch', () => {
  const x = random('f32', [3, 20000], 17)
  const compiled = check([x], [sort(x.tensor), argsort(x.tensor)])
  assert.match(compiled.sources[0] ?? '', /buf\[3\]/)
})

test('topK gives the largest first, by insertion or by sorting', () => {
  const inputs = allTypes.map((dtype) => random(dtype, [7, 200], 19, { special: true }))
  const results = inputs.flatMap(({ tensor }, i) => [i % 2, 5, 150].flatMap((k) => Object.values(topK(tensor, k))))
  check(inputs, results)
})

test('attention and its gradient work on contiguous nodes in f32 and half precisions', () => {
  for (const dtype of ['f32', 'f16', 'bf16'] as const) {
    const q = random(dtype, [2, 5, 4, 8], 21, { scale: 1 })
    const k = random(dtype, [2, 7, 2, 8], 22, { scale: 1 })
    const v = random(dtype, [2, 7, 2, 8], 23, { scale: 1 })
    const bias = random(dtype, [1, 4, 5, 7], 24, { scale: 1 })
    const gradient = random(dtype, [2, 5, 4, 8], 25, { scale: 1 })
    const inputs = [q, k, v].map((x) => x.tensor.node)
    for (const extra of dtype === 'f16' ? [[]] : [[bias.tensor.node]]) {
      const forward = makeNode({ name: 'attention', scale: 0.35, causal: true }, [...inputs, ...extra])
      const [out, logSumExp] = [elementOf(forward, 0), elementOf(forward, 1)]
      const backward = makeNode({ name: 'attentionGradient', scale: 0.35, causal: true }, [...inputs, out, logSumExp, gradient.tensor.node, ...extra])
      const given = [q, k, v, gradient, ...(extra.length > 0 ? [bias] : [])]
      check(
        given,
        [out, logSumExp, elementOf(backward, 0), elementOf(backward, 1), elementOf(backward, 2)].map((node) => new Tensor(node)),
        { tolerance: dtype === 'f32' ? 1e-5 : dtype === 'f16' ? 1e-2 : 0.1 },
      )
    }
  }
})

test('attention reads one node as query, key and value, and sizes bound at run time', () => {
  const { size, dims } = symbolic('batch', 3, 8)
  const x = random('f32', [size, 6, 2, 16], 27, { dims })
  check([x], [attention(x.tensor, x.tensor, x.tensor, { causal: true })], { dims, tolerance: 1e-5 })
})

test('attention refuses double precision with the way out', () => {
  const x = random('f64', [1, 2, 1, 4], 28)
  assert.throws(
    () => check([x], [attention(x.tensor, x.tensor, x.tensor)]),
    /native attention: expected f32, f16 or bf16, got f64\. Cast the operands, or use matmul and softmax\./,
  )
})

test('results are ordered as they were asked for when a leading size is bound at run time', () => {
  const { size, dims } = symbolic('rows', 5, 9)
  const x = random('f32', [size, 30], 29, { dims })
  const compiled = check([x], [sort(x.tensor)], { dims })
  assert.equal(compiled.kernels.length, 1)
  assert.equal(read(x.storage).length, 150)
})
