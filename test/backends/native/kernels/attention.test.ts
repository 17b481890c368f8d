// Fused attention and its gradient against the double-precision formula, on random shapes, layouts and biases.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { renderAttentionGradient } from '../../../../src/backends/native/kernels/attention-gradient.ts'
import { renderAttention, type AttentionInput } from '../../../../src/backends/native/kernels/attention.ts'
import type { CInt, Target } from '../../../../src/backends/native/rendered-kernel.ts'
import { referenceAttention, type ReferenceSizes } from './attention-reference.ts'
import { compileKernel } from './compile-kernel.ts'

const wide: Target = { vectorBytes: 64, vectorRegisters: 32, l1Bytes: 32768, l2Bytes: 1048576, l3Bytes: 33554432 }
const narrow: Target = { ...wide, vectorBytes: 32, vectorRegisters: 16 }

function randomValues(length: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 12345
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2147483648 - 1
  })
}

function assertClose(name: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length, name)
  let worst = -1
  let distance = tolerance
  for (let n = 0; n < expected.length; n++) {
    const [a = Number.NaN, e = Number.NaN] = [actual[n], expected[n]]
    const gap = a === e ? 0 : Math.abs(a - e) / (1 + Math.abs(e))
    if (!(gap <= distance)) [worst, distance] = [n, gap]
  }
  assert.ok(worst < 0, `${name}[${worst}]: expected ${expected[worst]}, received ${actual[worst]}`)
}

interface Case extends Omit<ReferenceSizes, 'bias'> {
  readonly target: Target
  /** q, k, v (and dq, dk, dv) lie in one `[batch, time, 3, heads, headDim]`; needs time = keyTime and heads = kvHeads. */
  readonly joined: boolean
  readonly bias: 'none' | 'full' | 'perKey'
  readonly symbolic: boolean
}

/** Runs both kernels (forwards and backwards through the tasks) and compares with the formula. */
function check(c: Case): void {
  const { batch, time, keyTime, heads, kvHeads, headDim, scale, causal } = c
  const joined = c.joined && time === keyTime && heads === kvHeads
  const qLength = batch * time * heads * headDim
  const kLength = batch * keyTime * kvHeads * headDim
  const lse = batch * heads * time
  const biasLength = c.bias === 'none' ? 0 : c.bias === 'full' ? batch * heads * time * keyTime : batch * keyTime
  const lengths = joined
    ? [3 * qLength, 0, 0, biasLength, qLength, lse, qLength, 3 * qLength, 0, 0]
    : [qLength, kLength, kLength, biasLength, qLength, lse, qLength, qLength, kLength, kLength]
  const starts = lengths.map((_, index) => lengths.slice(0, index).reduce((sum, length) => sum + length + 16, 16))
  const arenaLength = lengths.reduce((sum, length) => sum + length + 16, 16)
  const size = (value: number, index: number): CInt => (c.symbolic ? { c: `dim[${index}]`, evaluate: (dims) => dims[index] ?? 0 } : value)
  const times = (value: CInt, factor: number): CInt =>
    typeof value === 'number' ? value * factor : { c: `(${value.c} * ${factor})`, evaluate: (dims) => value.evaluate(dims) * factor }
  const t = size(time, 0)
  const tk = size(keyTime, 1)
  const operand = (buffer: number, part: number, rows: CInt, count: number): AttentionInput => {
    const row = (joined ? 3 : 1) * count * headDim
    return {
      buffer: joined ? buffer - part : buffer,
      offset: joined ? part * count * headDim : 0,
      batchStride: times(rows, row),
      timeStride: row,
      headStride: headDim,
    }
  }
  const bias =
    c.bias === 'none'
      ? {}
      : {
          bias:
            c.bias === 'perKey'
              ? { buffer: 3, batchStride: keyTime, headStride: 0, queryStride: 0, keyStride: 1 }
              : { buffer: 3, batchStride: heads * time * keyTime, headStride: time * keyTime, queryStride: keyTime, keyStride: 1 },
        }
  const spec = {
    batch: size(batch, 2),
    time: t,
    keyTime: tk,
    heads,
    kvHeads,
    headDim,
    scale,
    causal,
    ...bias,
    q: operand(0, 0, t, heads),
    k: operand(1, 1, tk, kvHeads),
    v: operand(2, 2, tk, kvHeads),
    out: 4,
    logSumExp: 5,
  }
  const forward = compileKernel(renderAttention(spec, c.target))
  const backward = compileKernel(
    renderAttentionGradient(
      {
        ...spec,
        outGradient: 6,
        dq: joined ? operand(7, 0, t, heads) : 7,
        dk: joined ? operand(8, 1, tk, kvHeads) : 8,
        dv: joined ? operand(9, 2, tk, kvHeads) : 9,
      },
      c.target,
    ),
  )

  const arena = new Float32Array(arenaLength).fill(Number.NaN)
  const values = { q: randomValues(qLength, 1), k: randomValues(kLength, 2), v: randomValues(kLength, 3), g: randomValues(qLength, 4) }
  const biasValues = randomValues(biasLength, 5)
  if (biasLength > 2) biasValues[1] = -Infinity
  const width = heads * headDim
  const write = (part: number, data: Float32Array): void => {
    if (!joined) arena.set(data, starts[part] ?? 0)
    else
      for (let row = 0; row < batch * time; row++)
        arena.set(data.subarray(row * width, (row + 1) * width), (starts[0] ?? 0) + (3 * row + part) * width)
  }
  const read = (buffer: number, part: number, length: number): Float32Array => {
    if (!joined || part < 0) return arena.slice(starts[buffer], (starts[buffer] ?? 0) + length)
    return Float32Array.from({ length }, (_, n) => arena[(starts[7] ?? 0) + (3 * Math.floor(n / width) + part) * width + (n % width)] ?? Number.NaN)
  }
  write(0, values.q)
  write(1, values.k)
  write(2, values.v)
  arena.set(biasValues, starts[3])
  arena.set(values.g, starts[6])
  const dims = [time, keyTime, batch]
  const results = [false, true].map((backwards) => {
    arena.fill(Number.NaN, (starts[4] ?? 0) - 16, starts[6] ?? 0)
    arena.fill(Number.NaN, starts[7])
    forward(arena, starts, dims, backwards)
    backward(arena, starts, dims, backwards)
    return arena.slice()
  })
  assert.deepEqual(results[0], results[1], 'the order of tasks changes bits')
  const biasAt = (b: number, h: number, i: number, j: number): number =>
    (c.bias === 'full' ? biasValues[((b * heads + h) * time + i) * keyTime + j] : biasValues[b * keyTime + j]) ?? Number.NaN
  const expected = referenceAttention({ ...c, ...(c.bias === 'none' ? { bias: () => 0 } : { bias: biasAt }) }, values.q, values.k, values.v, values.g)
  assertClose('out', read(4, -1, qLength), expected.out, 2e-6)
  assertClose('logSumExp', read(5, -1, lse), expected.logSumExp, 2e-6)
  assertClose('dq', read(7, 0, qLength), expected.dq, 1e-5)
  assertClose('dk', read(8, 1, kLength), expected.dk, 1e-5)
  assertClose('dv', read(9, 2, kLength), expected.dv, 1e-5)
}

const plain: Case = {
  batch: 2,
  time: 70,
  keyTime: 70,
  heads: 2,
  kvHeads: 2,
  headDim: 32,
  scale: 0.2,
  causal: true,
  target: wide,
  joined: false,
  bias: 'none',
  symbolic: false,
}

test('attention: a causal block past one tile agrees with the formula, forward and backward', () => check(plain))
test('attention: the one-phase gradient with grouped queries agrees with the formula', () =>
  check({ ...plain, batch: 8, heads: 4, kvHeads: 2, time: 33, keyTime: 65, headDim: 24 }))
test('attention: q, k, v and their gradients may be slices of one projection', () => check({ ...plain, batch: 8, joined: true, headDim: 64 }))
test('attention: one query decodes against many keys', () => check({ ...plain, time: 1, keyTime: 131, heads: 4, kvHeads: 1, headDim: 80 }))
test('attention: queries that see no key give zero and no gradient', () => check({ ...plain, time: 70, keyTime: 3 }))
test('attention: more than a thousand keys', () => check({ ...plain, batch: 1, time: 1030, keyTime: 1030, heads: 1, kvHeads: 1, headDim: 16 }))
test('attention: sizes bound at run time, narrower vectors', () => check({ ...plain, symbolic: true, target: narrow, bias: 'full' }))

test('attention: random shapes agree with the formula', () => {
  const small = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most })
  fc.assert(
    fc.property(
      fc.record({
        batch: small(3),
        time: small(80),
        keyTime: small(140),
        group: small(3),
        kvHeads: small(2),
        headDim: small(70),
        scale: fc.constantFrom(0.125, 1, 0.3),
        causal: fc.boolean(),
        target: fc.constantFrom(wide, narrow),
        joined: fc.boolean(),
        square: fc.boolean(),
        bias: fc.constantFrom('none' as const, 'full' as const, 'perKey' as const),
        symbolic: fc.boolean(),
      }),
      ({ group, square, ...rest }) => check({ ...rest, heads: rest.kvHeads * group, keyTime: square ? rest.time : rest.keyTime }),
    ),
    { numRuns: 8, seed: 7 },
  )
})

test('attention: the reference gradient agrees with finite differences', () => {
  const sizes = { batch: 1, time: 3, keyTime: 4, heads: 2, kvHeads: 1, headDim: 2, scale: 0.7, causal: true }
  const q = Float64Array.from(randomValues(12, 1))
  const k = Float64Array.from(randomValues(8, 2))
  const v = Float64Array.from(randomValues(8, 3))
  const g = Float64Array.from(randomValues(12, 4))
  const loss = (): number => referenceAttention(sizes, q, k, v, g).out.reduce((sum, value, n) => sum + value * (g[n] ?? 0), 0)
  const { dq, dk, dv } = referenceAttention(sizes, q, k, v, g)
  for (const [values, gradient] of [
    [q, dq],
    [k, dk],
    [v, dv],
  ] as const) {
    assertClose(
      'gradient',
      gradient,
      values.map((value, n) => {
        values[n] = value + 1e-5
        const above = loss()
        values[n] = value - 1e-5
        const below = loss()
        values[n] = value
        return (above - below) / 2e-5
      }),
      1e-8,
    )
  }
})

test('attention: heads that are no multiple of kvHeads are refused by name', () => {
  const operand = { buffer: 0, offset: 0, batchStride: 0, timeStride: 0, headStride: 0 }
  const sizes = { batch: 1, time: 4, keyTime: 4, heads: 3, kvHeads: 2, headDim: 8, scale: 1, causal: false }
  assert.throws(
    () => renderAttention({ ...sizes, q: operand, k: operand, v: operand, out: 1, logSumExp: 2 }, wide),
    /renderAttention: expected heads to be a multiple of kvHeads, received 3 and 2/,
  )
})
