// Products: sizes around every tile, operands as views in every layout, epilogues behind them.

import fc from 'fast-check'
import { byteSize, type DType, isFloat } from '../../src/core/index.ts'
import { makeNode, type Node } from '../../src/core/graph.ts'
import { testAgreement, type Tolerance } from './check.ts'
import { floatDTypes, integerDTypes, randomInput, randomView } from './inputs.ts'
import { RandomSource } from './random-source.ts'
import { seed, size } from './shapes.ts'

/** Sums of `depth` products of numbers up to 2 in size. */
function productTolerance(dtype: DType, depth: number): Tolerance {
  return { ulps: byteSize(dtype) === 2 ? 2 : 2 + Math.sqrt(depth), magnitude: 2 * Math.max(1, Math.sqrt(depth)) }
}

const matmul = (a: Node, b: Node, batch: number): Node => {
  const axes = Array.from({ length: batch }, (_, i) => i)
  return makeNode({ name: 'dot', lhsBatch: axes, rhsBatch: axes, lhsContract: [batch + 1], rhsContract: [batch] }, [a, b])
}

testAgreement('dot: matrices of sizes around every tile, in both layouts', {
  arbitraries: (['f32', 'f32', 'f32', 'f64', 'bf16', 'f16', 'i32'] as const).map((dtype) =>
    fc.record({ dtype: fc.constant<DType>(dtype), m: size, n: size, k: size, seed }),
  ),
  count: 3,
  build: ({ dtype, m, n, k, seed }) => {
    const random = new RandomSource(seed)
    const matrix = (rows: number, columns: number) => {
      const transposed = random.chance(0.5)
      const input = randomInput(dtype, transposed ? [columns, rows] : [rows, columns], 'tame', random)
      return { input, node: transposed ? makeNode({ name: 'permute', axes: [1, 0] }, [input.node]) : input.node }
    }
    const [a, b] = [matrix(m, k), matrix(k, n)]
    return { inputs: [a.input, b.input], results: [matmul(a.node, b.node, 0)], tolerance: productTolerance(dtype, k) }
  },
})

testAgreement('dot: depths of several blocks and single rows or columns', {
  arbitraries: [
    fc.record({
      m: fc.constantFrom(1, 2, 13, 130),
      n: fc.constantFrom(1, 3, 33, 200),
      k: fc.constantFrom(1, 255, 256, 257, 385, 513, 1030),
      seed,
    }),
  ],
  count: 8,
  build: ({ m, n, k, seed }) => {
    const random = new RandomSource(seed)
    const [a, b] = [randomInput('f32', [m, k], 'tame', random), randomInput('f32', [k, n], 'tame', random)]
    return { inputs: [a, b], results: [matmul(a.node, b.node, 0)], tolerance: productTolerance('f32', k) }
  },
})

testAgreement('dot: of numbers with all their bits', {
  arbitraries: floatDTypes.map((dtype) => fc.record({ dtype: fc.constant(dtype), m: size, n: size, k: fc.constantFrom(1, 17, 64, 300, 1030), seed })),
  count: 2,
  build: ({ dtype, m, n, k, seed }) => {
    const random = new RandomSource(seed)
    const [a, b] = [randomInput(dtype, [m, k], 'fine', random), randomInput(dtype, [k, n], 'fine', random)]
    return { inputs: [a, b], results: [matmul(a.node, b.node, 0)], tolerance: productTolerance(dtype, k) }
  },
})

testAgreement('dot: any axes of views as batch, free and contracted', {
  arbitraries: [...floatDTypes, ...integerDTypes].map((dtype) => fc.record({ dtype: fc.constant(dtype), seed })),
  count: 2,
  build: ({ dtype, seed }) => {
    const random = new RandomSource(seed)
    const sizes = (count: number) => Array.from({ length: count }, () => random.pick([1, 2, 3, 5, 8, 17]))
    const [batch, contract] = [sizes(random.integer(0, 2)), sizes(random.integer(0, 2))]
    const operand = (free: readonly number[]) => {
      const roles = random.shuffle([
        ...batch.map((n, i) => ({ n, role: 'batch' as const, i })),
        ...contract.map((n, i) => ({ n, role: 'contract' as const, i })),
        ...free.map((n, i) => ({ n, role: 'free' as const, i })),
      ])
      const axes = (role: 'batch' | 'contract', list: readonly number[]) => list.map((_, i) => roles.findIndex((r) => r.role === role && r.i === i))
      const view = randomView(
        dtype,
        roles.map((r) => r.n),
        isFloat(dtype) ? 'tame' : 'any',
        random,
      )
      return { ...view, batch: axes('batch', batch), contract: axes('contract', contract) }
    }
    const [a, b] = [operand(sizes(random.integer(0, 2))), operand(sizes(random.integer(0, 2)))]
    const node = makeNode({ name: 'dot', lhsBatch: a.batch, rhsBatch: b.batch, lhsContract: a.contract, rhsContract: b.contract }, [a.node, b.node])
    const depth = contract.reduce((x, y) => x * y, 1)
    return { inputs: [a.input, b.input], results: [node], tolerance: productTolerance(dtype, depth) }
  },
})

testAgreement('dot: with bias, activation and residual behind it', {
  arbitraries: [fc.record({ m: size, n: size, k: size, seed })],
  count: 6,
  build: ({ m, n, k, seed }) => {
    const random = new RandomSource(seed)
    const [a, b] = [randomInput('f32', [m, k], 'tame', random), randomInput('f32', [k, n], 'tame', random)]
    const [bias, residual] = [randomInput('f32', [1, n], 'tame', random), randomInput('f32', [m, n], 'tame', random)]
    const product = matmul(a.node, b.node, 0)
    const row = makeNode({ name: 'expand', shape: [m, n] }, [bias.node])
    const biased = makeNode({ name: 'binary', fn: 'add' }, [product, row])
    const active = makeNode({ name: 'unary', fn: 'tanh' }, [biased])
    const result = makeNode({ name: 'binary', fn: 'add' }, [active, residual.node])
    const results = random.chance(0.5) ? [result] : [result, product, makeNode({ name: 'reduce', fn: 'sum', axes: [1] }, [result])]
    return { inputs: [a, b, bias, residual], results, tolerance: { ulps: 8 + Math.sqrt(k + n), magnitude: 2 * Math.sqrt(k + n + 1) } }
  },
})
