// Kernels of sizes at which work is cut into passes or shared by a workgroup, against the reference.

import assert from 'node:assert/strict'
import { dimension } from '../../../src/core/dimension.ts'
import { elementOf, makeNode, type Node, parameterNode } from '../../../src/core/graph.ts'
import { storageOf } from '../../../src/core/index.ts'
import type { BinaryFunction } from '../../../src/core/primitives.ts'
import { createReferenceDevice } from '../../../src/backends/reference/index.ts'
import { createWebgpuDevice } from '../../../src/backends/webgpu/index.ts'
import { type Tolerance, worstOf } from '../../primitives/check.ts'
import { givenInput, type Input, randomInput } from '../../primitives/inputs.ts'
import { RandomSource } from '../../primitives/random-source.ts'
import { testOnGpu } from './with-adapter.ts'

const device = createWebgpuDevice()
const reference = createReferenceDevice()

function assertAgrees(
  inputs: readonly Input[],
  results: readonly Node[],
  tolerance: Tolerance,
  sizes: ReadonlyMap<string, number> = new Map(),
): void {
  const graph = { inputs: inputs.map((x) => x.node), results, donated: new Map() }
  const [received, expected] = [device, reference].map((d) =>
    d.compile(graph).run(
      inputs.map(({ storage }) => ({ ...storage, bytes: storage.bytes.slice(0) })),
      sizes,
    ),
  )
  results.forEach((node, i) => {
    const [a, b] = [received?.[i], expected?.[i]]
    assert.ok(a !== undefined && b !== undefined)
    assert.equal(worstOf(node, a, b, tolerance), undefined)
  })
}

const binary = (fn: BinaryFunction, a: Node, b: Node): Node => makeNode({ name: 'binary', fn }, [a, b])

testOnGpu('a softmax of two very long rows is cut over workgroups', () => {
  const shape = [2, 20000]
  const x = randomInput('f32', shape, 'tame', new RandomSource(1))
  const along = (fn: 'max' | 'sum', y: Node) => makeNode({ name: 'reduce', fn, axes: [1] }, [y])
  const back = (y: Node) => makeNode({ name: 'expand', shape }, [makeNode({ name: 'reshape', shape: [2, 1] }, [y])])
  const weights = makeNode({ name: 'unary', fn: 'exp' }, [binary('subtract', x.node, back(along('max', x.node)))])
  const total = along('sum', weights)
  const softmax = binary('divide', weights, back(total))
  const results = [softmax, makeNode({ name: 'unary', fn: 'log' }, [total]), along('sum', binary('multiply', softmax, x.node))]
  assertAgrees([x], results, { ulps: 64 })
})

testOnGpu('sums, extremes and their positions in one very long row', () => {
  for (const dtype of ['f32', 'i64', 'u8'] as const) {
    const x = randomInput(dtype, [50000], dtype === 'f32' ? 'finite' : 'any', new RandomSource(2))
    const reduced = (['sum', 'max', 'min'] as const).map((fn) => makeNode({ name: 'reduce', fn, axes: [0] }, [x.node]))
    const positions = (['max', 'min'] as const).map((fn) => makeNode({ name: 'argReduce', fn, axis: 0 }, [x.node]))
    assertAgrees([x], [...reduced, ...positions], { ulps: 300, magnitude: 300 })
  }
})

testOnGpu('rows that may be very long are cut by the size that they have', () => {
  const n = dimension('n', { max: 40000 })
  const node = parameterNode('x', { dtype: 'f32', shape: [2, n] })
  const sum = makeNode({ name: 'reduce', fn: 'sum', axes: [1] }, [node])
  const share = binary('multiply', node, makeNode({ name: 'expand', shape: [2, n] }, [makeNode({ name: 'reshape', shape: [2, 1] }, [sum])]))
  for (const size of [1, 5000, 40000]) {
    const { storage } = randomInput('f32', [2, size], 'tame', new RandomSource(size))
    assertAgrees([{ node, storage }], [sum, share], { ulps: 300, magnitude: 300 }, new Map([['n', size]]))
  }
})

testOnGpu('sums of few columns over many rows are cut into parts', () => {
  for (const dtype of ['f32', 'bf16', 'i64'] as const) {
    const x = randomInput(dtype, [5000, 3], 'tame', new RandomSource(3))
    assertAgrees([x], [makeNode({ name: 'reduce', fn: 'sum', axes: [0] }, [x.node])], { ulps: dtype === 'bf16' ? 1 : 100, magnitude: 100 })
  }
})

testOnGpu('running sums of a few long lines are shared by a workgroup', () => {
  const x = randomInput('f32', [2, 3000], 'tame', new RandomSource(4))
  const n = randomInput('i32', [3000, 2], 'any', new RandomSource(5))
  const sums = [true, false].map((reverse) => makeNode({ name: 'cumulative', fn: 'sum', axis: 1, reverse }, [x.node]))
  const exact = (['sum', 'max', 'prod'] as const).map((fn) => makeNode({ name: 'cumulative', fn, axis: 0, reverse: false }, [n.node]))
  assertAgrees([x, n], [...sums, ...exact], { ulps: 100, magnitude: 100 })
})

testOnGpu('sorting merges runs: stable, in both directions, of any length', () => {
  for (const length of [64, 65, 128, 1000]) {
    const x = randomInput('f32', [2, length], 'any', new RandomSource(length))
    const n = randomInput('i64', [length, 3], 'tame', new RandomSource(length))
    const ordered = [true, false].flatMap((descending) => [
      makeNode({ name: 'sort', axis: 1, descending }, [x.node]),
      makeNode({ name: 'sort', axis: 0, descending }, [n.node]),
    ])
    const tuples = [...ordered, makeNode({ name: 'topK', k: 7 }, [x.node])]
    const results = tuples.flatMap((tuple) => [elementOf(tuple, 0), elementOf(tuple, 1)])
    assertAgrees([x, n], results, { ulps: 0, signedZeros: true })
  }
})

testOnGpu('scattered rows are added in the order of their indices, which are sorted where there are many', () => {
  for (const [rows, count, columns] of [
    [40, 600, 5],
    [40000, 30000, 1],
  ] as const) {
    const random = new RandomSource(rows)
    const numbers = Array.from({ length: count }, () => (random.chance(0.1) ? random.integer(-2, 3) : random.integer(0, rows)))
    const indices = givenInput(storageOf(numbers, 'i32'), [count])
    const updates = randomInput('f32', [count, columns], 'tame', random)
    const scattered = makeNode({ name: 'scatterAdd', axis: 0, size: rows }, [indices.node, updates.node])
    assertAgrees([indices, updates], [scattered], { ulps: 64, magnitude: 16 })
  }
})
