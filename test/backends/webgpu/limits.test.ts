// Programs assembled for an adapter with small limits, run by a host in this thread.

import assert from 'node:assert/strict'
import { optimize } from '../../../src/compiler/passes/optimize.ts'
import { createWebgpuDevice } from '../../../src/backends/webgpu/index.ts'
import { assemble } from '../../../src/backends/webgpu/assemble.ts'
import type { AdapterFacts, Answer, Question } from '../../../src/backends/webgpu/commands.ts'
import { Host } from '../../../src/backends/webgpu/host.ts'
import { preludeOf } from '../../../src/backends/webgpu/prelude.ts'
import { renderKernel } from '../../../src/backends/webgpu/render-kernel.ts'
import { makeNode, parameterNode } from '../../../src/core/graph.ts'
import {
  type Device,
  dimension,
  flattenTree,
  full,
  gather,
  iota,
  jit,
  random,
  registerDevice,
  scan,
  scatterAdd,
  setDefaultDevice,
  Tensor,
  tensor,
  type Tree,
  whileLoop,
} from '../../../src/index.ts'
import { testOnGpu } from './with-adapter.ts'

const renderer = { render: renderKernel, prelude: preludeOf }

class TestHost {
  readonly host = new Host({ lost: () => undefined, finished: () => undefined, fail: () => undefined }, 'missing')

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve) =>
      this.host.ask(question, (answer) => resolve(answer.kind === 'bytes' ? { ...answer, bytes: answer.bytes.slice() } : answer)),
    )
  }

  async facts(): Promise<AdapterFacts> {
    const answer = await this.ask({ kind: 'adapter' })
    assert.ok(answer.kind === 'adapter')
    return answer.facts
  }

  /** The numbers of the first result. */
  async run(
    graph: Parameters<typeof assemble>[0],
    limits: Partial<AdapterFacts>,
    inputs: readonly Float32Array<ArrayBuffer>[],
    size: number,
  ): Promise<{ readonly numbers: Float32Array; readonly arenas: number }> {
    const { program } = assemble(optimize(graph, false), renderer, { ...(await this.facts()), ...limits })
    this.host.post({ kind: 'program', id: 0, program })
    inputs.forEach((input, i) => {
      this.host.post({ kind: 'upload', memory: i, bytes: input.slice().buffer })
    })
    const outputs = graph.results.map((_, i) => 100 + i)
    this.host.post({ kind: 'run', program: 0, inputs: inputs.map((_, i) => i), outputs, dims: new Map(), donated: [] })
    const answer = await this.ask({ kind: 'read', memory: 100, bytes: 4 * size })
    assert.ok(answer.kind === 'bytes', answer.kind === 'error' ? answer.message : answer.kind)
    return { numbers: new Float32Array(answer.bytes.buffer), arenas: program.arenas.length }
  }
}

/** Ten values of 16 KiB that are all needed at the end. */
const chain = jit((x: Tensor, w: Tensor): Tensor => {
  const all: Tensor[] = [x]
  for (let i = 0; i < 10; i++) all.push((all.at(-1) ?? x).matmul(w).tanh())
  return all.reduceRight((sum, y): Tensor => sum.matmul(w).add(y))
})

async function expected(inputs: readonly Tensor[]): Promise<Float32Array> {
  const [x, w] = inputs
  assert.ok(x !== undefined && w !== undefined)
  return Float32Array.from(await chain(x, w).data(), Number)
}

testOnGpu('webgpu: an arena that no buffer holds lies in several, and a kernel with few bindings sees neighbours through one', async () => {
  setDefaultDevice('reference')
  const inputs = [1, 2].map((seed): Tensor => random.normal(random.key(seed), [64, 64], { stddev: 0.1 }))
  const [x, w] = inputs
  assert.ok(x !== undefined && w !== undefined)
  const [wanted, graph] = [await expected(inputs), chain.trace(x, w)]
  const numbers = inputs.map((input) => Float32Array.from(input.dataSync(), Number))
  setDefaultDevice(undefined)
  const host = new TestHost()
  for (const [limits, least] of [
    [{}, 1],
    [{ mostBufferBytes: 40_000 }, 4],
    [{ mostBufferBytes: 16_384, mostBindings: 4 }, 8],
    [{ mostBindings: 3 }, 1],
  ] as const) {
    const { numbers: received, arenas } = await host.run(graph, limits, numbers, 64 * 64)
    assert.ok(arenas >= least, `${arenas} buffers`)
    received.forEach((value, i) => {
      assert.ok(Math.abs(value - (wanted[i] ?? Number.NaN)) < 1e-4, `element ${i}: expected ${wanted[i]}, got ${value}`)
    })
  }
  await host.host.close()
})

testOnGpu('webgpu: values for which an adapter has too few bindings are an error that says how many and how large', async () => {
  const graph = chain.trace(full([64, 64], 1), full([64, 64], 2))
  const facts = await new TestHost().facts()
  assert.throws(() => assemble(graph, renderer, { ...facts, mostBindingBytes: 4096, mostBindings: 10 }), {
    name: 'DeviceError',
    message:
      /at most 10 storage bindings \(the adapter's maxStorageBuffersPerShaderStage\) of 4096 bytes \(its maxStorageBufferBindingSize\), it needs 12 for 49152 bytes in 3 places/,
  })
})

/** One that shows values whole, and some that do not: the first and last in this thread. */
const devices = {
  whole: createWebgpuDevice({ thread: false }),
  split: [
    createWebgpuDevice({ thread: false, limits: { mostBindings: 10, mostBindingBytes: 1024 } }),
    createWebgpuDevice({ limits: { mostBindings: 10, mostBindingBytes: 1024, mostBufferBytes: 2048 } }),
    createWebgpuDevice({ thread: false, limits: { mostBindings: 10, mostBindingBytes: 1536, mostBufferBytes: 4000 } }),
  ],
}

/** Bits of all results, on one device. */
async function bitsOn(device: Device, compute: () => readonly Tensor[]): Promise<Uint8Array[]> {
  registerDevice({ name: 'webgpu limits', priority: -1, available: () => undefined, create: () => device })
  setDefaultDevice('webgpu limits')
  const bits: Uint8Array[] = []
  try {
    for (const result of compute()) {
      const numbers = await result.data()
      bits.push(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).slice())
    }
  } finally {
    setDefaultDevice(undefined)
  }
  return bits
}

function testSplit(name: string, compute: () => readonly Tensor[], split: readonly Device[] = devices.split): void {
  testOnGpu(`webgpu: values over several windows and buffers, ${name}`, async () => {
    const wanted = await bitsOn(devices.whole, compute)
    for (const [i, device] of split.entries()) assert.deepEqual(await bitsOn(device, compute), wanted, `device ${i}`)
  })
}

/** Numbers between −200 and 200. */
function numbers(seed: number, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1)
  return tensor(
    Float32Array.from({ length: count }, (_, i) => 200 * Math.sin(seed + i * i)),
    shape,
  )
}

testSplit('chains of elementwise functions', () => {
  const f = jit((x: Tensor, y: Tensor): readonly Tensor[] => [x.multiply(y).tanh(), x.add(y).exp()])
  return f(numbers(1, [500]), numbers(2, [500]))
})

testSplit('more results of one kernel than there are bindings for', () => {
  const f = jit((x: Tensor, y: Tensor): readonly Tensor[] => [x.add(y), x.subtract(y), x.multiply(y), x.maximum(y), x.minimum(y)])
  return f(numbers(12, [700]), numbers(13, [700]))
})

testSplit('reductions of rows, of columns and of all, and cumulative sums', () => {
  const f = jit((x: Tensor): readonly Tensor[] => [x.sum(), x.sum(0), x.max(1), x.argmax(1), x.cumsum(0)])
  return f(numbers(3, [30, 25]))
})

testSplit('products', () => {
  const f = jit((x: Tensor, y: Tensor): readonly Tensor[] => [x.matmul(y), x.matmul(y).add(1).matmul(y)])
  return f(numbers(4, [21, 21]), numbers(5, [21, 21]))
})

testSplit('gathers, scatters and sorts', () => {
  const at = iota([300]).multiply(7).remainder(200)
  const f = jit((x: Tensor, i: Tensor): readonly Tensor[] => [gather(x, i), scatterAdd(i, gather(x, i), 260), x.sort(), x.argsort()])
  return f(numbers(6, [300]), at)
})

testSplit('numbers of 8, 16 and 64 bits', () => {
  const x = numbers(7, [1100]).abs()
  const narrow = jit((y: Tensor): readonly Tensor[] => [y.cast('u8').add(1), y.cast('f16').add(1)])
  const flags = jit((y: Tensor): Tensor => y.greater(100))
  const wide = jit((y: Tensor): readonly Tensor[] => [y.cast('i64').multiply(y.cast('i64')), y.cast('i64').sum()])
  const [bytes, halves] = narrow(x)
  const some = numbers(8, [300])
  return [
    ...(bytes === undefined || halves === undefined ? [] : [bytes, halves, bytes.max(), bytes.reshape([11, 100]).transpose(), halves.sum()]),
    flags(x),
    ...wide(some),
  ]
})

testSplit('donated tensors, and one that is passed twice', () => {
  const next = jit((x: Tensor, y: Tensor): Tensor => x.multiply(0.5).add(y), { donate: [0] })
  let x: Tensor = numbers(8, [700])
  const y = numbers(9, [700])
  for (let i = 0; i < 3; i++) x = next(x, y)
  const twice = jit((a: Tensor, b: Tensor): readonly Tensor[] => [a.add(b), a, b])
  return twice(x, x)
})

testSplit('loops that slice, stack and carry', () => {
  const f = jit((x: Tensor, start: Tensor): Tree => {
    const step = (sum: Tensor, row: Tree): readonly [Tensor, Tensor] => {
      const next: Tensor = row instanceof Tensor ? sum.multiply(0.5).add(row) : sum
      return [next, next.sum(0)]
    }
    const [carry, stacked] = scan(step, start, x)
    const [, halved] = whileLoop(
      ([left]: readonly [Tensor, Tensor]) => left.greater(0),
      ([left, y]: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] => [left.subtract(1), y.multiply(0.5)],
      [full([], 3), carry],
    )
    return [carry, stacked, halved]
  })
  const stack = jit(
    (x: Tensor): Tree =>
      scan(
        (sum: Tensor, row: Tree): readonly [Tensor, Tensor] => {
          const next: Tensor = row instanceof Tensor ? sum.add(row) : sum
          return [next, next.multiply(2)]
        },
        full([100], 0),
        x,
      ),
  )
  const x = numbers(11, [4, 300])
  return [...flattenTree(f(x, numbers(10, [300]))).leaves, ...flattenTree(stack(x.reshape([12, 100]).slice([0, 0], [8, 100]))).leaves]
})

testSplit(
  'carries for which a copy needs more windows than there are bindings',
  () => {
    const f = jit((left: Tensor, x: Tensor): Tensor => {
      const [, last] = whileLoop(
        ([n]: readonly [Tensor, Tensor]) => n.greater(0),
        ([n, y]: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] => [n.subtract(1), y.multiply(0.5)],
        [left, x],
      )
      return last
    })
    return [f(tensor(2), numbers(14, [1600]))]
  },
  devices.split.slice(0, 1),
)

testOnGpu('webgpu: windows beyond the end of values whose sizes are bound at run time show nothing of them', () => {
  const n = dimension('n', { max: 900 })
  const x = parameterNode('x', { dtype: 'f32', shape: [n] })
  const negated = makeNode({ name: 'unary', fn: 'negate' }, [x])
  const largest = makeNode({ name: 'reduce', fn: 'max', axes: [0] }, [negated])
  const executable = devices.split[1]?.compile({ inputs: [x], results: [negated, largest], donated: new Map() })
  for (const count of [900, 1, 256, 257, 600, 512]) {
    const given = Float32Array.from({ length: count }, (_, i) => (i * 37) % count)
    const results = executable?.run([{ dtype: 'f32', length: count, bytes: given.slice().buffer }], new Map([['n', count]])) ?? []
    const [all, most] = results.map((r) => Array.from(new Float32Array(r.bytes, 0, r.length)))
    assert.deepEqual(
      all,
      Array.from(given, (v) => -v),
    )
    assert.deepEqual(most, [-0])
  }
})
