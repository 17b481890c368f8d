// Sizes bound at run time: one compiled program, run with several values of its variables.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currentDevice, type Executable } from '../../src/compiler/index.ts'
import { type Dim, type Dims, dimension, evaluateDim, multiplyDims } from '../../src/core/dimension.ts'
import { makeNode, type Node, parameterNode } from '../../src/core/graph.ts'
import { device } from '../../src/index.ts'
import { worstOf } from './check.ts'
import { countOf, randomStorage } from './inputs.ts'
import { RandomSource } from './random-source.ts'

const n = dimension('n', { max: 80 })
const t = dimension('t', { max: 40 })
const bindings = [
  [1, 1],
  [17, 3],
  [64, 16],
  [5, 40],
  [80, 33],
  [2, 0],
] as const

/** Compiles `results` once on both devices and compares them for every binding of n and t. */
function testSymbolic(
  title: string,
  build: () => { readonly parameters: readonly Node[]; readonly results: readonly Node[]; readonly ulps: number },
): void {
  test(`symbolic sizes: ${title}`, () => {
    const { parameters, results, ulps } = build()
    const graph = { inputs: parameters, results, donated: new Map() }
    const executables: readonly Executable[] = [currentDevice().compile(graph), device('reference').compile(graph)]
    for (const [batch, time] of bindings) {
      const dims = new Map([
        ['n', batch],
        ['t', time],
      ])
      const random = new RandomSource(batch * 100 + time)
      const size = (d: Dim) => evaluateDim(d, dims)
      const storages = parameters.map((p) => randomStorage(p.dtype, countOf(p.shape.map(size)), 'tame', random))
      const [received, expected] = executables.map((e) =>
        e.run(
          storages.map((s) => ({ ...s, bytes: s.bytes.slice(0) })),
          dims,
        ),
      )
      results.forEach((node, i) => {
        const [a, b] = [received?.[i], expected?.[i]]
        assert.ok(a !== undefined && b !== undefined)
        assert.equal(worstOf(node, a, b, { ulps, magnitude: 4 }), undefined, `n = ${batch}, t = ${time}`)
      })
    }
  })
}

const parameter = (label: string, shape: Dims): Node => parameterNode(label, { dtype: 'f32', shape })
const binary = (fn: 'add' | 'multiply' | 'subtract' | 'divide', a: Node, b: Node): Node => makeNode({ name: 'binary', fn }, [a, b])
const expand = (x: Node, shape: Dims): Node => makeNode({ name: 'expand', shape }, [x])
const reshape = (x: Node, shape: Dims): Node => makeNode({ name: 'reshape', shape }, [x])
const reduce = (fn: 'sum' | 'max', x: Node, axes: readonly number[]): Node => makeNode({ name: 'reduce', fn, axes }, [x])

testSymbolic('a dense layer and the gradient of its weights over a batch of any size', () => {
  const [x, w, b, g] = [parameter('x', [n, 20]), parameter('w', [20, 33]), parameter('b', [1, 33]), parameter('g', [n, 33])]
  const product = makeNode({ name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [1], rhsContract: [0] }, [x, w])
  const out = makeNode({ name: 'unary', fn: 'tanh' }, [binary('add', product, expand(b, [n, 33]))])
  const weights = makeNode({ name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [0], rhsContract: [0] }, [x, g])
  return { parameters: [x, w, b, g], results: [out, weights, reduce('sum', g, [0])], ulps: 64 }
})

testSymbolic('softmax along a symbolic axis and along a fixed one', () => {
  const x = parameter('x', [n, t, 9])
  const along = (axis: number, kept: Dims) => {
    const shape = x.shape
    const e = makeNode({ name: 'unary', fn: 'exp' }, [binary('subtract', x, expand(reshape(reduce('max', x, [axis]), kept), shape))])
    return binary('divide', e, expand(reshape(reduce('sum', e, [axis]), kept), shape))
  }
  return { parameters: [x], results: [along(1, [n, 1, 9]), along(2, [n, t, 1]), along(0, [1, t, 9])], ulps: 16 }
})

testSymbolic('movement: reshape, permute, pad, concat, flip and slices', () => {
  const x = parameter('x', [n, t, 6])
  const flat = reshape(x, [multiplyDims(n, t), 6])
  const turned = makeNode({ name: 'permute', axes: [2, 1, 0] }, [x])
  const padded = makeNode({ name: 'pad', low: [1, 0, 2], high: [0, 3, 0], interior: [0, 0, 1], value: 0.5 }, [x])
  const joined = makeNode({ name: 'concat', axis: 1 }, [x, makeNode({ name: 'flip', axes: [1, 2] }, [x])])
  const part = makeNode({ name: 'slice', starts: [0, 0, 1], sizes: [n, t, 2], strides: [1, 1, 3] }, [x])
  const split = reshape(x, [n, t, 2, 3])
  const results = [flat, turned, padded, joined, part, split].map((y) => makeNode({ name: 'unary', fn: 'negate' }, [y]))
  return { parameters: [x], results, ulps: 0 }
})

testSymbolic('positions, running sums and reductions over several axes', () => {
  const x = parameter('x', [n, t])
  const positions = makeNode({ name: 'iota', shape: [n, t], axis: 1, dtype: 'f32' })
  const sums = makeNode({ name: 'cumulative', fn: 'sum', axis: 1, reverse: false }, [x])
  return { parameters: [x], results: [binary('multiply', x, positions), sums, reduce('sum', x, [0, 1]), reduce('max', x, [0])], ulps: 256 }
})

testSymbolic('causal attention over keys of another length', () => {
  const [q, k, v] = [parameter('q', [2, t, 4, 8]), parameter('k', [2, n, 2, 8]), parameter('v', [2, n, 2, 8])]
  const tuple = makeNode({ name: 'attention', scale: 0.3, causal: true }, [q, k, v])
  return { parameters: [q, k, v], results: [makeNode({ name: 'element', index: 0 }, [tuple])], ulps: 64 }
})

testSymbolic('gathered rows and their sums', () => {
  const [x, table] = [parameterNode('x', { dtype: 'i32', shape: [n, t] }), parameter('table', [4, 12])]
  const rows = makeNode({ name: 'gather', axis: 0 }, [table, x])
  const back = makeNode({ name: 'scatterAdd', axis: 0, size: 4 }, [x, rows])
  return { parameters: [x, table], results: [rows, back], ulps: 2048 }
})
