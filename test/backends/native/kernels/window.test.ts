// Pooling and its gradient on the native backend, against plain loops.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { renderWindow } from '../../../../src/backends/native/render-window.ts'
import type { Target } from '../../../../src/backends/native/rendered-kernel.ts'
import { fuse } from '../../../../src/compiler/fuse.ts'
import { type Dims, dimension } from '../../../../src/core/dimension.ts'
import type { DType, TypedArray } from '../../../../src/core/dtype.ts'
import { makeNode, type Node, parameterNode } from '../../../../src/core/graph.ts'
import type { Op } from '../../../../src/core/primitives.ts'
import { compileBoundKernels, targets } from './bound-kernels.ts'
import { referenceReduceWindow, referenceWindowPick, referenceWindowScatter, type WindowCase, windowShapesOf } from './convolution-reference.ts'

interface Job {
  readonly c: WindowCase
  readonly fn: 'max' | 'min' | 'sum'
  readonly variant: 'reduceWindow' | 'windowScatter' | 'windowPick'
}

const size = (shape: readonly number[]) => shape.reduce((p, n) => p * n, 1)

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

function decode(values: TypedArray | undefined): number[] {
  if (values instanceof Uint16Array) return Array.from(new Float32Array(Uint32Array.from(values, (half) => half << 16).buffer))
  return Array.from(values ?? [], Number)
}

function jobsOf(cases: readonly WindowCase[]): Job[] {
  return cases.flatMap((c, i) => {
    const fn = i % 2 === 0 ? 'max' : 'min'
    return [
      { c, fn: i % 3 === 2 ? 'sum' : fn, variant: 'reduceWindow' },
      { c, fn, variant: 'windowScatter' },
      { c, fn, variant: 'windowPick' },
    ] as const
  })
}

function checkAll(target: Target, dtype: DType, jobs: readonly Job[], numbers: (length: number, seed: number) => Float64Array, symbolic = false) {
  const graphs = jobs.map(({ c, fn, variant }) => {
    const shapes = windowShapesOf(c)
    const typed = (shape: readonly number[]): Dims => (symbolic ? [dimension('batch', { max: 64 }), ...shape.slice(1)] : shape)
    const x = parameterNode('x', { dtype, shape: typed(shapes.input) })
    const second = parameterNode('second', { dtype, shape: typed(variant === 'windowScatter' ? shapes.output : shapes.input) })
    const picks = fn === 'sum' ? 'max' : fn
    const op: Op = variant === 'reduceWindow' ? { name: variant, fn, geometry: c.geometry } : { name: variant, fn: picks, geometry: c.geometry }
    const node = makeNode(op, variant === 'reduceWindow' ? [x] : [x, second])
    const other = parameterNode('other', { dtype, shape: node.shape })
    return { x, second, other, node, finished: makeNode({ name: 'binary', fn: 'subtract' }, [node, other]) }
  })
  const kernels = graphs.map(({ node, finished }) => {
    const kernels = fuse([finished])
    const [kernel] = kernels
    assert.ok(kernel?.kind === 'window' && kernels.length === 1 && kernel.node === node)
    return renderWindow(kernel, (n) => n === finished, target)
  })
  compileBoundKernels(kernels).forEach((run, i) => {
    const [job, graph] = [jobs[i], graphs[i]]
    assert.ok(job !== undefined && graph !== undefined)
    const { c, fn, variant } = job
    const shapes = windowShapesOf(c)
    const x = numbers(size(shapes.input), 1)
    const second = numbers(size(variant === 'windowScatter' ? shapes.output : shapes.input), 4).map((v) => (Number.isFinite(v) ? v : 2))
    const picks = fn === 'sum' ? 'max' : fn
    const plain =
      variant === 'reduceWindow'
        ? referenceReduceWindow(fn, c, x)
        : variant === 'windowScatter'
          ? referenceWindowScatter(picks, c, x, second)
          : referenceWindowPick(picks, c, x, second)
    const other = Float64Array.from({ length: plain.length }, (_, at) => at % 5)
    const inputs: [Node, Float64Array][] = [
      [graph.x, x],
      [graph.second, second],
      [graph.other, other],
    ]
    const values = new Map(inputs.map(([node, list]) => [node, encode(list, dtype)]))
    const sizes = { batch: c.batch }
    const got = decode(run({ values, sizes }).get(graph.finished))
    assert.deepEqual(decode(run({ values, sizes, backwards: true }).get(graph.finished)), got)
    const wanted = Array.from(plain, (v, at) => v - (other[at] ?? 0))
    assert.deepEqual(got, wanted, `${variant} ${fn} ${JSON.stringify(c)}`)
  })
}

const anyCase: fc.Arbitrary<WindowCase> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    axes: fc.array(
      fc.record({
        extra: fc.integer({ min: 0, max: 9 }),
        window: fc.integer({ min: 1, max: 4 }),
        stride: fc.integer({ min: 1, max: 5 }),
        low: fc.integer({ min: -2, max: 3 }),
        high: fc.integer({ min: -2, max: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    channels: fc.constantFrom(1, 2, 3, 7, 15, 16, 17, 33),
  })
  .map(({ batch, axes, channels }) => {
    // Padding below the window, so that every window sees an element.
    const padding = axes.map((a) => [Math.min(a.low, a.window - 1), Math.min(a.high, a.window - 1)] as const)
    const input = axes.map((a, i) => {
      const [low, high] = padding[i] ?? [0, 0]
      return Math.max(1, a.window - low - high + (axes.length > 2 ? a.extra % 4 : a.extra))
    })
    return { batch, input, channels, geometry: { window: axes.map((a) => a.window), strides: axes.map((a) => a.stride), padding } }
  })

const square = (batch: number, n: number, channels: number, window: number, stride: number, low = 0): WindowCase => ({
  batch,
  input: [n, n],
  channels,
  geometry: {
    window: [window, window],
    strides: [stride, stride],
    padding: [
      [low, low],
      [low, low],
    ],
  },
})

/** Small whole numbers, so that many are equal and the first of them must be found. */
const whole = (length: number, seed: number) => Float64Array.from({ length }, (_, i) => (((i + seed) * 7919) % 11) - 5)

for (const target of targets) {
  test(`window: equals plain loops for any geometry with vectors of ${target.vectorBytes} bytes`, () => {
    checkAll(target, 'f32', jobsOf(fc.sample(anyCase, { numRuns: target.vectorBytes === 64 ? 16 : 6, seed: 3 + target.vectorBytes })), whole)
  })
}

const [machine] = targets
assert.ok(machine !== undefined)

test('window: the pooling layers of a small digit network and overlapping windows', () => {
  checkAll(machine, 'f32', jobsOf([square(2, 26, 32, 2, 2), square(2, 11, 64, 2, 2), square(1, 40, 64, 3, 2, 1), square(1, 9, 8, 5, 1)]), whole)
})

test('window: NaN is kept, and the first NaN of a window receives its gradient', () => {
  const special = (length: number, seed: number) =>
    whole(length, seed).map((v, i) => ((i * 13 + seed) % 17 === 0 ? Number.NaN : (i * 5) % 19 === 0 ? Number.NEGATIVE_INFINITY : v))
  checkAll(machine, 'f32', jobsOf([square(2, 9, 17, 2, 2), square(1, 8, 3, 3, 1, 1)]), special)
})

test('window: half precision, double precision and integers', () => {
  for (const dtype of ['bf16', 'f64', 'i32'] as const)
    checkAll(machine, dtype, jobsOf([square(2, 9, 5, 2, 2), square(1, 8, 16, 3, 2, 1), square(1, 8, 3, 2, 1)]), whole)
})

test('window: a batch that is bound at run time', () => {
  checkAll(machine, 'f32', jobsOf([square(3, 10, 4, 2, 2), square(2, 9, 16, 3, 2, 1)]), whole, true)
})
