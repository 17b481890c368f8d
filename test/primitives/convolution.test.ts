// Convolutions, their gradients and sliding windows: one to three spatial axes, strides, padding, dilation, groups.

import fc from 'fast-check'
import { byteSize, type DType, isFloat } from '../../src/core/index.ts'
import { makeNode } from '../../src/core/graph.ts'
import { convolutionShape, windowShape } from '../../src/core/shapes.ts'
import { testAgreement } from './check.ts'
import { countOf, floatDTypes, integerDTypes, type Profile, randomInput, randomView } from './inputs.ts'
import { RandomSource } from './random-source.ts'
import { seed } from './shapes.ts'

const resolved = (shape: readonly unknown[]): number[] => shape.map(Number)

function randomConvolution(seed: number) {
  const random = new RandomSource(seed)
  const spatial = random.pick([1, 2, 2, 2, 3])
  const groups = random.pick([1, 1, 1, 2, 3])
  const channels = random.pick(spatial === 3 ? [1, 2, 3] : [1, 2, 3, 7, 16, 17, 33])
  const filters = groups * random.pick(spatial === 3 ? [1, 2, 5] : [1, 2, 5, 16, 17, 31])
  const window = Array.from({ length: spatial }, () => random.integer(1, 3))
  const dilation = window.map(() => random.pick([1, 1, 2]))
  const strides = window.map(() => random.pick([1, 1, 2, 3]))
  const padding = window.map(() => [random.integer(0, 2), random.integer(0, 2)] as const)
  const reach = window.map((k, i) => (k - 1) * (dilation[i] ?? 1) + 1)
  const input = [
    random.pick([1, 2, 3]),
    ...reach.map((r, i) => Math.max(1, r - (padding[i]?.[0] ?? 0) - (padding[i]?.[1] ?? 0)) + random.integer(0, spatial === 1 ? 30 : 7)),
    channels * groups,
  ]
  const filter = [...window, channels, filters]
  const geometry = { strides, padding, dilation, groups }
  const output = resolved(convolutionShape('conv', input, filter, geometry))
  return { random, geometry, input, filter, output }
}

const dtypes: readonly DType[] = ['f32', 'f32', 'f32', 'f64', 'bf16', 'f16', 'i32', 'i64']
const typed = dtypes.map((dtype) => fc.record({ dtype: fc.constant(dtype), seed }))
const tolerance = (dtype: DType, terms: number) => ({
  ulps: byteSize(dtype) === 2 ? 2 : 2 + Math.sqrt(terms),
  magnitude: 2 * Math.sqrt(Math.max(1, terms)),
})

testAgreement('conv: any geometry', {
  arbitraries: typed,
  count: 2,
  build: ({ dtype, seed }) => {
    const { random, geometry, input, filter } = randomConvolution(seed)
    const [x, f] = [randomView(dtype, input, 'tame', random), randomInput(dtype, filter, 'tame', random)]
    return {
      inputs: [x.input, f],
      results: [makeNode({ name: 'conv', geometry }, [x.node, f.node])],
      tolerance: tolerance(dtype, countOf(filter.slice(0, -1))),
    }
  },
})

testAgreement('convInputGradient: any geometry', {
  arbitraries: typed,
  count: 2,
  build: ({ dtype, seed }) => {
    const { random, geometry, input, filter, output } = randomConvolution(seed)
    const [g, f] = [randomView(dtype, output, 'tame', random), randomInput(dtype, filter, 'tame', random)]
    const node = makeNode({ name: 'convInputGradient', geometry, inputShape: input }, [g.node, f.node])
    return { inputs: [g.input, f], results: [node], tolerance: tolerance(dtype, countOf(filter) / (filter.at(-2) ?? 1)) }
  },
})

testAgreement('convFilterGradient: any geometry', {
  arbitraries: typed,
  count: 2,
  build: ({ dtype, seed }) => {
    const { random, geometry, input, filter, output } = randomConvolution(seed)
    const [x, g] = [randomView(dtype, input, 'tame', random), randomInput(dtype, output, 'tame', random)]
    const node = makeNode({ name: 'convFilterGradient', geometry, filterShape: filter }, [x.node, g.node])
    return { inputs: [x.input, g], results: [node], tolerance: tolerance(dtype, countOf(output.slice(0, -1))) }
  },
})

testAgreement('conv and its gradients: of numbers with all their bits', {
  arbitraries: floatDTypes.map((dtype) => fc.record({ dtype: fc.constant(dtype), seed })),
  count: 2,
  build: ({ dtype, seed }) => {
    const { random, geometry, input, filter, output } = randomConvolution(seed)
    const [x, f, g] = [input, filter, output].map((shape) => randomInput(dtype, shape, 'fine', random))
    if (x === undefined || f === undefined || g === undefined) throw new RangeError('three inputs were made')
    const results = [
      makeNode({ name: 'conv', geometry }, [x.node, f.node]),
      makeNode({ name: 'convInputGradient', geometry, inputShape: input }, [g.node, f.node]),
      makeNode({ name: 'convFilterGradient', geometry, filterShape: filter }, [x.node, g.node]),
    ]
    const terms = Math.max(...[filter.slice(0, -1), [countOf(filter) / (filter.at(-2) ?? 1)], output.slice(0, -1)].map(countOf))
    return { inputs: [x, f, g], results, tolerance: tolerance(dtype, terms) }
  },
})

function randomWindow(seed: number) {
  const random = new RandomSource(seed)
  const spatial = random.pick([1, 2, 2, 3])
  const window = Array.from({ length: spatial }, () => random.integer(1, 3))
  const strides = window.map(() => random.integer(1, 3))
  const padding = window.map((w) => [random.integer(0, w), random.integer(0, w)] as const)
  const sizes = window.map((w, i) => Math.max(1, w - (padding[i]?.[0] ?? 0) - (padding[i]?.[1] ?? 0)) + random.integer(0, 6))
  const input = [random.pick([1, 2]), ...sizes, random.pick([1, 3, 16, 17])]
  const geometry = { window, strides, padding }
  return { random, geometry, input, output: resolved(windowShape('window', input, geometry)) }
}

const windowed = [...floatDTypes, ...integerDTypes].map((dtype) => fc.record({ dtype: fc.constant(dtype), seed }))
const functions = ['max', 'min'] as const

testAgreement('reduceWindow: max, min and sum, padding never wins', {
  arbitraries: windowed,
  count: 1,
  build: ({ dtype, seed }) => {
    const { random, geometry, input } = randomWindow(seed)
    const profile: Profile = random.pick(['any', 'tame'])
    const x = randomView(dtype, input, profile, random)
    const results = functions.map((fn) => makeNode({ name: 'reduceWindow', fn, geometry }, [x.node]))
    const summed = profile === 'tame' || !isFloat(dtype) ? [makeNode({ name: 'reduceWindow', fn: 'sum', geometry }, [x.node])] : []
    return { inputs: [x.input], results: [...results, ...summed], tolerance: { ulps: 8, magnitude: summed.length > 0 ? 8 : 0 } }
  },
})

testAgreement('windowScatter and windowPick: at the first largest, or the first NaN', {
  arbitraries: windowed,
  count: 1,
  build: ({ dtype, seed }) => {
    const { random, geometry, input, output } = randomWindow(seed)
    const x = randomView(dtype, input, random.pick(['any', 'tame'] as const), random)
    const [gradient, values] = [randomInput(dtype, output, 'tame', random), randomInput(dtype, input, 'tame', random)]
    const results = functions.flatMap((fn) => [
      makeNode({ name: 'windowScatter', fn, geometry }, [x.node, gradient.node]),
      makeNode({ name: 'windowPick', fn, geometry }, [x.node, values.node]),
    ])
    return { inputs: [x.input, gradient, values], results, tolerance: { ulps: 8, magnitude: 8 } }
  },
})
