// Programs assembled for an adapter with small limits, run by a host in this thread.

import assert from 'node:assert/strict'
import { optimize } from '../../../src/compiler/optimize.ts'
import { assemble } from '../../../src/backends/webgpu/assemble.ts'
import type { AdapterFacts, Answer, Question } from '../../../src/backends/webgpu/commands.ts'
import { Host } from '../../../src/backends/webgpu/host.ts'
import { preludeOf } from '../../../src/backends/webgpu/prelude.ts'
import { renderKernel } from '../../../src/backends/webgpu/render-kernel.ts'
import { full, jit, random, setDefaultDevice, type Tensor } from '../../../src/index.ts'
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
  const inputs = [1, 2].map((seed): Tensor => random.normal(random.key(seed), [64, 64], { std: 0.1 }))
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

testOnGpu('webgpu: a value that no binding shows is an error that says both sizes', async () => {
  const graph = chain.trace(full([64, 64], 1), full([64, 64], 2))
  const facts = await new TestHost().facts()
  assert.throws(() => assemble(graph, renderer, { ...facts, mostBindingBytes: 8192 }), {
    name: 'DeviceError',
    message: /fit a binding of 8192 bytes \(the adapter's maxStorageBufferBindingSize\), got 16384 bytes/,
  })
})
