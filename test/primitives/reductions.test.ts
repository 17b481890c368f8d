// Reductions, running reductions and order statistics along any axes of views.

import fc from 'fast-check'
import { byteSize, type DType, isFloat, storageOf } from '../../src/core/index.ts'
import { elementOf, makeNode, type Node } from '../../src/core/graph.ts'
import { testAgreement, type Tolerance } from './check.ts'
import { allDTypes, countOf, floatDTypes, givenInput, integerDTypes, randomView } from './inputs.ts'
import { RandomSource } from './random-source.ts'
import { rankedShape, seed } from './shapes.ts'

const numeric: readonly DType[] = [...floatDTypes, ...integerDTypes]
const typed = (dtypes: readonly DType[]) => dtypes.map((dtype) => fc.record({ dtype: fc.constant(dtype), shape: rankedShape, seed }))

const someAxes = (shape: readonly number[], random: RandomSource): number[] => {
  const axes = shape.map((_, axis) => axis).filter(() => random.chance(0.5))
  return axes.length > 0 ? axes : [random.integer(0, shape.length - 1)]
}

/** Sums of `count` numbers up to 2 in size: their size times the length of the chain of roundings. */
const sumTolerance = (dtype: DType, count: number): Tolerance => ({
  ulps: 1 + (byteSize(dtype) === 2 ? 0 : Math.sqrt(count)),
  magnitude: 2 * Math.max(1, Math.sqrt(count)),
})

testAgreement('reduce: sums along any axes', {
  arbitraries: typed(numeric),
  count: 3,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const profile = isFloat(dtype) ? random.pick(['tame', 'fine'] as const) : 'any'
    const { node, input } = randomView(dtype, shape, profile, random)
    const axes = someAxes(shape, random)
    const count = countOf(axes.map((a) => shape[a] ?? 1))
    return { inputs: [input], results: [makeNode({ name: 'reduce', fn: 'sum', axes }, [node])], tolerance: sumTolerance(dtype, count) }
  },
})

testAgreement('reduce: sums of NaN and ∞', {
  arbitraries: typed(floatDTypes),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const { node, input } = randomView(dtype, shape, 'any', random)
    return {
      inputs: [input],
      results: [makeNode({ name: 'reduce', fn: 'sum', axes: someAxes(shape, random) }, [node])],
      tolerance: { ulps: 64, magnitude: 2 ** 12 },
    }
  },
})

testAgreement('reduce: products', {
  arbitraries: typed(numeric),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const { node, input } = randomView(dtype, shape, 'tame', random)
    const wide = isFloat(dtype) ? makeNode({ name: 'cast', dtype: 'f64' }, [node]) : node
    return { inputs: [input], results: [makeNode({ name: 'reduce', fn: 'prod', axes: someAxes(shape, random) }, [wide])], tolerance: { ulps: 256 } }
  },
})

testAgreement('reduce and cumulative: products of floats near one, which neither vanish nor overflow', {
  arbitraries: typed(floatDTypes),
  count: 4,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    // Multiples of 1/128 around one are numbers of every float dtype.
    const values = Array.from({ length: countOf(shape) }, () => 1 + random.integer(-8, 8) / 128)
    const x = givenInput(storageOf(values, dtype), shape)
    const axes = someAxes(shape, random)
    const axis = axes[0] ?? 0
    const results = [
      makeNode({ name: 'reduce', fn: 'prod', axes }, [x.node]),
      makeNode({ name: 'cumulative', fn: 'prod', axis, reverse: random.chance(0.5) }, [x.node]),
    ]
    return { inputs: [x], results, tolerance: { ulps: byteSize(dtype) === 2 ? 2 : 2 + countOf(axes.map((a) => shape[a] ?? 1)) } }
  },
})

testAgreement('reduce: max and min, NaN goes through', {
  arbitraries: typed(allDTypes),
  count: 2,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const { node, input } = randomView(dtype, shape, random.chance(0.5) ? 'any' : 'finite', random)
    const axes = someAxes(shape, random)
    return { inputs: [input], results: (['max', 'min'] as const).map((fn) => makeNode({ name: 'reduce', fn, axes }, [node])), tolerance: { ulps: 0 } }
  },
})

testAgreement('argReduce: the first NaN, else the first of equals', {
  arbitraries: typed(allDTypes),
  count: 2,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const full = shape.map((n) => Math.max(n, 1))
    const { node, input } = randomView(dtype, full, random.pick(['any', 'finite', 'tame'] as const), random)
    const axis = random.integer(0, full.length - 1)
    return {
      inputs: [input],
      results: (['max', 'min'] as const).map((fn) => makeNode({ name: 'argReduce', fn, axis }, [node])),
      tolerance: { ulps: 0 },
    }
  },
})

testAgreement('cumulative: sums, products, maxima and minima, both ways', {
  arbitraries: typed(numeric),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const { node, input } = randomView(dtype, shape, 'tame', random)
    const axis = random.integer(0, shape.length - 1)
    const reverse = random.chance(0.5)
    const half = byteSize(dtype) === 2
    const results: Node[] = (['sum', 'max', 'min'] as const).map((fn) => makeNode({ name: 'cumulative', fn, axis, reverse }, [node]))
    if (!isFloat(dtype)) results.push(makeNode({ name: 'cumulative', fn: 'prod', axis, reverse }, [node]))
    const size = shape[axis] ?? 1
    return { inputs: [input], results, tolerance: { ulps: half ? 2 : 1 + size, magnitude: half ? 2 * Math.sqrt(size) : 1 } }
  },
})

testAgreement('sort: stable along any axis, NaN above everything', {
  arbitraries: typed(allDTypes),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const { node, input } = randomView(dtype, shape, random.pick(['any', 'tame'] as const), random)
    const sorted = makeNode({ name: 'sort', axis: random.integer(0, shape.length - 1), descending: random.chance(0.5) }, [node])
    return { inputs: [input], results: [elementOf(sorted, 0), elementOf(sorted, 1)], tolerance: { ulps: 0, signedZeros: true } }
  },
})

testAgreement('topK: of the last axis', {
  arbitraries: typed(allDTypes),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const { node, input } = randomView(dtype, shape, random.pick(['any', 'tame'] as const), random)
    const top = makeNode({ name: 'topK', k: random.integer(0, shape.at(-1) ?? 0) }, [node])
    return { inputs: [input], results: [elementOf(top, 0), elementOf(top, 1)], tolerance: { ulps: 0, signedZeros: true } }
  },
})
