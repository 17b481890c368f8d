import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowParts } from '../../../src/compiler/passes/row-parts.ts'
import { makeNode, type Node, parameterNode } from '../../../src/core/graph.ts'
import type { Op, Subgraph } from '../../../src/core/primitives.ts'

const f32 = (...shape: number[]) => ({ dtype: 'f32' as const, shape })
const tanh = (x: Node): Node => makeNode({ name: 'unary', fn: 'tanh' }, [x])
const add = (a: Node, b: Node): Node => makeNode({ name: 'binary', fn: 'add' }, [a, b])
const times = (x: Node, w: Node): Node => makeNode({ name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [1], rhsContract: [0] }, [x, w])

const [h, x, w] = [parameterNode('h', f32(64, 32)), parameterNode('x', f32(64, 32)), parameterNode('w', f32(32, 32))]
const scanOf = (body: Subgraph, carries = 1, length = 100): Extract<Op, { name: 'scan' }> => ({ name: 'scan', body, carries, length, reverse: false })
const parts = (body: Subgraph, carries?: number, length?: number) => rowParts(body, scanOf(body, carries, length))

test('rows of a loop: a recurrent body is cut into parts of at least sixteen rows, its weights are shared', () => {
  const next = tanh(add(times(h, w), x))
  const cut = parts({ parameters: [h, x, w], results: [next, next] })
  assert.equal(cut?.parts, 4)
  assert.deepEqual(cut.isRows, [true, true, false])
  assert.deepEqual(
    cut.body.parameters.map(({ shape }) => shape),
    [
      [16, 32],
      [16, 32],
      [32, 32],
    ],
  )
  assert.deepEqual(
    cut.body.results.map(({ shape }) => shape),
    [
      [16, 32],
      [16, 32],
    ],
  )
})

test('rows of a loop: weights that have as many rows as the batch are still shared', () => {
  const [state, square] = [parameterNode('state', f32(64, 64)), parameterNode('square', f32(64, 64))]
  const cut = parts({ parameters: [state, square], results: [tanh(times(state, square))] })
  assert.deepEqual(cut?.isRows, [true, false])
})

test('rows of a loop: a body that reads the rows of others is not cut', () => {
  const mean = makeNode({ name: 'reduce', fn: 'sum', axes: [0] }, [h])
  const spread = makeNode({ name: 'expand', shape: [64, 32] }, [makeNode({ name: 'reshape', shape: [1, 32] }, [mean])])
  const turned = makeNode({ name: 'flip', axes: [0] }, [h])
  const square = parameterNode('square', f32(64, 64))
  const mixed = times(square, h)
  for (const next of [add(h, spread), turned, mixed]) assert.equal(parts({ parameters: [h, square], results: [tanh(next)] }), undefined)
})

test('rows of a loop: few rows, little work, a carry without rows and weights beyond the cache stay whole', () => {
  const next = tanh(add(times(h, w), x))
  assert.equal(parts({ parameters: [h, x, w], results: [next] }, 1, 1), undefined)
  const few = parameterNode('few', f32(16, 512))
  const large = parameterNode('large', f32(512, 512))
  assert.equal(parts({ parameters: [few, large], results: [times(few, large)] }), undefined)
  const many = parameterNode('many', f32(64, 512))
  assert.equal(parts({ parameters: [many, large], results: [times(many, large)] }), undefined)
  const counter = parameterNode('counter', { dtype: 'i32', shape: [] })
  const counted = makeNode({ name: 'binary', fn: 'add' }, [counter, makeNode({ name: 'fill', value: 1, shape: [], dtype: 'i32' }, [])])
  assert.equal(parts({ parameters: [h, counter, x, w], results: [next, counted] }, 2), undefined)
})
