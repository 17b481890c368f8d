// Simplification keeps every value to the bit: graphs before and after, computed by the reference device.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReferenceDevice } from '../../../src/backends/reference/index.ts'
import { simplify } from '../../../src/compiler/passes/simplify.ts'
import { makeNode, type Node, parameterNode } from '../../../src/core/graph.ts'
import { numbersOf, type Storage, storageOf } from '../../../src/core/index.ts'

const device = createReferenceDevice()

/** The numbers of a node before and after simplification. */
function bothWays(result: Node, inputs: readonly Node[] = [], storages: readonly Storage[] = []): number[][] {
  const graph = { inputs, results: [result], donated: new Map<number, number>() }
  return [graph, simplify(graph)].map((g) => {
    const [storage] = device.compile(g).run(storages, new Map())
    return storage === undefined ? [] : Array.from(numbersOf(storage))
  })
}

const counted = (count: number) =>
  storageOf(
    new Float32Array(count).map((_, i) => i),
    'f32',
  )

test('simplify: a constant is rounded to its own dtype before it is cast', () => {
  for (const dtype of ['f16', 'bf16', 'f32'] as const) {
    const constant = makeNode({ name: 'fill', value: 0.1, shape: [2], dtype })
    const [plain, simple] = bothWays(makeNode({ name: 'cast', dtype: 'f64' }, [constant]))
    assert.deepEqual(simple, plain)
  }
})

test('simplify: a product over axes that do not follow each other keeps its values', () => {
  const a = parameterNode('a', { dtype: 'f32', shape: [2, 3, 4] })
  const b = parameterNode('b', { dtype: 'f32', shape: [3, 5] })
  const product = makeNode({ name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [1], rhsContract: [0] }, [a, b])
  const [plain, simple] = bothWays(product, [a, b], [counted(24), counted(15)])
  assert.deepEqual(simple, plain)
})
