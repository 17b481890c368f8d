// Products with and without the functions of subgroups: the same bits.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { DType } from '../../../src/core/index.ts'
import { makeNode, type Node, parameterNode } from '../../../src/core/graph.ts'
import { assemble } from '../../../src/backends/webgpu/assemble.ts'
import { LocalChannel } from '../../../src/backends/webgpu/channel.ts'
import type { AdapterFacts, Answer, Question } from '../../../src/backends/webgpu/commands.ts'
import type { GpuTarget, SubgroupSizes } from '../../../src/backends/webgpu/gpu-kernel.ts'
import { preludeOf } from '../../../src/backends/webgpu/prelude.ts'
import { renderKernel } from '../../../src/backends/webgpu/render-kernel.ts'
import { type Input, randomInput } from '../../primitives/inputs.ts'
import { RandomSource } from '../../primitives/random-source.ts'
import { kernelOf, leastTarget } from './products-agreement.ts'
import { testOnGpu } from './with-adapter.ts'

const dot = (a: Node, b: Node): Node => makeNode({ name: 'dot', lhsBatch: [], rhsBatch: [], lhsContract: [1], rhsContract: [0] }, [a, b])
const transposed = (x: Node): Node => makeNode({ name: 'permute', axes: [1, 0] }, [x])
const parameter = (shape: readonly number[]): Node => parameterNode('x', { dtype: 'f32', shape })
const withSubgroups = (least: number, most: number): GpuTarget => ({
  ...leastTarget,
  features: new Set(['subgroups']),
  subgroupSizes: { least, most },
})

test('subgroups are used where they are full and large enough, and where the left operand is contiguous along the depth', () => {
  const usesThem = (target: GpuTarget, m: number, n: number, order: (x: Node) => Node = (x) => x): boolean => {
    const left = order === transposed ? parameter([64, m]) : parameter([m, 64])
    const [pass] = kernelOf([dot(order(left), parameter([64, n]))], target).passes
    const isAsked = pass?.features?.includes('subgroups') === true
    const vectors = Number(/array<vec4<f32>, (\d+)>/.exec(pass?.body ?? '')?.[1])
    assert.ok(vectors * 16 <= target.workgroupBytes)
    assert.equal(isAsked, pass?.body.includes('subgroupShuffle'))
    return isAsked
  }
  assert.equal(usesThem(withSubgroups(32, 32), 256, 256), true)
  assert.equal(usesThem(withSubgroups(32, 32), 256, 256, transposed), false)
  assert.equal(usesThem(withSubgroups(4, 128), 256, 256), true)
  assert.equal(usesThem(withSubgroups(4, 64), 16, 256), true)
  // Of a tile of 64 columns 16 invocations have the same rows.
  assert.equal(usesThem(withSubgroups(4, 8), 256, 256), false)
  // A tile of 16 × 16 has 16 invocations.
  assert.equal(usesThem(withSubgroups(8, 16), 16, 16), true)
  assert.equal(usesThem(withSubgroups(8, 32), 16, 16), false)
  assert.equal(usesThem(leastTarget, 256, 256), false)
  assert.equal(usesThem({ ...leastTarget, features: new Set(['subgroups']) }, 256, 256), false)
})

/** A GPU in this thread that compiles for whatever adapter it is told. */
class Gpu {
  private readonly channel = new LocalChannel()
  private ids = 0

  async facts(): Promise<AdapterFacts> {
    const answer = await this.ask({ kind: 'adapter' })
    assert.ok(answer.kind === 'adapter')
    return answer.facts
  }

  /** Compiles a graph for an adapter; its texts must be valid. */
  async compile(inputs: readonly Input[], results: readonly Node[], facts: AdapterFacts): Promise<{ readonly id: number; readonly texts: string }> {
    const graph = { inputs: inputs.map((x) => x.node), results, donated: new Map() }
    const { program } = assemble(graph, { render: renderKernel, prelude: preludeOf }, facts)
    const id = this.ids++
    this.channel.post({ kind: 'program', id, program })
    await this.ask({ kind: 'made', program: id })
    return { id, texts: program.modules.map((m) => m.text).join('\n') }
  }

  /** The bytes of the results of a program. */
  async run(program: number, inputs: readonly Input[], results: readonly Node[]): Promise<Uint8Array[]> {
    const memories = inputs.map(({ storage }) => {
      const memory = this.ids++
      const padded = new Uint8Array(Math.ceil(storage.bytes.byteLength / 4) * 4)
      padded.set(new Uint8Array(storage.bytes))
      this.channel.post({ kind: 'upload', memory, bytes: padded.buffer })
      return memory
    })
    const outputs = results.map(() => this.ids++)
    this.channel.post({ kind: 'run', program, inputs: memories, outputs, dims: new Map(), donated: [] })
    const read: Uint8Array[] = []
    for (const [i, node] of results.entries()) {
      const count = node.shape.reduce<number>((product, d) => product * Number(d), 1)
      const answer = await this.ask({
        kind: 'read',
        memory: outputs[i] ?? -1,
        bytes: count * (node.dtype === 'f16' || node.dtype === 'bf16' ? 2 : 4),
      })
      assert.ok(answer.kind === 'bytes')
      read.push(answer.bytes)
    }
    this.channel.post({ kind: 'free', memory: [...memories, ...outputs] })
    return read
  }

  private async ask(question: Question): Promise<Answer> {
    const answer = await this.channel.ask(question)
    assert.ok(answer.kind !== 'error', answer.kind === 'error' ? answer.message : '')
    return answer
  }
}

/** The adapter, or nothing where it has no subgroups: then the test is skipped. */
async function adapterWithSubgroups(gpu: Gpu, t: TestContext): Promise<(AdapterFacts & { readonly subgroupSizes: SubgroupSizes }) | undefined> {
  const facts = await gpu.facts()
  const { features, subgroupSizes } = facts
  if (features.has('subgroups') && subgroupSizes !== undefined) return { ...facts, subgroupSizes }
  t.skip('the adapter has no subgroups')
  return undefined
}

const shapes = [
  // Tiles of 64 × 64, 32 × 32, 64 × 16, 16 × 64 and 16 × 16, over their edges and in slices.
  [120, 40, 120],
  [65, 20, 34],
  [130, 30, 9],
  [9, 30, 130],
  [11, 520, 12],
  // Few rows, few columns.
  [3, 2100, 8],
  [8, 2100, 2],
  [1, 600, 1],
] as const

testOnGpu('products have the same bits with subgroups of a size that is known, or is not, and without', async (t) => {
  const gpu = new Gpu()
  const facts = await adapterWithSubgroups(gpu, t)
  if (facts === undefined) return
  const random = new RandomSource(1)
  const { least, most } = facts.subgroupSizes
  const targets = [
    { ...facts, features: new Set<never>() },
    facts,
    // The size is known only where it runs: as far as the text knows, teams may be whole rows.
    { ...facts, subgroupSizes: { least, most: Math.max(most, 16) } },
  ]
  const types: readonly DType[] = ['f32', 'f16', 'bf16', 'i32', 'u32']
  for (const [i, [m, k, n]] of shapes.entries()) {
    // Every dtype in one shape, one in the others.
    for (const dtype of i === 1 ? types : ['f32' as const]) {
      const isTransposed = k > 2000 || i % 2 === 0
      const inputs = [randomInput(dtype, [m, k], 'fine', random), randomInput(dtype, isTransposed ? [n, k] : [k, n], 'fine', random)]
      const [a, b] = inputs.map((x) => x.node)
      assert.ok(a !== undefined && b !== undefined)
      const results = [dot(a, isTransposed ? transposed(b) : b)]
      const values: Uint8Array[][] = []
      for (const target of targets) {
        const { id, texts } = await gpu.compile(inputs, results, target)
        if (target !== facts) assert.equal(texts.includes('subgroupShuffle'), target.features.size > 0, `${m} × ${k} × ${n}`)
        values.push(await gpu.run(id, inputs, results))
      }
      const [plain, ...shared] = values
      for (const other of shared) assert.deepEqual(other, plain, `${dtype}: ${m} × ${k} × ${n}`)
    }
  }
})

testOnGpu('texts for subgroups of every size are valid', async (t) => {
  const gpu = new Gpu()
  const facts = await adapterWithSubgroups(gpu, t)
  if (facts === undefined) return
  const random = new RandomSource(2)
  for (const [m, k, n] of [
    [256, 64, 256],
    [2, 2048, 8],
  ] as const) {
    const [a, bt] = [randomInput('f32', [m, k], 'fine', random), randomInput('f32', [n, k], 'fine', random)]
    for (const subgroupSizes of [
      { least: 8, most: 32 },
      { least: 32, most: 32 },
      { least: 64, most: 64 },
    ]) {
      const { texts } = await gpu.compile([a, bt], [dot(a.node, transposed(bt.node))], { ...facts, subgroupSizes })
      assert.match(texts, /subgroupShuffle/)
    }
  }
})
