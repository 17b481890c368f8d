// Elementwise primitives: every function on every dtype it takes, on views, with NaN, ±∞, −0 and extremes.

import fc from 'fast-check'
import { byteSize, type DType, isFloat } from '../../src/core/index.ts'
import { makeNode, type Node } from '../../src/core/graph.ts'
import type { BinaryFunction, CompareFunction, UnaryFunction } from '../../src/core/primitives.ts'
import { testAgreement } from './check.ts'
import { allDTypes, floatDTypes, integerDTypes, randomView } from './inputs.ts'
import { RandomSource } from './random-source.ts'
import { seed, shape } from './shapes.ts'

const exact: readonly UnaryFunction[] = ['negate', 'abs', 'sign', 'floor', 'ceil', 'round']
const analytic: readonly UnaryFunction[] = ['exp', 'expm1', 'log', 'log1p', 'sqrt', 'sin', 'cos', 'tanh', 'erf']
const comparisons: readonly CompareFunction[] = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual']
const arithmetic: readonly BinaryFunction[] = ['add', 'subtract', 'multiply', 'divide', 'maximum', 'minimum', 'remainder']
const bitwise: readonly BinaryFunction[] = ['and', 'or', 'xor']
const shifts: readonly BinaryFunction[] = ['shiftLeft', 'shiftRight']

const typed = (dtypes: readonly DType[]) => dtypes.map((dtype) => fc.record({ dtype: fc.constant(dtype), shape, seed }))

testAgreement('unary: exact functions of floats keep NaN, ∞ and the sign of zero', {
  arbitraries: typed(floatDTypes),
  count: 2,
  build: ({ dtype, shape, seed }) => {
    const x = randomView(dtype, shape, 'any', new RandomSource(seed))
    return { inputs: [x.input], results: exact.map((fn) => makeNode({ name: 'unary', fn }, [x.node])), tolerance: { ulps: 0, signedZeros: true } }
  },
})

testAgreement('unary: functions of analysis', {
  arbitraries: typed(floatDTypes),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const x = randomView(dtype, shape, 'any', new RandomSource(seed))
    return {
      inputs: [x.input],
      results: analytic.map((fn) => makeNode({ name: 'unary', fn }, [x.node])),
      tolerance: { ulps: byteSize(dtype) === 2 ? 1 : 4 },
    }
  },
})

testAgreement('unary: functions of integers wrap', {
  arbitraries: typed([...integerDTypes, 'bool']),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const x = randomView(dtype, shape, 'any', new RandomSource(seed))
    const functions: readonly UnaryFunction[] = dtype === 'bool' ? ['not'] : [...exact, 'not']
    return { inputs: [x.input], results: functions.map((fn) => makeNode({ name: 'unary', fn }, [x.node])), tolerance: { ulps: 0 } }
  },
})

function pair(dtype: DType, shape: readonly number[], random: RandomSource) {
  const [a, b] = [randomView(dtype, shape, 'any', random), randomView(dtype, shape, 'any', random)]
  const of = (functions: readonly BinaryFunction[]): Node[] => functions.map((fn) => makeNode({ name: 'binary', fn }, [a.node, b.node]))
  return { inputs: [a.input, b.input], a: a.node, b: b.node, of }
}

testAgreement('binary: arithmetic of floats', {
  arbitraries: typed(floatDTypes),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const { inputs, of } = pair(dtype, shape, new RandomSource(seed))
    return { inputs, results: of(arithmetic), tolerance: { ulps: 1 } }
  },
})

testAgreement('binary: powers of floats', {
  arbitraries: typed(floatDTypes),
  count: 2,
  build: ({ dtype, shape, seed }) => {
    const { inputs, of } = pair(dtype, shape, new RandomSource(seed))
    return { inputs, results: of(['power']), tolerance: { ulps: 4 } }
  },
})

testAgreement('binary: powers of positive floats with all their bits', {
  arbitraries: typed(floatDTypes),
  count: 2,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const [x, exponent] = [randomView(dtype, shape, 'fine', random), randomView(dtype, shape, 'fine', random)]
    const base = makeNode({ name: 'unary', fn: 'abs' }, [x.node])
    const result = makeNode({ name: 'binary', fn: 'power' }, [base, exponent.node])
    return { inputs: [x.input, exponent.input], results: [result], tolerance: { ulps: 4 } }
  },
})

testAgreement('binary: arithmetic, bits and shifts of integers wrap; a zero divisor gives zero', {
  arbitraries: typed([...integerDTypes, 'bool']),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const { inputs, of } = pair(dtype, shape, new RandomSource(seed))
    const functions: readonly BinaryFunction[] =
      dtype === 'bool' ? [...bitwise, 'maximum', 'minimum'] : [...arithmetic, 'power', ...bitwise, ...shifts]
    return { inputs, results: of(functions), tolerance: { ulps: 0 } }
  },
})

testAgreement('compare and where: every dtype', {
  arbitraries: typed(allDTypes),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const random = new RandomSource(seed)
    const { inputs, a, b } = pair(dtype, shape, random)
    const condition = randomView('bool', shape, 'any', random)
    return {
      inputs: [...inputs, condition.input],
      results: [...comparisons.map((fn) => makeNode({ name: 'compare', fn }, [a, b])), makeNode({ name: 'where' }, [condition.node, a, b])],
      tolerance: { ulps: 0, signedZeros: isFloat(dtype) },
    }
  },
})

testAgreement('cast: from every dtype to every dtype', {
  arbitraries: typed(allDTypes),
  count: 1,
  build: ({ dtype, shape, seed }) => {
    const x = randomView(dtype, shape, 'any', new RandomSource(seed))
    return {
      inputs: [x.input],
      results: allDTypes.map((to) => makeNode({ name: 'cast', dtype: to }, [x.node])),
      tolerance: { ulps: 0, signedZeros: true },
    }
  },
})
