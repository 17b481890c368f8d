// Fused attention: which graphs it takes, blocks that fit an adapter, and rows that see little or nothing.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elementOf, makeNode, type Node, parameterNode } from '../../../src/core/graph.ts'
import { storageOf } from '../../../src/core/index.ts'
import { takesAttention } from '../../../src/backends/webgpu/kernels/takes-attention.ts'
import { givenInput, type Input, randomInput } from '../../primitives/inputs.ts'
import { RandomSource } from '../../primitives/random-source.ts'
import { assertAgrees, kernelOf, leastTarget, referenceValues } from './products-agreement.ts'
import { testOnGpu } from './with-adapter.ts'

const operands = (time: number, size: number): Node[] => [0, 1, 2].map((i) => parameterNode(`x${i}`, { dtype: 'f32', shape: [1, time, 2, size] }))

const attention = (inputs: readonly Node[]): Node => makeNode({ name: 'attention', scale: 0.25, causal: true }, inputs)

test('attention is fused where queries are many and heads fit, else it is products and a softmax', () => {
  const takes = (time: number, size: number): boolean => takesAttention([elementOf(attention(operands(time, size)), 0)])
  assert.deepEqual([takes(64, 64), takes(8, 240), takes(1, 64), takes(64, 256)], [true, true, false, false])
})

test('blocks of every head size keep to the workgroup memory of the adapter', () => {
  for (const size of [1, 17, 64, 80, 128, 240]) {
    for (const workgroupBytes of [16384, 32768]) {
      const inputs = operands(100, size)
      const forward = attention(inputs)
      const more = [parameterNode('o', { dtype: 'f32', shape: [1, 100, 2, size] }), parameterNode('l', { dtype: 'f32', shape: [1, 2, 100] })]
      const outGradient = parameterNode('g', { dtype: 'f32', shape: [1, 100, 2, size] })
      const backward = makeNode({ name: 'attentionGradient', scale: 0.25, causal: true }, [...inputs, ...more, outGradient])
      for (const results of [[0, 1].map((i) => elementOf(forward, i)), [0, 1, 2].map((i) => elementOf(backward, i))]) {
        for (const { body, threads } of kernelOf(results, { ...leastTarget, workgroupBytes }).passes) {
          const arrays = [...body.matchAll(/var<workgroup> \w+: array<(vec4)?f(?:32)?, (\d+)>/g)]
          const bytes = arrays.reduce((sum, [, vector, count]) => sum + Number(count) * (vector === undefined ? 4 : 16), 0)
          assert.ok(bytes > 0 && bytes <= workgroupBytes && threads <= leastTarget.mostThreads, `${size} in ${workgroupBytes}: ${bytes}`)
        }
      }
    }
  }
})

/** Attention and its gradients against the reference. */
function assertAttentionAgrees(query: Input, key: Input, value: Input, bias: Input | undefined, causal: boolean): void {
  const shared = { scale: 0.3, causal }
  const inputs = [query, key, value]
  const biases = bias === undefined ? [] : [bias]
  const nodes = (list: readonly Input[]) => list.map((x) => x.node)
  const forward = makeNode({ name: 'attention', ...shared }, nodes([...inputs, ...biases]))
  const results = [0, 1].map((i) => elementOf(forward, i))
  assertAgrees([...inputs, ...biases], results, { ulps: 64, magnitude: 4 })
  const [output, logSumExp] = referenceValues([...inputs, ...biases], results)
  assert.ok(output !== undefined && logSumExp !== undefined)
  const shape = query.node.shape.map(Number)
  const [batch = 1, time = 1, heads = 1] = shape
  const more = [givenInput(output, shape), givenInput(logSumExp, [batch, heads, time]), randomInput('f32', shape, 'tame', new RandomSource(9))]
  const backward = makeNode({ name: 'attentionGradient', ...shared }, nodes([...inputs, ...more, ...biases]))
  assertAgrees(
    [...inputs, ...more, ...biases],
    [0, 1, 2].map((i) => elementOf(backward, i)),
    { ulps: 128, magnitude: 8 },
  )
}

testOnGpu('attention agrees over several blocks, with shared key heads and sizes between vectors', () => {
  const random = new RandomSource(1)
  const input = (shape: readonly number[]): Input => randomInput('f32', shape, 'tame', random)
  assertAttentionAgrees(input([2, 70, 4, 18]), input([2, 40, 2, 18]), input([2, 40, 2, 18]), undefined, false)
  assertAttentionAgrees(input([1, 40, 3, 64]), input([1, 70, 1, 64]), input([1, 70, 1, 64]), undefined, true)
  assertAttentionAgrees(input([1, 20, 2, 128]), input([1, 20, 2, 128]), input([1, 20, 2, 128]), undefined, true)
})

testOnGpu('queries that see no key give 0 and no gradient, those with biases of −∞ pass them by', () => {
  const random = new RandomSource(2)
  const input = (shape: readonly number[]): Input => randomInput('f32', shape, 'tame', random)
  // More queries than keys: the first ones come before every key.
  assertAttentionAgrees(input([1, 40, 2, 8]), input([1, 9, 2, 8]), input([1, 9, 2, 8]), undefined, true)
  const bias = Array.from({ length: 20 * 40 }, (_, i) => (Math.floor(i / 40) === 3 || random.chance(0.5) ? -Infinity : random.unit()))
  assertAttentionAgrees(input([2, 20, 2, 8]), input([2, 40, 2, 8]), input([2, 40, 2, 8]), givenInput(storageOf(bias, 'f32'), [1, 1, 20, 40]), false)
})
