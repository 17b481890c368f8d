// Attention and its gradient: shared key heads, causal masks, biases, lengths around every block.

import fc from 'fast-check'
import { byteSize, type DType } from '../../src/core/index.ts'
import { elementOf, makeNode, type Node } from '../../src/core/graph.ts'
import { device } from '../../src/index.ts'
import { testAgreement } from './check.ts'
import { givenInput, type Input, randomInput, randomView } from './inputs.ts'
import { RandomSource } from './random-source.ts'
import { seed } from './shapes.ts'

const lengths = fc.constantFrom(1, 2, 5, 15, 16, 17, 31, 33, 64, 65)

function randomAttention(time: number, keyTime: number, dtype: DType, seed: number) {
  const random = new RandomSource(seed)
  const [batch, kvHeads, group] = [random.integer(1, 2), random.integer(1, 2), random.integer(1, 3)]
  const heads = kvHeads * group
  const size = random.pick([1, 4, 8, 16, 17, 32, 64])
  const query = randomView(dtype, [batch, time, heads, size], 'tame', random)
  const [key, value] = [0, 1].map(() => randomView(dtype, [batch, keyTime, kvHeads, size], 'tame', random))
  if (key === undefined || value === undefined) throw new RangeError('unreachable: two views were made')
  const biased = random.chance(0.4)
  const bias = randomInput(dtype, [random.pick([1, batch]), random.pick([1, heads]), time, keyTime], 'tame', random)
  const op = { scale: 1 / Math.sqrt(size), causal: random.chance(0.5) }
  return { random, op, query, key, value, bias: biased ? bias : undefined, shape: [batch, time, heads, size], rows: [batch, heads, time] }
}

const dtypes: readonly DType[] = ['f32', 'f32', 'f32', 'f64', 'bf16', 'f16']
const drawn = dtypes.map((dtype) => fc.record({ dtype: fc.constant(dtype), time: lengths, keyTime: lengths, seed }))

testAgreement('attention: output and logSumExp', {
  arbitraries: drawn,
  count: 2,
  build: ({ dtype, time, keyTime, seed }) => {
    const { op, query, key, value, bias } = randomAttention(time, keyTime, dtype, seed)
    const tuple = makeNode({ name: 'attention', ...op }, [query.node, key.node, value.node, ...(bias === undefined ? [] : [bias.node])])
    return {
      inputs: [query.input, key.input, value.input, ...(bias === undefined ? [] : [bias])],
      results: [elementOf(tuple, 0), elementOf(tuple, 1)],
      tolerance: { ulps: (of) => (byteSize(of) === 2 ? 2 : 64), magnitude: 2 },
    }
  },
})

/** The values of these nodes on the reference, as further inputs. */
function computed(inputs: readonly Input[], nodes: readonly Node[], shapes: readonly (readonly number[])[]): Input[] {
  const executable = device('reference').compile({ inputs: inputs.map((x) => x.node), results: nodes, donated: new Map() })
  const storages = executable.run(
    inputs.map((x) => x.storage),
    new Map(),
  )
  return storages.map((storage, i) => givenInput(storage, shapes[i] ?? []))
}

testAgreement('attentionGradient: of queries, keys and values', {
  arbitraries: drawn,
  count: 2,
  build: ({ dtype, time, keyTime, seed }) => {
    const { random, op, query, key, value, bias, shape, rows } = randomAttention(time, keyTime, dtype, seed)
    const inputs = [query.input, key.input, value.input, ...(bias === undefined ? [] : [bias])]
    const operands = [query.node, key.node, value.node]
    const biases = bias === undefined ? [] : [bias.node]
    const forward = makeNode({ name: 'attention', ...op }, [...operands, ...biases])
    const [output, logSumExp] = computed(inputs, [elementOf(forward, 0), elementOf(forward, 1)], [shape, rows])
    const gradient = randomInput(dtype, shape, 'tame', random)
    if (output === undefined || logSumExp === undefined) throw new RangeError('attention has two results')
    const tuple = makeNode({ name: 'attentionGradient', ...op }, [...operands, output.node, logSumExp.node, gradient.node, ...biases])
    return {
      inputs: [...inputs, output, logSumExp, gradient],
      results: [0, 1, 2].map((i) => elementOf(tuple, i)),
      tolerance: { ulps: byteSize(dtype) === 2 ? 4 : 128, magnitude: 4 },
    }
  },
})

/** Biases of rows of which none, some or all keys are masked by a large finite number. */
const maskedBias = (time: number, keyTime: number, mask: number): number[] =>
  Array.from({ length: time * keyTime }, (_, i) => {
    const [row, key] = [Math.floor(i / keyTime), i % keyTime]
    return row % 3 === 0 || (row % 3 === 1 && key % 2 === 0) ? mask : 0
  })

testAgreement('attentionGradient: queries whose keys are all masked by a large finite bias', {
  arbitraries: [-1e3, -1e9, -2e38].map((mask) => fc.record({ mask: fc.constant(mask), time: lengths, keyTime: lengths, seed })),
  count: 2,
  build: ({ mask, time, keyTime, seed }) => {
    const random = new RandomSource(seed)
    const [query, gradient] = [0, 1].map(() => randomInput('f32', [1, time, 2, 8], 'tame', random))
    const [key, value] = [0, 1].map(() => randomInput('f32', [1, keyTime, 1, 8], 'tame', random))
    const bias = givenInput({ dtype: 'f32', length: time * keyTime, bytes: Float32Array.from(maskedBias(time, keyTime, mask)).buffer }, [
      1,
      1,
      time,
      keyTime,
    ])
    if (query === undefined || gradient === undefined || key === undefined || value === undefined) throw new RangeError('four inputs were made')
    // Next to −1e9 the reference's scores keep what f32 rounds away, so that they are left out.
    const op = { scale: mask === -1e9 ? 0 : 0.5, causal: random.chance(0.5) }
    const forward = makeNode({ name: 'attention', ...op }, [query.node, key.node, value.node, bias.node])
    const [output, logSumExp] = computed(
      [query, key, value, bias],
      [elementOf(forward, 0), elementOf(forward, 1)],
      [
        [1, time, 2, 8],
        [1, 2, time],
      ],
    )
    if (output === undefined || logSumExp === undefined) throw new RangeError('attention has two results')
    const operands = [query.node, key.node, value.node, output.node, logSumExp.node, gradient.node, bias.node]
    const tuple = makeNode({ name: 'attentionGradient', ...op }, operands)
    return {
      inputs: [query, key, value, bias, output, logSumExp, gradient],
      results: [0, 1, 2].map((i) => elementOf(tuple, i)),
      // Scores near −1e3 are exact to 3e-5.
      tolerance: { ulps: 128, magnitude: mask === -1e3 ? 64 : 4 },
    }
  },
})
