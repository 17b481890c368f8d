// Fused chains: random graphs whose values are read by several others, and the patterns that training steps are made of.

import fc from 'fast-check'
import type { DType } from '../../src/core/index.ts'
import { makeNode, type Node } from '../../src/core/graph.ts'
import { testAgreement } from './check.ts'
import { givenInput, randomInput } from './inputs.ts'
import { storageOf } from '../../src/core/index.ts'
import { randomGraph } from './random-graph.ts'
import { RandomSource } from './random-source.ts'
import { positiveSize, seed } from './shapes.ts'

const graphs = (dtype: DType, max: number) => fc.record({ dtype: fc.constant(dtype), steps: fc.integer({ min: 2, max }), seed })

testAgreement('fusion: random graphs in single precision', {
  arbitraries: [graphs('f32', 6), graphs('f32', 12), graphs('f32', 25)],
  count: 8,
  batch: 6,
  build: ({ dtype, steps, seed }) => ({ ...randomGraph(dtype, steps, new RandomSource(seed)), tolerance: { ulps: 400, magnitude: 1 } }),
})

testAgreement('fusion: random graphs in double precision', {
  arbitraries: [graphs('f64', 16)],
  count: 6,
  batch: 5,
  build: ({ dtype, steps, seed }) => ({ ...randomGraph(dtype, steps, new RandomSource(seed)), tolerance: { ulps: 400, magnitude: 1 } }),
})

testAgreement('fusion: random graphs in 16 bits, which may be rounded less often than in the reference', {
  arbitraries: [graphs('bf16', 8), graphs('f16', 8)],
  count: 3,
  batch: 5,
  build: ({ dtype, steps, seed }) => ({ ...randomGraph(dtype, steps, new RandomSource(seed)), tolerance: { ulps: 24, magnitude: 2 } }),
})

const binary = (fn: 'add' | 'subtract' | 'multiply' | 'divide', a: Node, b: Node): Node => makeNode({ name: 'binary', fn }, [a, b])
const exp = (x: Node): Node => makeNode({ name: 'unary', fn: 'exp' }, [x])

testAgreement('fusion: softmax cross-entropy of rows with its gradient', {
  arbitraries: [fc.record({ rows: positiveSize, columns: positiveSize, seed })],
  count: 6,
  batch: 5,
  build: ({ rows, columns, seed }) => {
    const random = new RandomSource(seed)
    const shape = [rows, columns]
    const logits = randomInput('f32', shape, 'tame', random)
    const labels = givenInput(
      storageOf(
        Array.from({ length: rows }, () => random.integer(0, columns - 1)),
        'i32',
      ),
      [rows],
    )
    const along = (fn: 'max' | 'sum', x: Node) => makeNode({ name: 'reduce', fn, axes: [1] }, [x])
    const back = (x: Node) => makeNode({ name: 'expand', shape }, [makeNode({ name: 'reshape', shape: [rows, 1] }, [x])])
    const shifted = binary('subtract', logits.node, back(along('max', logits.node)))
    const total = along('sum', exp(shifted))
    const positions = makeNode({ name: 'iota', shape, axis: 1, dtype: 'i32' })
    const isLabel = makeNode({ name: 'compare', fn: 'equal' }, [positions, back(labels.node)])
    const zero = makeNode({ name: 'fill', value: 0, shape, dtype: 'f32' })
    const loss = binary(
      'subtract',
      makeNode({ name: 'unary', fn: 'log' }, [total]),
      along('sum', makeNode({ name: 'where' }, [isLabel, shifted, zero])),
    )
    const gradient = binary('subtract', binary('divide', exp(shifted), back(total)), makeNode({ name: 'cast', dtype: 'f32' }, [isLabel]))
    return { inputs: [logits, labels], results: [loss, gradient, along('sum', gradient)], tolerance: { ulps: 64, magnitude: 4 } }
  },
})

testAgreement('fusion: several reductions and their consumers keep apart what they overwrite', {
  arbitraries: [fc.record({ dtype: fc.constantFrom<DType>('f32', 'f64'), rows: positiveSize, columns: positiveSize, depth: positiveSize, seed })],
  count: 6,
  batch: 5,
  build: ({ dtype, rows, columns, depth, seed }) => {
    const random = new RandomSource(seed)
    const shape = [rows, columns]
    const [a, b, c, d] = [
      [rows, depth],
      [depth, columns],
      [rows, depth],
      [depth, columns],
    ].map((s) => randomInput(dtype, s, 'tame', random))
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new RangeError('four inputs were made')
    const dot = (x: Node, y: Node) => makeNode({ name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [1], rhsContract: [0] }, [x, y])
    const small = (x: Node) => binary('multiply', x, makeNode({ name: 'fill', value: 1 / depth, shape: x.shape, dtype }))
    const along = (fn: 'max' | 'sum', x: Node) =>
      makeNode({ name: 'expand', shape }, [makeNode({ name: 'reshape', shape: [rows, 1] }, [makeNode({ name: 'reduce', fn, axes: [1] }, [x])])])
    // The gradient of softmax(s) g: weights, probabilities and the score's gradient come from one kernel and go to three products.
    const [scores, outer] = [small(dot(a.node, b.node)), small(dot(c.node, d.node))]
    const weights = exp(binary('subtract', scores, along('max', scores)))
    const total = along('sum', weights)
    const [probabilities, quotient] = [binary('divide', weights, total), binary('divide', outer, total)]
    const slope = binary('subtract', quotient, along('sum', binary('multiply', probabilities, quotient)))
    const gradient = binary('multiply', weights, slope)
    const transposed = (x: Node) => makeNode({ name: 'permute', axes: [1, 0] }, [x])
    const results = [dot(transposed(gradient), a.node), dot(transposed(probabilities), c.node), dot(gradient, transposed(b.node))]
    return { inputs: [a, b, c, d], results, tolerance: { ulps: 64, magnitude: 4 + Math.sqrt(rows) } }
  },
})
