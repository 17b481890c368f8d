// Products by every schedule: in tiles, with shared sums where rows or columns are few, element by element, and in slices of the depth.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dimension } from '../../../src/core/dimension.ts'
import type { DType } from '../../../src/core/index.ts'
import { elementOf, makeNode, type Node, parameterNode } from '../../../src/core/graph.ts'
import type { ConvolutionGeometry } from '../../../src/core/primitives.ts'
import { convolutionShape } from '../../../src/core/shapes.ts'
import { type Input, randomInput } from '../../primitives/inputs.ts'
import { RandomSource } from '../../primitives/random-source.ts'
import { assertAgrees, kernelOf, leastTarget } from './products-agreement.ts'
import { testOnGpu } from './with-adapter.ts'

const dot = (a: Node, b: Node): Node => makeNode({ name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [1], rhsContract: [0] }, [a, b])
const parameter = (dtype: DType, shape: readonly number[]): Node => parameterNode('x', { dtype, shape })
const product = (dtype: DType, m: number, k: number, n: number) => kernelOf([dot(parameter(dtype, [m, k]), parameter(dtype, [k, n]))])
const transposed = (x: Node): Node => makeNode({ name: 'permute', axes: [1, 0] }, [x])

test('a product fills workgroups with tiles, a deep one with few results is cut into slices that a second pass adds', () => {
  const wide = product('f32', 1024, 64, 1024)
  assert.deepEqual([wide.passes.map((p) => p.groups), wide.scratchBytes], [[256], 0])
  const deep = product('f32', 64, 65536, 64)
  assert.deepEqual([deep.passes.map((p) => p.groups), deep.scratchBytes], [[128, 64], 128 * 64 * 64 * 4])
})

test('tiles and shared sums keep to the workgroup memory that every adapter has', () => {
  const shapes = [
    [1024, 64, 1024],
    [30, 64, 30],
    [64, 64, 10],
    [10, 64, 64],
    [10, 64, 10],
    [4, 512, 64],
  ] as const
  for (const [m, k, n] of shapes) {
    const [pass] = product('f32', m, k, n).passes
    const words = [...(pass?.body.matchAll(/var<workgroup> \w+: array<(vec4<)?f32>?, (\d+)>/g) ?? [])].map(
      ([, vector, count]) => Number(count) * (vector === undefined ? 4 : 16),
    )
    assert.ok(words.length > 0 && words.reduce((a, b) => a + b, 0) <= leastTarget.workgroupBytes, `${m} × ${k} × ${n}`)
  }
})

test('halves are converted by the adapter where it has them', () => {
  const half = dot(parameter('f16', [64, 64]), parameter('f16', [64, 64]))
  assert.deepEqual(kernelOf([half]).passes[0]?.features, [])
  const [pass] = kernelOf([half], { ...leastTarget, features: new Set(['shader-f16']) }).passes
  assert.deepEqual(pass?.features, ['shader-f16'])
  assert.match(pass?.body ?? '', /vec2<f16>/)
})

test('workgroups of a product with a symbolic batch follow the batch', () => {
  const batch = dimension('batch', { max: 100 })
  const [a, b] = [parameterNode('a', { dtype: 'f32', shape: [batch, 64, 8] }), parameterNode('b', { dtype: 'f32', shape: [batch, 8, 64] })]
  const node = makeNode({ name: 'dot', lhsBatch: [0], rhsBatch: [0], lhsContract: [2], rhsContract: [1] }, [a, b])
  assert.deepEqual(
    kernelOf([node]).passes.map((p) => String(p.groups)),
    ['batch'],
  )
})

testOnGpu('products agree by every schedule, in slices and with operands in both layouts', () => {
  const random = new RandomSource(1)
  for (const [m, k, n] of [
    [65, 70, 66],
    [70, 3000, 9],
    [3, 2500, 40],
    [40, 2500, 2],
    [1, 5000, 1],
    [90, 5, 3],
  ] as const) {
    const [a, b] = [randomInput('f32', [m, k], 'tame', random), randomInput('f32', [k, n], 'tame', random)]
    const [at, bt] = [randomInput('f32', [k, m], 'tame', random), randomInput('f32', [n, k], 'tame', random)]
    const results = [dot(a.node, b.node), dot(transposed(at.node), transposed(bt.node))]
    assertAgrees([a, b, at, bt], results, { ulps: 2 + Math.sqrt(k), magnitude: 2 * Math.sqrt(k) })
  }
})

testOnGpu('integers are exact in slices, too', () => {
  const random = new RandomSource(2)
  for (const dtype of ['i64', 'i32', 'u8', 'i8'] as const) {
    const [a, b] = [randomInput(dtype, [9, 1500], 'any', random), randomInput(dtype, [1500, 7], 'finite', random)]
    assertAgrees([a, b], [dot(a.node, b.node)], { ulps: 0 })
  }
})

testOnGpu('what follows a sliced product sees its whole sums', () => {
  const random = new RandomSource(3)
  const [a, b, c] = [
    randomInput('f32', [20, 4000], 'tame', random),
    randomInput('f32', [4000, 20], 'tame', random),
    randomInput('f32', [20, 20], 'tame', random),
  ]
  const sum = makeNode({ name: 'binary', fn: 'add' }, [dot(a.node, b.node), c.node])
  assert.equal(kernelOf([sum]).passes.length, 2)
  assertAgrees([a, b, c], [makeNode({ name: 'unary', fn: 'abs' }, [sum])], { ulps: 64, magnitude: 128 })
})

/** A convolution with both gradients. */
function convolutions(geometry: ConvolutionGeometry, inputShape: readonly number[], filterShape: readonly number[], random: RandomSource) {
  const outputShape = convolutionShape('test', inputShape, filterShape, geometry).map(Number)
  const [x, filter, gradient] = [inputShape, filterShape, outputShape].map((shape) => randomInput('f32', shape, 'tame', random))
  assert.ok(x !== undefined && filter !== undefined && gradient !== undefined)
  const results = [
    makeNode({ name: 'conv', geometry }, [x.node, filter.node]),
    makeNode({ name: 'convInputGradient', geometry, inputShape }, [gradient.node, filter.node]),
    makeNode({ name: 'convFilterGradient', geometry, filterShape }, [x.node, gradient.node]),
  ]
  return { inputs: [x, filter, gradient], results }
}

testOnGpu('convolutions of one to three axes and their gradients, in groups, strided, dilated, padded and cropped', () => {
  const random = new RandomSource(4)
  const cases = [
    convolutions({ strides: [2], padding: [[1, 2]], dilation: [1], groups: 1 }, [3, 40, 8], [5, 8, 20], random),
    convolutions(
      {
        strides: [1, 2],
        padding: [
          [1, 1],
          [0, 2],
        ],
        dilation: [2, 1],
        groups: 2,
      },
      [2, 12, 13, 12],
      [3, 4, 6, 14],
      random,
    ),
    convolutions(
      {
        strides: [1, 1],
        padding: [
          [1, 1],
          [-1, 1],
        ],
        dilation: [1, 1],
        groups: 6,
      },
      [4, 20, 20, 6],
      [3, 3, 1, 6],
      random,
    ),
    convolutions(
      {
        strides: [1, 2, 1],
        padding: [
          [1, 1],
          [1, 0],
          [0, 0],
        ],
        dilation: [1, 1, 1],
        groups: 1,
      },
      [2, 5, 6, 7, 5],
      [3, 2, 2, 5, 9],
      random,
    ),
  ]
  for (const { inputs, results } of cases) assertAgrees(inputs, results, { ulps: 64, magnitude: 32 })
})

test('the gradient of a filter is summed in slices of the positions, depthwise or not', () => {
  for (const [groups, channels] of [
    [1, 4],
    [4, 1],
  ] as const) {
    const geometry: ConvolutionGeometry = {
      strides: [1, 1],
      padding: [
        [1, 1],
        [1, 1],
      ],
      dilation: [1, 1],
      groups,
    }
    const filterShape = [3, 3, channels, 4]
    const x = parameter('f32', [8, 32, 32, 4])
    const kernel = kernelOf([makeNode({ name: 'convFilterGradient', geometry, filterShape }, [x, parameter('f32', [8, 32, 32, 4])])])
    assert.equal(kernel.passes.length, 2)
    assert.ok(kernel.scratchBytes > 0)
  }
})

testOnGpu('products, convolutions and attention of nothing are empty, or zeros', () => {
  const random = new RandomSource(5)
  const input = (shape: readonly number[]): Input => randomInput('f32', shape, 'tame', random)
  for (const [m, k, n] of [
    [0, 3, 70],
    [70, 0, 70],
    [2, 0, 70],
    [70, 3, 0],
  ] as const) {
    const [a, b] = [input([m, k]), input([k, n])]
    assertAgrees([a, b], [dot(a.node, b.node)], { ulps: 0 })
  }
  const [a, b] = [input([2, 0, 3, 5, 4]), input([2, 0, 3, 4, 6])]
  const batches = [0, 1, 2]
  assertAgrees([a, b], [makeNode({ name: 'dot', lhsBatch: batches, rhsBatch: batches, lhsContract: [4], rhsContract: [3] }, [a.node, b.node])], {
    ulps: 0,
  })
  const { inputs, results } = convolutions({ strides: [1], padding: [[1, 1]], dilation: [1], groups: 1 }, [0, 9, 8], [3, 8, 9], random)
  assertAgrees(inputs, results, { ulps: 0 })
  const [query, key, value] = [input([1, 9, 2, 8]), input([1, 0, 2, 8]), input([1, 0, 2, 8])]
  const attention = makeNode({ name: 'attention', scale: 1, causal: true }, [query.node, key.node, value.node])
  assertAgrees(
    [query, key, value],
    [0, 1].map((i) => elementOf(attention, i)),
    { ulps: 0 },
  )
})
