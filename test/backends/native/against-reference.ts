// Compares compiled graphs with the reference device: values to a tolerance of the dtype, and the same bits whatever the order of tasks.
import assert from 'node:assert/strict'
import { dimension, type Dim, evaluateDim, elementCount } from '../../../src/core/dimension.ts'
import { type DType, isFloat, viewOf } from '../../../src/core/dtype.ts'
import { type Node, parameterNode, type Storage } from '../../../src/core/graph.ts'
import { bfloat16ToNumber, halfToNumber } from '../../../src/core/half.ts'
import { storageOf } from '../../../src/core/ops/creation.ts'
import { Tensor } from '../../../src/core/tensor.ts'
import { createReferenceDevice } from '../../../src/backends/reference/device.ts'
import { type CompiledGraph, compileGraph } from './run-kernels.ts'

/** A deterministic stream of numbers in [−1, 1). */
export function numbers(length: number, seed: number, scale = 1): number[] {
  let state = Math.imul(seed, 2654435761) + 12345
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state / 2147483648 - 1) * scale
  })
}

/** A parameter and the numbers bound to it. */
export interface Input {
  readonly tensor: Tensor
  readonly storage: Storage
}

/** A parameter with given numbers. */
export function given(dtype: DType, shape: readonly Dim[], values: ArrayLike<number>): Input {
  return { tensor: new Tensor(parameterNode('x', { dtype, shape })), storage: storageOf(values, dtype) }
}

const reals = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-40, 1e30, -1e30]

/** Options of {@link random}. */
export interface RandomOptions {
  readonly scale?: number
  readonly special?: boolean
  readonly grain?: number
  readonly dims?: ReadonlyMap<string, number>
}

/**
 * A parameter with random numbers; integers between −`scale` and `scale`; `special` mixes in NaN, infinities and zeros; with
 * `grain` all are multiples of 1 / grain, so that sums and products of a few of them are exact.
 */
export function random(
  dtype: DType,
  shape: readonly Dim[],
  seed: number,
  { scale = 4, special = false, grain, dims = new Map<string, number>() }: RandomOptions = {},
): Input {
  const drawn = numbers(evaluateDim(elementCount(shape), dims), seed, scale)
  const values = grain === undefined ? drawn : drawn.map((value) => Math.round(value * grain) / grain)
  if (!isFloat(dtype)) return given(dtype, shape, values.map(dtype === 'bool' ? (v) => (v > 0 ? 1 : 0) : Math.round))
  return given(dtype, shape, special ? values.map((v, i) => (i % 7 === 3 ? (reals[((i / 7) % reals.length) | 0] ?? 0) : v)) : values)
}

/** Elements as numbers. */
export function read(storage: Storage): number[] {
  const { dtype, bytes, length } = storage
  if (dtype === 'f16') return Array.from(new Uint16Array(bytes, 0, length), halfToNumber)
  if (dtype === 'bf16') return Array.from(new Uint16Array(bytes, 0, length), bfloat16ToNumber)
  return Array.from(viewOf(dtype, bytes, 0, length), Number)
}

const tolerances: Readonly<Partial<Record<DType, number>>> = { f64: 1e-12, f32: 3e-6, f16: 4e-3, bf16: 3e-2 }

function assertSame(name: string, actual: Storage, expected: Storage, tolerance: number): void {
  assert.equal(actual.dtype, expected.dtype, name)
  const [a, e] = [read(actual), read(expected)]
  assert.equal(a.length, e.length, name)
  let worst = -1
  let distance = tolerance
  for (let i = 0; i < e.length; i++) {
    const [x = 0, y = 0] = [a[i], e[i]]
    const gap = x === y || (Number.isNaN(x) && Number.isNaN(y)) ? 0 : Math.abs(x - y) / (1 + Math.abs(y))
    if (!(gap <= distance)) [worst, distance] = [i, gap]
  }
  assert.ok(worst < 0, `${name}[${worst}]: expected ${e[worst]}, received ${a[worst]}`)
}

/** Options of {@link check}. */
export interface CheckOptions {
  readonly tolerance?: number
  readonly dims?: ReadonlyMap<string, number>
}

/** Compiles and compares with the reference; returns what was compiled. */
export function check(inputs: readonly Input[], results: readonly Tensor[], { tolerance, dims = new Map() }: CheckOptions = {}): CompiledGraph {
  const parameters: Node[] = inputs.map((input) => input.tensor.node)
  const nodes = results.map((tensor) => tensor.node)
  const storages = inputs.map((input) => input.storage)
  const compiled = compileGraph(parameters, nodes)
  const expected = createReferenceDevice().compile({ inputs: parameters, results: nodes, donated: new Map() }).run(storages, dims)
  const actual = compiled.run(storages, { dims })
  const backwards = compiled.run(storages, { dims, backwards: true })
  nodes.forEach((node, i) => {
    const [a, b, e] = [actual[i], backwards[i], expected[i]]
    assert.ok(a !== undefined && b !== undefined && e !== undefined)
    assertSame(`${node.op.name} ${node.dtype}`, a, e, tolerance ?? tolerances[node.dtype] ?? 0)
    assert.deepEqual(new Uint8Array(b.bytes), new Uint8Array(a.bytes), 'the same bits in any order of tasks')
  })
  return compiled
}

/** A size bound at run time, and its binding. */
export function symbolic(name: string, value: number, max: number): { readonly size: Dim; readonly dims: ReadonlyMap<string, number> } {
  return { size: dimension(name, { max }), dims: new Map([[name, value]]) }
}
