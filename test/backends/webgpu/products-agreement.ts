// Products on WebGPU against the reference: near its numbers, and with the same bits every time.

import assert from 'node:assert/strict'
import type { Node, Storage } from '../../../src/core/graph.ts'
import { createReferenceDevice } from '../../../src/backends/reference/index.ts'
import { createWebgpuDevice } from '../../../src/backends/webgpu/index.ts'
import { fuse } from '../../../src/compiler/fuse.ts'
import type { GpuKernel, GpuTarget } from '../../../src/backends/webgpu/gpu-kernel.ts'
import { renderKernel } from '../../../src/backends/webgpu/render-kernel.ts'
import { type Tolerance, worstOf } from '../../primitives/check.ts'
import type { Input } from '../../primitives/inputs.ts'

const device = createWebgpuDevice()
const reference = createReferenceDevice()

/** An adapter with the least that WebGPU asks for. */
export const leastTarget: GpuTarget = { features: new Set(), workgroupBytes: 16384, mostThreads: 256 }

const copies = (inputs: readonly Input[]): Storage[] => inputs.map(({ storage }) => ({ ...storage, bytes: storage.bytes.slice(0) }))

/** The reference's values of nodes. */
export function referenceValues(inputs: readonly Input[], results: readonly Node[]): Storage[] {
  return [...reference.compile({ inputs: inputs.map((x) => x.node), results, donated: new Map() }).run(copies(inputs), new Map())]
}

/** Asserts that two runs give the same bits, and numbers near the reference's. */
export function assertAgrees(inputs: readonly Input[], results: readonly Node[], tolerance: Tolerance): void {
  const program = device.compile({ inputs: inputs.map((x) => x.node), results, donated: new Map() })
  const [first, second] = [program.run(copies(inputs), new Map()), program.run(copies(inputs), new Map())]
  const expected = referenceValues(inputs, results)
  results.forEach((node, i) => {
    const [a, b, c] = [first[i], second[i], expected[i]]
    assert.ok(a !== undefined && b !== undefined && c !== undefined)
    assert.equal(worstOf(node, a, c, tolerance), undefined)
    assert.ok(Buffer.from(a.bytes).equals(Buffer.from(b.bytes)), 'two runs give different bits')
  })
}

/** The only kernel that results need, as WGSL for an adapter. */
export function kernelOf(results: readonly Node[], target: GpuTarget = leastTarget): GpuKernel {
  const kernels = fuse(results)
  const [kernel] = kernels
  assert.ok(kernel !== undefined && kernels.length === 1, `expected one kernel, got ${kernels.length}`)
  return renderKernel(kernel, () => true, target)
}
