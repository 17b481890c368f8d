// Convolution and its gradients on the native backend, against plain loops in double precision.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { renderConvolution } from '../../../../src/backends/native/render-convolution.ts'
import type { BoundKernel } from '../../../../src/backends/native/render-loops.ts'
import type { Target } from '../../../../src/backends/native/rendered-kernel.ts'
import { fuse } from '../../../../src/compiler/fuse.ts'
import { type Dims, dimension } from '../../../../src/core/dimension.ts'
import type { DType, TypedArray } from '../../../../src/core/dtype.ts'
import { makeNode, type Node, parameterNode } from '../../../../src/core/graph.ts'
import type { Op } from '../../../../src/core/primitives.ts'
import { compileBoundKernels, type RunnableKernel, targets } from './bound-kernels.ts'
import { type ConvolutionCase, type ConvolutionVariant, referenceConvolution, shapesOf } from './convolution-reference.ts'

const variants = ['conv', 'convInputGradient', 'convFilterGradient'] as const

interface Graph {
  readonly a: Node
  readonly b: Node
  readonly bias: Node
  readonly residual: Node
  /** The convolution itself. */
  readonly plain: Node
  /** relu(convolution + bias) + residual. */
  readonly finished: Node
}

function operandShapes(variant: ConvolutionVariant, c: ConvolutionCase) {
  const shapes = shapesOf(c)
  if (variant === 'conv') return { a: shapes.input, b: shapes.filter, result: shapes.output }
  if (variant === 'convInputGradient') return { a: shapes.output, b: shapes.filter, result: shapes.input }
  return { a: shapes.input, b: shapes.output, result: shapes.filter }
}

function graphOf(variant: ConvolutionVariant, c: ConvolutionCase, dtype: DType, symbolic = false): Graph {
  const shapes = operandShapes(variant, c)
  const batch = dimension('batch', { max: 64 })
  const typed = (shape: readonly number[], batched: boolean): Dims => (symbolic && batched ? [batch, ...shape.slice(1)] : shape)
  const a = parameterNode('a', { dtype, shape: typed(shapes.a, true) })
  const b = parameterNode('b', { dtype, shape: typed(shapes.b, variant === 'convFilterGradient') })
  const resultShape = typed(shapes.result, variant !== 'convFilterGradient')
  const { geometry } = c
  const op: Op =
    variant === 'conv'
      ? { name: 'conv', geometry }
      : variant === 'convInputGradient'
        ? { name: 'convInputGradient', geometry, inputShape: resultShape }
        : { name: 'convFilterGradient', geometry, filterShape: shapes.result }
  const plain = makeNode(op, [a, b])
  const channels = shapes.result.at(-1) ?? 1
  const bias = parameterNode('bias', { dtype, shape: [channels] })
  const residual = parameterNode('residual', { dtype, shape: resultShape })
  const row = makeNode({ name: 'reshape', shape: [...shapes.result.slice(1).map(() => 1), channels] }, [bias])
  const sum = makeNode({ name: 'binary', fn: 'add' }, [plain, makeNode({ name: 'expand', shape: resultShape }, [row])])
  const zero = makeNode({ name: 'expand', shape: resultShape }, [makeNode({ name: 'fill', value: 0, shape: resultShape.map(() => 1), dtype })])
  const relu = makeNode({ name: 'binary', fn: 'maximum' }, [sum, zero])
  return { a, b, bias, residual, plain, finished: makeNode({ name: 'binary', fn: 'add' }, [relu, residual]) }
}

function render(graph: Graph, keepPlain: boolean, target: Target): BoundKernel {
  const roots = keepPlain ? [graph.finished, graph.plain] : [graph.finished]
  const kernels = fuse(roots)
  const [kernel] = kernels
  assert.equal(kernels.length, 1)
  assert.ok(kernel?.kind === 'convolution')
  return renderConvolution(kernel, (node) => roots.includes(node), target)
}

/** Small values that every float holds exactly, so that only sums are rounded. */
const fill = (length: number, seed: number) => Float64Array.from({ length }, (_, i) => (((i + seed) * 7919) % 23) - 11)

function encode(values: Float64Array, dtype: DType): TypedArray {
  switch (dtype) {
    case 'f32':
      return Float32Array.from(values)
    case 'bf16':
      return Uint16Array.from(new Uint32Array(Float32Array.from(values).buffer), (bits) => bits >>> 16)
    case 'i32':
      return Int32Array.from(values)
    default:
      return Float64Array.from(values)
  }
}

function decode(values: TypedArray | undefined): Float64Array {
  if (values instanceof Uint16Array) return Float64Array.from(new Float32Array(Uint32Array.from(values, (half) => half << 16).buffer))
  return Float64Array.from(values ?? [], Number)
}

const size = (shape: readonly number[]) => shape.reduce((p, n) => p * n, 1)

/** Runs the compiled kernel on made-up values and compares what it keeps with the plain loops. */
function check(variant: ConvolutionVariant, c: ConvolutionCase, graph: Graph, dtype: DType, keepPlain: boolean, run: RunnableKernel): void {
  const shapes = operandShapes(variant, c)
  const [a, b] = [fill(size(shapes.a), 1), fill(size(shapes.b), 5)]
  const channels = shapes.result.at(-1) ?? 1
  const [bias, residual] = [fill(channels, 3), fill(size(shapes.result), 2)]
  const plain = referenceConvolution(variant, c, a, b)
  const finished = plain.map((x, i) => Math.max(x + (bias[i % channels] ?? 0), 0) + (residual[i] ?? 0))
  const inputs = [
    [graph.a, a],
    [graph.b, b],
    [graph.bias, bias],
    [graph.residual, residual],
  ] as const
  const values = new Map(inputs.map(([node, numbers]) => [node, encode(numbers, dtype)]))
  const sizes = { batch: c.batch }
  const forwards = run({ values, sizes })
  const backwards = run({ values, sizes, backwards: true })
  const tolerance = dtype === 'bf16' ? 2 ** -8 : dtype === 'f32' ? 1e-6 : 0
  const compare = (node: Node, wanted: Float64Array) => {
    const got = decode(forwards.get(node))
    assert.deepEqual(decode(backwards.get(node)), got, `${variant} ${JSON.stringify(c)}: the order of tasks changes the result`)
    assert.equal(got.length, wanted.length)
    const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1)
    const worst = wanted.findIndex((x, i) => !(Math.abs(x - (got[i] ?? 0)) <= tolerance * scale))
    assert.equal(worst, -1, `${variant} ${dtype} ${JSON.stringify(c)}: element ${worst} is ${got[worst]}, expected ${wanted[worst]}`)
  }
  compare(graph.finished, finished)
  if (keepPlain) compare(graph.plain, plain)
}

function checkAll(target: Target, dtype: DType, cases: readonly ConvolutionCase[], symbolic = false): void {
  const jobs = cases.flatMap((c, i) =>
    variants.map((variant) => ({ variant, c, keepPlain: i % 2 === 0, graph: graphOf(variant, c, dtype, symbolic) })),
  )
  const runs = compileBoundKernels(jobs.map(({ graph, keepPlain }) => render(graph, keepPlain, target)))
  jobs.forEach(({ variant, c, keepPlain, graph }, i) => {
    const run = runs[i]
    assert.ok(run !== undefined)
    check(variant, c, graph, dtype, keepPlain, run)
  })
}

const anyCase: fc.Arbitrary<ConvolutionCase> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    axes: fc.array(
      fc.record({
        extra: fc.integer({ min: 0, max: 9 }),
        window: fc.integer({ min: 1, max: 4 }),
        stride: fc.integer({ min: 1, max: 3 }),
        dilation: fc.integer({ min: 1, max: 2 }),
        low: fc.integer({ min: -1, max: 3 }),
        high: fc.integer({ min: -1, max: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    groups: fc.constantFrom(1, 1, 1, 2, 3),
    channels: fc.constantFrom(1, 2, 3, 5, 8, 13, 16, 17),
    filters: fc.constantFrom(1, 2, 4, 7, 15, 16, 17, 31, 33),
  })
  .map(({ batch, axes, groups, channels, filters }) => ({
    batch,
    input: axes.map((a) => Math.max(1, (a.window - 1) * a.dilation + 1 - a.low - a.high + (axes.length > 2 ? a.extra % 4 : a.extra))),
    window: axes.map((a) => a.window),
    channels: channels * groups,
    filters: filters * groups,
    geometry: {
      strides: axes.map((a) => a.stride),
      dilation: axes.map((a) => a.dilation),
      padding: axes.map((a) => [a.low, a.high] as const),
      groups,
    },
  }))

const square = (batch: number, n: number, channels: number, filters: number, window: number, options: Partial<ConvolutionCase['geometry']> = {}) => ({
  batch,
  input: [n, n],
  window: [window, window],
  channels,
  filters,
  geometry: {
    strides: [1, 1],
    dilation: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ] as const,
    groups: 1,
    ...options,
  },
})

for (const target of targets) {
  test(`convolution: equals plain loops for any geometry with vectors of ${target.vectorBytes} bytes`, () => {
    checkAll(target, 'f32', fc.sample(anyCase, { numRuns: target.vectorBytes === 64 ? 16 : 6, seed: 11 + target.vectorBytes }))
  })
}

const [machine] = targets
assert.ok(machine !== undefined)

test('convolution: the layers of a small digit network', () => {
  checkAll(machine, 'f32', [square(2, 28, 1, 32, 3), square(2, 13, 32, 64, 3)])
})

test('convolution: common layers of larger networks', () => {
  const same = [
    [1, 1],
    [1, 1],
  ] as const
  checkAll(machine, 'f32', [
    square(1, 14, 64, 64, 3, { strides: [2, 2], padding: same }),
    square(2, 9, 48, 40, 1),
    square(1, 30, 3, 64, 7, {
      strides: [2, 2],
      padding: [
        [3, 3],
        [3, 3],
      ],
    }),
    square(2, 12, 24, 24, 3, { groups: 24, padding: same }),
    square(2, 12, 24, 24, 3, { groups: 24, padding: same, strides: [2, 2] }),
    square(1, 7, 160, 96, 3, { padding: same }),
  ])
})

test('convolution: a filter gradient over so many pixels that it is summed in parts', () => {
  checkAll(machine, 'f32', [
    square(4, 28, 16, 32, 3),
    square(3, 26, 24, 40, 3, {
      padding: [
        [1, 1],
        [1, 1],
      ],
    }),
  ])
})

test('convolution: one channel and one filter a group', () => {
  const depthwise = fc.sample(anyCase, { numRuns: 5, seed: 5 }).map((c, i) => {
    const channels = 3 + 8 * i
    return { ...c, channels, filters: channels, geometry: { ...c.geometry, groups: channels } }
  })
  checkAll(machine, 'f32', [
    ...depthwise,
    square(4, 40, 300, 300, 3, {
      groups: 300,
      padding: [
        [1, 1],
        [1, 1],
      ],
    }),
  ])
  for (const dtype of ['bf16', 'f64', 'i32'] as const) checkAll(machine, dtype, depthwise.slice(0, 2))
})

test('convolution: half precision, double precision and integers', () => {
  const cases = [
    square(2, 9, 5, 18, 3, {
      padding: [
        [1, 0],
        [0, 2],
      ],
    }),
    square(1, 8, 16, 32, 2, { strides: [2, 1] }),
  ]
  for (const dtype of ['bf16', 'f64', 'i32'] as const) checkAll(machine, dtype, cases)
})

test('convolution: a batch that is bound at run time', () => {
  checkAll(machine, 'f32', [square(3, 10, 4, 20, 3), square(5, 13, 32, 64, 3), square(1, 24, 16, 32, 3)], true)
})
