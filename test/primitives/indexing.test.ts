// Reading and writing by computed index, in and out of range.

import fc from 'fast-check'
import { byteSize, type DType, isFloat, storageOf } from '../../src/core/index.ts'
import { makeNode } from '../../src/core/graph.ts'
import { testAgreement } from './check.ts'
import { allDTypes, countOf, floatDTypes, givenInput, type Input, integerDTypes, randomInput, randomView } from './inputs.ts'
import { RandomSource } from './random-source.ts'
import { rankedShape, seed, smallSize } from './shapes.ts'

const typed = (dtypes: readonly DType[]) =>
  dtypes.map((dtype) => fc.record({ dtype: fc.constant(dtype), shape: rankedShape, indices: fc.array(smallSize, { maxLength: 2 }), seed }))

/** Indices into an axis of `size`, about one in eight outside the range. */
function randomIndices(shape: readonly number[], size: number, random: RandomSource): Input {
  const dtype = random.pick(integerDTypes)
  const low = dtype === 'u8' || dtype === 'u32' ? 0 : -2
  const values = Array.from({ length: countOf(shape) }, () =>
    random.chance(0.125) ? random.integer(low, size + 3) : random.integer(0, Math.max(0, size - 1)),
  )
  return givenInput(storageOf(values, dtype), shape)
}

testAgreement('gather: along any axis, outside the range reads zero', {
  arbitraries: typed(allDTypes),
  count: 2,
  build: ({ dtype, shape, indices, seed }) => {
    const random = new RandomSource(seed)
    const axis = random.integer(0, shape.length - 1)
    const source = randomView(dtype, shape, 'any', random)
    const at = randomIndices(indices, shape[axis] ?? 1, random)
    return {
      inputs: [source.input, at],
      results: [makeNode({ name: 'gather', axis }, [source.node, at.node])],
      tolerance: { ulps: 0, signedZeros: true },
    }
  },
})

testAgreement('scatterAdd: sums equal indices, outside the range writes nothing', {
  arbitraries: typed([...floatDTypes, ...integerDTypes]),
  count: 2,
  build: ({ dtype, shape, indices, seed }) => {
    const random = new RandomSource(seed)
    const axis = random.integer(0, shape.length - 1)
    const size = shape[axis] ?? 1
    const at = randomIndices(indices, size, random)
    const updates = randomView(dtype, [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)], isFloat(dtype) ? 'tame' : 'any', random)
    const half = byteSize(dtype) === 2
    const terms = countOf(indices)
    return {
      inputs: [at, updates.input],
      results: [makeNode({ name: 'scatterAdd', axis, size }, [at.node, updates.node])],
      tolerance: { ulps: half ? 1 : 1 + terms, magnitude: half ? 2 * Math.sqrt(1 + terms) : 2 },
    }
  },
})

const start = (size: number, random: RandomSource): Input => givenInput(storageOf([random.integer(-3, size + 3)], 'i32'), [])

testAgreement('dynamicSlice and dynamicUpdateSlice: starts are clamped', {
  arbitraries: allDTypes.map((dtype) => fc.record({ dtype: fc.constant(dtype), shape: rankedShape, seed })),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const source = randomView(dtype, shape, 'any', random)
    const sizes = shape.map((n) => random.integer(0, n))
    const update = randomInput(dtype, sizes, 'any', random)
    const starts = shape.map((n) => start(n, random))
    const nodes = starts.map((s) => s.node)
    const results = [
      makeNode({ name: 'dynamicSlice', sizes }, [source.node, ...nodes]),
      makeNode({ name: 'dynamicUpdateSlice' }, [source.node, update.node, ...nodes]),
    ]
    return { inputs: [source.input, update, ...starts], results, tolerance: { ulps: 0, signedZeros: true } }
  },
})
