// Elementwise kernels, row sweeps and column reductions, against the reference device: dtypes, special values, odd sizes, any order of tasks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DType } from '../../../src/core/dtype.ts'
import { makeNode } from '../../../src/core/graph.ts'
import { binary, cast, compare, erf, exp, sqrt, unary, where } from '../../../src/core/ops/elementwise.ts'
import { gather, iota } from '../../../src/core/ops/indexing.ts'
import { broadcastTo, concat, flip, pad, permute, reshape, slice } from '../../../src/core/ops/movement.ts'
import { argmax, argmin, max, mean, min, prod, softmax, sum } from '../../../src/core/ops/reductions.ts'
import type { BinaryFunction, CompareFunction, UnaryFunction } from '../../../src/core/primitives.ts'
import { Tensor } from '../../../src/core/tensor.ts'
import { check, given, random, read, symbolic } from './against-reference.ts'

const integers: readonly DType[] = ['i32', 'i64', 'u32', 'i8', 'u8', 'bool']
const reals: readonly DType[] = ['f32', 'f64', 'f16', 'bf16']
const all: readonly DType[] = [...reals, ...integers]

const unaries: readonly UnaryFunction[] = [
  'negate',
  'abs',
  'sign',
  'floor',
  'ceil',
  'round',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sqrt',
  'sin',
  'cos',
  'tanh',
  'erf',
]
const binaries: readonly BinaryFunction[] = ['add', 'subtract', 'multiply', 'divide', 'power', 'maximum', 'minimum', 'remainder']
const bitwise: readonly BinaryFunction[] = ['and', 'or', 'xor', 'shiftLeft', 'shiftRight']
const comparisons: readonly CompareFunction[] = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual']

const apply2 = (fn: BinaryFunction, a: Tensor, b: Tensor) => new Tensor(makeNode({ name: 'binary', fn }, [a.node, b.node]))

test('unary functions agree in every real dtype, NaN, infinities and zeros included', () => {
  const inputs = reals.map((dtype, i) => random(dtype, [45], i, { special: true }))
  check(
    inputs,
    inputs.flatMap(({ tensor }) => unaries.map((fn) => unary(fn, tensor))),
  )
})

test('binary functions agree in every real dtype, special values included', () => {
  const pairs = reals.map((dtype, i) => [random(dtype, [64], i, { special: true }), random(dtype, [64], i + 9, { special: true })] as const)
  check(
    pairs.flat(),
    pairs.flatMap(([a, b]) => binaries.map((fn) => apply2(fn, a.tensor, b.tensor))),
    { tolerance: 3e-2 },
  )
})

test('integers wrap, floor their divisions and never trap', () => {
  const values: Readonly<Partial<Record<DType, readonly number[]>>> = {
    i32: [-(2 ** 31), 2 ** 31 - 1, -7, -1, 0, 1, 3, 33, 1000003],
    i64: [-(2 ** 62), 2 ** 62, -7, -1, 0, 1, 3, 70, 123456789012],
    u32: [0, 1, 2, 7, 33, 2 ** 31, 2 ** 32 - 1, 65537, 12],
    i8: [-128, 127, -7, -1, 0, 1, 3, 9, 50],
    u8: [0, 1, 2, 7, 9, 128, 255, 100, 3],
    bool: [0, 1, 0, 1, 1, 0, 0, 1, 1],
  }
  const inputs = integers.flatMap((dtype) => {
    const list = values[dtype] ?? []
    return [
      given(
        dtype,
        [81],
        Array.from({ length: 81 }, (_, i) => list[i % 9] ?? 0),
      ),
      given(
        dtype,
        [81],
        Array.from({ length: 81 }, (_, i) => list[Math.floor(i / 9)] ?? 0),
      ),
    ]
  })
  const results = integers.flatMap((_, i) => {
    const [a, b] = [inputs[2 * i]?.tensor, inputs[2 * i + 1]?.tensor]
    if (a === undefined || b === undefined) return []
    const arithmetic = [...binaries, ...(a.dtype === 'bool' ? bitwise.slice(0, 3) : bitwise)].map((fn) => apply2(fn, a, b))
    const orders = comparisons.map((fn) => new Tensor(makeNode({ name: 'compare', fn }, [a.node, b.node])))
    const signs = (['negate', 'abs', 'sign', 'not'] as const).flatMap((fn) => (a.dtype === 'bool' && fn !== 'not' ? [] : [unary(fn, a)]))
    return [...arithmetic, ...orders, ...signs]
  })
  check(inputs, results)
})

test('comparisons with NaN are false, notEqual true', () => {
  const [a, b] = [random('f32', [64], 1, { special: true }), random('f32', [64], 8, { special: true })]
  check(
    [a, b],
    comparisons.map((fn) => compare(fn, a.tensor, b.tensor)),
  )
})

test('casts between all dtypes truncate, saturate, wrap and round as the reference does', () => {
  const inputs = all.map((dtype, i) => random(dtype, [70], i, { scale: 300, special: true }))
  const large = given('f64', [12], [1e10, -1e10, 1e19, -1e19, 2147483647.5, 4294967295.5, 255.9, -0.9, Number.NaN, Infinity, -Infinity, 127.5])
  check(
    [...inputs, large],
    [...inputs, large].flatMap(({ tensor }) => all.filter((to) => to !== tensor.dtype).map((to) => cast(tensor, to))),
  )
})

test('where, positions and constants keep their dtype', () => {
  const inputs = all.map((dtype, i) => random(dtype, [3, 20], i))
  const results = inputs.flatMap(({ tensor }, i) => {
    const dtype = all[i] ?? 'f32'
    const filled = new Tensor(makeNode({ name: 'fill', value: 300.7, shape: [3, 20], dtype }))
    return [where(compare('less', iota([3, 20], 1), 7), tensor, filled), iota([3, 400], 1, dtype)]
  })
  check(inputs, results)
})

test('reductions over rows agree in every dtype, NaN goes through maxima', () => {
  const inputs = all.map((dtype, i) => random(dtype, [5, 37], i, { scale: 2 }))
  const specials = all.map((dtype, i) => random(dtype, [5, 37], i, { special: true }))
  check(
    [...inputs, ...specials],
    [
      ...inputs.flatMap(({ tensor }) => [sum(tensor, 1), prod(tensor, 1)]),
      ...specials.flatMap(({ tensor }) => [max(tensor, 1), min(tensor, 1), argmax(tensor, 1), argmin(tensor, 1)]),
    ],
    { tolerance: 3e-2 },
  )
})

test('reductions over columns agree in every dtype', () => {
  const inputs = all.map((dtype, i) => random(dtype, [7, 3, 19], i, { scale: 2 }))
  const results = inputs.flatMap(({ tensor }) => [
    ...[sum, prod, max, min].map((reduce) => reduce(tensor, 0)),
    ...[sum, max].map((reduce) => reduce(tensor, [0, 1])),
    ...[sum, min].map((reduce) => reduce(tensor, 1)),
    ...[sum, max].map((reduce) => reduce(tensor, [0, 2])),
    argmax(tensor, 0),
  ])
  check(inputs, results, { tolerance: 3e-2 })
})

test('a sum over everything is cut into parts, and stays accurate', () => {
  const x = random('f32', [700_000], 3, { scale: 1 })
  const shifted = binary('add', x.tensor, 100)
  const compiled = check([x], [sum(shifted), max(x.tensor), argmax(x.tensor), min(x.tensor), mean(binary('multiply', x.tensor, x.tensor))], {
    tolerance: 1e-6,
  })
  assert.ok(compiled.tasks().some((phases) => phases.length > 1 && (phases[0] ?? 0) > 1))
})

test('a sum over everything of wrapping integers and of booleans is exact', () => {
  const inputs = (['i32', 'i64', 'u8', 'bool', 'f64'] as const).map((dtype) => random(dtype, [300_000], 4, { scale: 100 }))
  check(
    inputs,
    inputs.flatMap(({ tensor }) => [sum(tensor), max(tensor)]),
  )
})

test('long rows are normalised in phases, short rows side by side', () => {
  const long = random('f32', [2, 150_001], 5)
  check([long], [softmax(long.tensor, 1)])
  const short = random('f32', [33, 10], 6)
  const compiled = check([short], [softmax(short.tensor, 1)])
  assert.deepEqual(compiled.tasks(), [[1]])
})

test('many short rows are computed in lanes in every dtype, guards and values that several sweeps use included', () => {
  const inputs = all.map((dtype, i) => random(dtype, [37, 5], i, { scale: 2 }))
  const indices = given(
    'i32',
    [40],
    Array.from({ length: 40 }, (_, i) => (i * 7) % 45),
  )
  const special = random('f32', [40, 3], 8, { special: true })
  check(
    [...inputs, indices, special],
    [
      ...inputs.flatMap(({ tensor }) => [sum, prod, max, min].map((reduce) => reduce(tensor, 1))),
      ...inputs.slice(0, 4).map(({ tensor }) => softmax(tensor, 1)),
      ...inputs.slice(0, 4).map(({ tensor }) => sum(exp(gather(tensor, indices.tensor, 0)), 1)),
      max(special.tensor, 1),
      min(special.tensor, 1),
    ],
    { tolerance: 3e-2 },
  )
})

test('column reductions with many rows are cut into parts', () => {
  const x = random('f32', [9000, 33], 7)
  const g = random('f32', [9000, 33], 8)
  const compiled = check([x, g], [sum(binary('multiply', x.tensor, g.tensor), 0)], { tolerance: 1e-5 })
  assert.equal(compiled.tasks()[0]?.length, 2)
  const large = random('f32', [600, 700], 9)
  const thin = random('f32', [3, 500, 1], 10)
  check([large, thin], [max(large.tensor, 0), sum(thin.tensor, 1), sum(thin.tensor, [0, 1])])
})

test('reductions of nothing give their neutral element', () => {
  const x = random('f32', [4, 0], 1)
  const y = random('i32', [0, 4], 1)
  check([x, y], [sum(x.tensor, 1), max(x.tensor, 1), prod(y.tensor, 0), min(y.tensor, 0), sum(x.tensor), exp(x.tensor)])
})

test('kernels over nothing have no tasks', () => {
  const x = random('f32', [0, 3], 1)
  const y = random('f32', [3, 0], 1)
  const compiled = check([x, y], [exp(x.tensor), permute(y.tensor, [1, 0]), sum(y.tensor, 0)])
  assert.deepEqual(compiled.tasks().flat(), [0, 0, 0])
})

test('movements are index arithmetic: nothing is read outside its bounds', () => {
  const x = random('f32', [3, 4, 5], 11)
  const y = random('f32', [3, 2, 5], 12)
  const indices = given('i32', [2, 3], [0, 3, -1, 4, 1, 1000000])
  check(
    [x, y, indices],
    [
      permute(x.tensor, [2, 0, 1]),
      flip(x.tensor, [0, 2]),
      pad(
        x.tensor,
        [
          [1, 0],
          [0, 2],
          [2, 1],
        ],
        { value: 7 },
      ),
      new Tensor(makeNode({ name: 'pad', low: [0, 1, 0], high: [1, 0, 2], interior: [1, 0, 2], value: -1 }, [x.tensor.node])),
      slice(x.tensor, [1, 0, 1], [2, 2, 2], [1, 2, 2]),
      concat([x.tensor, y.tensor], 1),
      exp(concat([binary('multiply', x.tensor, x.tensor), y.tensor], 1)),
      gather(x.tensor, indices.tensor, 1),
      sum(gather(x.tensor, indices.tensor, 0), [0, 3]),
      reshape(permute(x.tensor, [1, 0, 2]), [5, 12]),
    ],
  )
})

test('dynamic slices and updates clamp their starts', () => {
  const x = random('f32', [6, 7], 13)
  const u = random('f32', [2, 3], 14)
  const [i, j] = [given('i32', [], [5]), given('i32', [], [-3])]
  const starts = [i.tensor.node, j.tensor.node]
  check(
    [x, u, i, j],
    [
      new Tensor(makeNode({ name: 'dynamicSlice', sizes: [2, 3] }, [x.tensor.node, ...starts])),
      new Tensor(makeNode({ name: 'dynamicUpdateSlice' }, [x.tensor.node, u.tensor.node, ...starts])),
    ],
  )
})

test('a chain that reads one value many times inside a guard is written once', () => {
  const x = random('f32', [40], 15, { scale: 0.5 })
  let y: Tensor = x.tensor
  for (let step = 0; step < 30; step++) y = binary('multiply', y, binary('add', binary('multiply', y, 0.1), 0.9))
  const compiled = check([x], [pad(y, [[3, 4]])])
  assert.ok(compiled.sources.join('').length < 20_000)
})

test('random bits are Threefry-2x32-20 of the position', () => {
  const key = given('u32', [2], [0x13198a2e, 0x03707344])
  check([key], [new Tensor(makeNode({ name: 'randomBits', shape: [3, 50] }, [key.tensor.node]))])
})

test('transposed copies in blocks, and axes of any size, agree', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(1, 2, 3, 15, 16, 17, 40), { minLength: 2, maxLength: 4 }), fc.nat(1000), (shape, seed) => {
      const x = random('f32', shape, seed)
      const axes = shape.map((_, i) => i).sort((a, b) => ((a * 7 + seed) % 5) - ((b * 7 + seed) % 5) || b - a)
      check([x], [permute(x.tensor, axes), binary('add', permute(x.tensor, axes), 1)])
    }),
    { numRuns: 6 },
  )
})

test('broadcasts, chains and normalisations of random shapes agree', () => {
  fc.assert(
    fc.property(fc.tuple(fc.constantFrom(1, 2, 5, 33), fc.constantFrom(1, 3, 16), fc.constantFrom(1, 2, 10, 65)), fc.nat(1000), (shape, seed) => {
      // Multiples of 1/64: their products and sums are exact, so that differences of near values are of the formula and not of rounding.
      const exact = (dims: readonly number[], own: number) => random('f32', dims, own, { grain: 64 })
      const x = exact(shape, seed)
      const bias = exact(shape.slice(-1), seed + 1)
      const column = exact([shape[0] ?? 1, 1, 1], seed + 2)
      const wide = binary('add', binary('multiply', x.tensor, broadcastTo(column.tensor, shape)), bias.tensor)
      const centred = binary('subtract', wide, mean(wide, -1, { keepDims: true }))
      const deviation = sqrt(binary('add', mean(binary('multiply', centred, centred), -1, { keepDims: true }), 1e-3))
      const normal = binary('divide', centred, deviation)
      check([x, bias, column], [erf(wide), normal, softmax(wide, -1), sum(normal, [0, 1]), sum(wide, 1)], { tolerance: 2e-5 })
    }),
    {
      numRuns: 5,
      examples: [
        [[33, 16, 2], 7],
        [[1, 1, 1], 0],
      ],
    },
  )
})

test('sizes bound at run time serve every size up to their maximum', () => {
  const { size } = symbolic('batch', 0, 40)
  for (const value of [1, 17, 40]) {
    const dims = new Map([['batch', value]])
    const x = random('f32', [size, 6], value, { dims })
    const results = [softmax(x.tensor, 1), sum(x.tensor, 0), exp(x.tensor), sum(x.tensor), permute(x.tensor, [1, 0]), argmax(x.tensor, 1)]
    check([x], results, { dims })
  }
})

test('the same sizes give one task for a small network', () => {
  const x = random('f32', [32, 64], 16)
  const compiled = check([x], [exp(x.tensor), sum(x.tensor, 0), softmax(x.tensor, 1)])
  assert.ok(compiled.tasks().every((phases) => phases.length === 1 && phases[0] === 1))
  assert.equal(read(x.storage).length, 2048)
})
