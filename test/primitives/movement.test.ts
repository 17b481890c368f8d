// Movement primitives and sources: elements keep every bit, wherever they go.

import fc from 'fast-check'
import { makeNode } from '../../src/core/graph.ts'
import { testAgreement } from './check.ts'
import { allDTypes, givenInput, randomView } from './inputs.ts'
import { RandomSource } from './random-source.ts'
import { rankedShape, seed, shape } from './shapes.ts'
import { storageOf } from '../../src/core/index.ts'

const exactly = { ulps: 0, signedZeros: true } as const
const typed = (shape: fc.Arbitrary<number[]>) => allDTypes.map((dtype) => fc.record({ dtype: fc.constant(dtype), shape, seed }))

testAgreement('movement: chains of permute, slice, expand, flip and reshape', {
  arbitraries: typed(shape),
  count: 3,
  build: ({ dtype, shape, seed }) => {
    const { node, input } = randomView(dtype, shape, 'any', new RandomSource(seed))
    return { inputs: [input], results: [makeNode({ name: 'stopGradient' }, [node])], tolerance: exactly }
  },
})

testAgreement('pad: low, high and interior, negative ones crop', {
  arbitraries: typed(rankedShape),
  count: 2,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const { node, input } = randomView(dtype, shape, 'any', random)
    const interior = shape.map(() => random.pick([0, 0, 1, 2]))
    const grown = shape.map((n, i) => (n === 0 ? 0 : n + (n - 1) * (interior[i] ?? 0)))
    const low = grown.map((n) => random.integer(Math.max(-2, -n), 3))
    const high = grown.map((n, i) => random.integer(Math.max(-2, -n - (low[i] ?? 0)), 3))
    const value = random.pick([0, 1, -Infinity, dtype === 'f32' ? NaN : -3])
    return { inputs: [input], results: [makeNode({ name: 'pad', low, high, interior, value }, [node])], tolerance: exactly }
  },
})

testAgreement('concat: parts of any length, empty ones too', {
  arbitraries: typed(rankedShape),
  count: 2,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const axis = random.integer(0, shape.length - 1)
    const parts = Array.from({ length: random.integer(1, 4) }, () =>
      randomView(
        dtype,
        shape.map((n, i) => (i === axis ? random.integer(0, 9) : n)),
        'any',
        random,
      ),
    )
    return {
      inputs: parts.map((p) => p.input),
      results: [
        makeNode(
          { name: 'concat', axis },
          parts.map((p) => p.node),
        ),
      ],
      tolerance: exactly,
    }
  },
})

testAgreement('fill and iota: every dtype', {
  arbitraries: typed(rankedShape),
  count: 2,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const value = random.pick([0, 1, -1, 0.1, 300, -300.7, NaN, Infinity, -Infinity, 3e9])
    const axis = random.integer(0, shape.length - 1)
    const results = [makeNode({ name: 'fill', value, shape, dtype }), makeNode({ name: 'iota', shape, axis, dtype })]
    return { inputs: [], results, tolerance: exactly }
  },
})

testAgreement('randomBits: every bit, whatever the shape', {
  arbitraries: [fc.record({ shape, seed })],
  count: 6,
  build: ({ shape, seed }) => {
    const random = new RandomSource(seed)
    const key = givenInput(storageOf([random.integer(0, 2 ** 32 - 1), random.integer(0, 2 ** 32 - 1)], 'u32'), [2])
    return { inputs: [key], results: [makeNode({ name: 'randomBits', shape }, [key.node])], tolerance: exactly }
  },
})
