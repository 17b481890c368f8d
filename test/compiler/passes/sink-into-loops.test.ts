import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sinkIntoLoops } from '../../../src/compiler/passes/sink-into-loops.ts'
import { elementOf, makeNode, type Node, parameterNode, topologicalOrder } from '../../../src/core/graph.ts'
import type { Op, Subgraph } from '../../../src/core/primitives.ts'

const f32 = (...shape: number[]) => ({ dtype: 'f32' as const, shape })
const add = (a: Node, b: Node): Node => makeNode({ name: 'binary', fn: 'add' }, [a, b])
const times = (x: Node, w: Node): Node =>
  makeNode({ name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [x.shape.length - 1], rhsContract: [0] }, [x, w])

const [steps, batch, features, units] = [100, 32, 24, 64]
const [h, x, w] = [parameterNode('h', f32(batch, units)), parameterNode('x', f32(batch, units)), parameterNode('w', f32(units, units))]
const next = makeNode({ name: 'unary', fn: 'tanh' }, [add(times(h, w), x)])
const body: Subgraph = { parameters: [h, x, w], results: [next, next] }
const scan: Op = { name: 'scan', body, carries: 1, length: steps, reverse: false }

const [state, data, kernel, bias, weights] = [
  parameterNode('state', f32(batch, units)),
  parameterNode('data', f32(steps, batch, features)),
  parameterNode('kernel', f32(features, units)),
  parameterNode('bias', f32(1, 1, units)),
  parameterNode('weights', f32(units, units)),
]
const sequence = add(times(data, kernel), makeNode({ name: 'expand', shape: [steps, batch, units] }, [bias]))
const looped = makeNode(scan, [state, sequence, weights])
const inputs = [state, data, kernel, bias, weights]
const graphOf = (...results: Node[]) => ({ inputs, results, donated: new Map<number, number>() })

const productsIn = (roots: readonly Node[]): number => topologicalOrder(roots).filter(({ op }) => op.name === 'dot').length

test('sinking: a product that a loop alone reads is computed in it, with its bias', () => {
  const { results } = sinkIntoLoops(graphOf(elementOf(looped, 1)))
  assert.equal(productsIn(results), 0)
  const found = topologicalOrder(results).find(({ op }) => op.name === 'scan')
  assert.ok(found?.op.name === 'scan')
  assert.equal(productsIn(found.op.body.results), 2)
  assert.deepEqual(
    found.op.body.parameters.map(({ shape }) => shape),
    [
      [batch, units],
      [units, units],
      [batch, features],
      [features, units],
      [1, 1, units],
    ],
  )
  assert.deepEqual(found.inputs, [state, weights, data, kernel, bias])
})

test('sinking: what others read, too, stays where it is', () => {
  const graph = graphOf(elementOf(looped, 1), sequence)
  assert.equal(sinkIntoLoops(graph), graph)
})

test('sinking: a loop that is not cut into parts of its rows stays as it is', () => {
  const short: Op = { ...scan, length: 1 }
  const one = makeNode(short, [
    state,
    makeNode({ name: 'slice', starts: [0, 0, 0], sizes: [1, batch, units], strides: [1, 1, 1] }, [sequence]),
    weights,
  ])
  const graph = graphOf(elementOf(one, 0))
  assert.equal(sinkIntoLoops(graph), graph)
})
