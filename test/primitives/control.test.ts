// Control flow: loops and branches whose bodies are random graphs.

import fc from 'fast-check'
import { type DType, storageOf } from '../../src/core/index.ts'
import { elementOf, makeNode, type Node, parameterNode } from '../../src/core/graph.ts'
import type { Subgraph } from '../../src/core/primitives.ts'
import { testAgreement } from './check.ts'
import { givenInput, randomInput } from './inputs.ts'
import { RandomSource } from './random-source.ts'
import { positiveSize, seed } from './shapes.ts'

const binary = (fn: 'add' | 'multiply' | 'subtract' | 'maximum', a: Node, b: Node): Node => makeNode({ name: 'binary', fn }, [a, b])
const tanh = (x: Node): Node => makeNode({ name: 'unary', fn: 'tanh' }, [x])
const times = (x: Node, w: Node): Node => makeNode({ name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [1], rhsContract: [0] }, [x, w])

testAgreement('scan: a recurrent layer in both directions, with stacked results', {
  arbitraries: [fc.record({ steps: fc.integer({ min: 0, max: 9 }), batch: fc.constantFrom(1, 3, 8), units: fc.constantFrom(1, 5, 16, 17), seed })],
  count: 8,
  batch: 4,
  build: ({ steps, batch, units, seed }) => {
    const random = new RandomSource(seed)
    const f32 = (shape: readonly number[]) => ({ dtype: 'f32' as const, shape })
    const [h, counter, x, w] = [
      parameterNode('h', f32([batch, units])),
      parameterNode('counter', { dtype: 'i32', shape: [] }),
      parameterNode('x', f32([batch, units])),
      parameterNode('w', f32([units, units])),
    ]
    const scaled = makeNode({ name: 'fill', value: 1 / Math.sqrt(units), shape: [batch, units], dtype: 'f32' })
    const next = tanh(binary('add', binary('multiply', times(h, w), scaled), x))
    const counted = binary('add', counter, makeNode({ name: 'fill', value: 1, shape: [], dtype: 'i32' }))
    const largest = makeNode({ name: 'reduce', fn: 'max', axes: [1] }, [next])
    const body: Subgraph = { parameters: [h, counter, x, w], results: [next, counted, next, counter, largest] }
    const inputs = [
      randomInput('f32', [batch, units], 'tame', random),
      givenInput(storageOf([random.integer(-5, 5)], 'i32'), []),
      randomInput('f32', [steps, batch, units], 'tame', random),
      randomInput('f32', [units, units], 'tame', random),
    ]
    const scan = makeNode(
      { name: 'scan', body, carries: 2, length: steps, reverse: random.chance(0.5) },
      inputs.map((i) => i.node),
    )
    return { inputs, results: body.results.map((_, i) => elementOf(scan, i)), tolerance: { ulps: 200, magnitude: 1 } }
  },
})

testAgreement('scan: carries that change places and are kept before or after each step, in a loop of loops', {
  arbitraries: [fc.record({ outer: fc.integer({ min: 1, max: 4 }), inner: fc.integer({ min: 1, max: 5 }), size: fc.constantFrom(1, 7, 40), seed })],
  count: 8,
  batch: 4,
  build: ({ outer, inner, size, seed }) => {
    const random = new RandomSource(seed)
    const vector = { dtype: 'f32' as const, shape: [size] }
    const loop = (
      parameters: readonly Node[],
      results: readonly Node[],
      length: number,
    ): Subgraph & { readonly node: (inputs: readonly Node[]) => Node } => {
      const body = { parameters, results }
      return { ...body, node: (inputs) => makeNode({ name: 'scan', body, carries: 2, length, reverse: random.chance(0.5) }, inputs) }
    }
    const [a, b, x] = [parameterNode('a', vector), parameterNode('b', vector), parameterNode('x', vector)]
    const sum = tanh(binary('add', a, x))
    const difference = tanh(binary('subtract', b, x))
    const any = (): Node => random.pick([a, b, sum, difference])
    const steps = loop([a, b, x], [any(), any(), any(), any()], inner)
    const rows = { dtype: 'f32' as const, shape: [inner, size] }
    const [first, second, given] = [parameterNode('first', vector), parameterNode('second', vector), parameterNode('given', rows)]
    const node = steps.node([first, second, given])
    const inside = [0, 1, 2, 3].map((i) => elementOf(node, i))
    const all = loop([first, second, given], [...inside, first, inside[random.integer(0, 1)] ?? first], outer)
    const inputs = [
      randomInput('f32', [size], 'tame', random),
      randomInput('f32', [size], 'tame', random),
      randomInput('f32', [outer, inner, size], 'tame', random),
    ]
    const whole = all.node(inputs.map((i) => i.node))
    return { inputs, results: all.results.map((_, i) => elementOf(whole, i)), tolerance: { ulps: 50, magnitude: 1 } }
  },
})

testAgreement('scan: many rows, which threads share out for all steps, with a product before the loop and parts of gates', {
  arbitraries: [fc.record({ steps: fc.integer({ min: 20, max: 24 }), batch: fc.constantFrom(32, 64, 96), seed })],
  count: 4,
  batch: 1,
  build: ({ steps, batch, seed }) => {
    const random = new RandomSource(seed)
    const units = 48
    const f32 = (shape: readonly number[]) => ({ dtype: 'f32' as const, shape })
    const [h, c, x, scale, w] = [
      parameterNode('h', f32([batch, units])),
      parameterNode('c', f32([batch, units])),
      parameterNode('x', f32([batch, 2 * units])),
      parameterNode('scale', f32([batch, units])),
      parameterNode('w', f32([units, 2 * units])),
    ]
    const smaller = makeNode({ name: 'fill', value: 1 / Math.sqrt(units), shape: [batch, 2 * units], dtype: 'f32' })
    const gates = tanh(binary('add', binary('multiply', times(h, w), smaller), x))
    const gate = (i: number): Node => makeNode({ name: 'slice', starts: [0, i * units], sizes: [batch, units], strides: [1, 1] }, [gates])
    const memory = tanh(binary('add', binary('multiply', gate(0), c), gate(1)))
    const next = binary('multiply', memory, scale)
    const joined = makeNode({ name: 'concat', axis: 1 }, [gate(1), next])
    const largest = makeNode({ name: 'reduce', fn: 'max', axes: [1] }, [joined])
    const body: Subgraph = { parameters: [h, c, x, scale, w], results: [next, memory, next, c, joined, largest] }
    const inputs = [
      randomInput('f32', [batch, units], 'tame', random),
      randomInput('f32', [batch, units], 'tame', random),
      randomInput('f32', [steps, batch, 16], 'tame', random),
      randomInput('f32', [batch, units], 'tame', random),
      randomInput('f32', [units, 2 * units], 'tame', random),
      randomInput('f32', [16, 2 * units], 'tame', random),
    ]
    const [first, second, data, scaled, weights, kernel] = inputs.map((i) => i.node)
    const product = { name: 'dot' as const, lhsBatch: [], rhsBatch: [], lhsContract: [2], rhsContract: [0] }
    const sequence = makeNode(product, [data ?? x, kernel ?? w])
    const scan = makeNode({ name: 'scan', body, carries: 2, length: steps, reverse: random.chance(0.5) }, [
      ...[first ?? h, second ?? c, sequence, scaled ?? scale, weights ?? w],
    ])
    return { inputs, results: body.results.map((_, i) => elementOf(scan, i)), tolerance: { ulps: 500, magnitude: 1 } }
  },
})

testAgreement('cond: either branch, which may return its operands as they are', {
  arbitraries: [fc.record({ dtype: fc.constantFrom<DType>('f32', 'i32', 'bf16'), size: positiveSize, seed })],
  count: 8,
  batch: 4,
  build: ({ dtype, size, seed }) => {
    const random = new RandomSource(seed)
    const type = { dtype, shape: [size] }
    const branch = (swap: boolean): Subgraph => {
      const [a, b] = [parameterNode('a', type), parameterNode('b', type)]
      return { parameters: [a, b], results: swap ? [b, a] : [binary('subtract', a, b), binary('maximum', a, b)] }
    }
    const predicate = givenInput(storageOf([random.chance(0.5)], 'bool'), [])
    const operands = [randomInput(dtype, [size], 'tame', random), randomInput(dtype, [size], 'tame', random)]
    const [whenTrue, whenFalse] = random.chance(0.5) ? [branch(true), branch(false)] : [branch(false), branch(true)]
    const node = makeNode({ name: 'cond', whenTrue, whenFalse }, [predicate.node, ...operands.map((x) => x.node)])
    return { inputs: [predicate, ...operands], results: [elementOf(node, 0), elementOf(node, 1)], tolerance: { ulps: 1 } }
  },
})

testAgreement('while: until the condition fails, perhaps at once', {
  arbitraries: [fc.record({ size: positiveSize, limit: fc.integer({ min: -2, max: 12 }), seed })],
  count: 8,
  batch: 4,
  build: ({ size, limit, seed }) => {
    const random = new RandomSource(seed)
    const state = () => [parameterNode('step', { dtype: 'i32', shape: [] }), parameterNode('x', { dtype: 'f32', shape: [size] })] as const
    const [testStep, testX] = state()
    const [step, x] = state()
    const one = makeNode({ name: 'fill', value: 1, shape: [], dtype: 'i32' })
    const bound = makeNode({ name: 'fill', value: limit, shape: [], dtype: 'i32' })
    const condition: Subgraph = { parameters: [testStep, testX], results: [makeNode({ name: 'compare', fn: 'less' }, [testStep, bound])] }
    const flipped = makeNode({ name: 'flip', axes: [0] }, [x])
    const body: Subgraph = { parameters: [step, x], results: [binary('add', step, one), tanh(binary('add', x, flipped))] }
    const inputs = [givenInput(storageOf([0], 'i32'), []), randomInput('f32', [size], 'tame', random)]
    const node = makeNode(
      { name: 'while', condition, body },
      inputs.map((i) => i.node),
    )
    return { inputs, results: [elementOf(node, 0), elementOf(node, 1)], tolerance: { ulps: 200, magnitude: 1 } }
  },
})

testAgreement('call: is its body, called twice', {
  arbitraries: [fc.record({ size: positiveSize, seed })],
  count: 4,
  build: ({ size, seed }) => {
    const random = new RandomSource(seed)
    const x = parameterNode('x', { dtype: 'f32', shape: [size] })
    const y = parameterNode('y', { dtype: 'f32', shape: [size] })
    const body: Subgraph = { parameters: [x, y], results: [tanh(binary('add', x, y)), binary('multiply', x, y)] }
    const [a, b] = [randomInput('f32', [size], 'tame', random), randomInput('f32', [size], 'tame', random)]
    const call = (p: Node, q: Node) => makeNode({ name: 'call', body, gradient: { kind: 'recompute' } }, [p, q])
    const first = call(a.node, b.node)
    const second = call(elementOf(first, 1), elementOf(first, 0))
    return { inputs: [a, b], results: [0, 1].flatMap((i) => [elementOf(first, i), elementOf(second, i)]), tolerance: { ulps: 64, magnitude: 4 } }
  },
})
