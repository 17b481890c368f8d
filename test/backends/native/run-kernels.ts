// Runs fused kernels one by one, below the runtime: every node has its own guarded memory, and tasks run forwards or backwards.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import koffi from 'koffi'
import { fuse } from '../../../src/compiler/fuse.ts'
import type { Kernel } from '../../../src/compiler/loop-ir/loop-ir.ts'
import { inputsOf } from '../../../src/compiler/memory-plan.ts'
import { elementCount, evaluateDim } from '../../../src/core/dimension.ts'
import { byteSize } from '../../../src/core/dtype.ts'
import { type Node, type Storage, topologicalOrder } from '../../../src/core/graph.ts'
import { preludeText } from '../../../src/backends/native/prelude.ts'
import { renderKernel } from '../../../src/backends/native/render.ts'
import { cValue, type Target } from '../../../src/backends/native/rendered-kernel.ts'

export const wideTarget: Target = { vectorBytes: 64, vectorRegisters: 32, l1Bytes: 32768, l2Bytes: 1048576, l3Bytes: 33554432 }

const flags = '-O3 -march=native -std=gnu11 -ffp-contract=fast -fno-math-errno -fno-trapping-math -fopenmp-simd -fPIC -shared'.split(' ')

/** A graph compiled kernel by kernel. */
export interface CompiledGraph {
  readonly kernels: readonly Kernel[]
  readonly sources: readonly string[]
  /** The C text of everything. */
  readonly text: string
  /** Tasks of each phase of each kernel for these sizes. */
  tasks(dims?: ReadonlyMap<string, number>): number[][]
  /** Runs every kernel; checks that nothing was written outside the values. */
  run(inputs: readonly Storage[], options?: { readonly backwards?: boolean; readonly dims?: ReadonlyMap<string, number> }): Storage[]
  /** The shortest of several runs of every kernel, in nanoseconds. */
  time(inputs: readonly Storage[], repeats: number): number[]
}

const guard = 64
const filler = 0xa5

export function compileGraph(inputs: readonly Node[], results: readonly Node[], target: Target = wideTarget): CompiledGraph {
  const kernels = fuse(results)
  const kept = new Set<Node>(results)
  for (const kernel of kernels) for (const node of inputsOf(kernel)) kept.add(node)
  const bound = kernels.map((kernel) => renderKernel(kernel, (node) => kept.has(node), target))
  const drivers = bound.map(({ rendered }, k) => {
    const phases = rendered.phases.map(
      ({ symbol }, p) => `  for (int64_t t = 0; t < tasks[${p}]; t++) ${symbol}(buf, dim, backwards ? tasks[${p}] - 1 - t : t);`,
    )
    return `${rendered.source}
double KERNEL_drive(uint8_t *arena, const int64_t *starts, int64_t count, const int64_t *dim, const int64_t *tasks, int64_t backwards) {
  void *buf[64];
  arena = (uint8_t *)(((uintptr_t)arena + 63) & ~(uintptr_t)63);
  for (int64_t n = 0; n < count; n++) buf[n] = arena + starts[n];
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
${phases.join('\n')}
  clock_gettime(CLOCK_MONOTONIC, &after);
  return (after.tv_sec - before.tv_sec) * 1e9 + (after.tv_nsec - before.tv_nsec);
}
`.replaceAll('KERNEL_', `k${k}_`)
  })
  const text = `#define _GNU_SOURCE\n#include <time.h>\n${preludeText()}\n${drivers.join('\n')}`
  const library = build(text)
  const drive = bound.map((_, k) =>
    library.func(`double k${k}_drive(uint8_t *arena, int64_t *starts, int64_t count, int64_t *dim, int64_t *tasks, int64_t backwards)`),
  )
  const nodes = [...new Set([...inputs, ...topologicalOrder(results), ...bound.flatMap((b) => b.names.buffers)])]
  const place = (dims: ReadonlyMap<string, number>) => {
    let next = guard
    const starts = new Map<Node, number>()
    const used = new Set([...inputs, ...results, ...bound.flatMap((b) => b.names.buffers)])
    const take = (bytes: number) => {
      const start = next
      next = Math.ceil((next + bytes + guard) / 64) * 64
      return start
    }
    for (const node of nodes) if (used.has(node)) starts.set(node, take(bytesOf(node, dims)))
    const scratch = bound.map((b) => take(cValue(b.rendered.scratchBytes, dimsOf(b.names.dims, dims))))
    return { starts, scratch, bytes: next + 64 }
  }
  const prepare = (values: readonly Storage[], dims: ReadonlyMap<string, number>) => {
    const { starts, scratch, bytes } = place(dims)
    const memory = new Uint8Array(bytes + 64).fill(filler)
    const address = koffi.address(memory)
    const base = Number((64n - (address % 64n)) % 64n)
    inputs.forEach((node, i) => {
      const storage = values[i]
      assert.ok(storage !== undefined, 'an input for every parameter')
      memory.set(new Uint8Array(storage.bytes, 0, bytesOf(node, dims)), base + (starts.get(node) ?? 0))
    })
    const data = topologicalOrder(results).filter((node) => node.storage !== undefined)
    for (const node of data) {
      if (node.storage !== undefined) memory.set(new Uint8Array(node.storage.bytes, 0, bytesOf(node, dims)), base + (starts.get(node) ?? 0))
    }
    const call = (k: number, backwards: boolean): number => {
      const b = bound[k]
      if (b === undefined) return 0
      const sizes = dimsOf(b.names.dims, dims)
      const list = [...b.names.buffers.map((node) => starts.get(node) ?? 0), scratch[k] ?? 0]
      const tasks = b.rendered.phases.map((phase) => cValue(phase.tasks, sizes))
      const words = (numbers: readonly number[]) => BigInt64Array.from(numbers.length > 0 ? numbers : [0], BigInt)
      return Number(drive[k]?.(memory, words(list), list.length, words(sizes), words(tasks), backwards ? 1 : 0))
    }
    return { starts, memory, base, call }
  }
  return {
    kernels,
    sources: bound.map((b) => b.rendered.source),
    text,
    tasks: (dims = new Map()) => bound.map((b) => b.rendered.phases.map((phase) => cValue(phase.tasks, dimsOf(b.names.dims, dims)))),
    run(values, { backwards = false, dims = new Map() } = {}) {
      const { starts, memory, base, call } = prepare(values, dims)
      for (const k of kernels.keys()) call(k, backwards)
      const ends = [...starts].map(([node, start]) => [start, start + bytesOf(node, dims)] as const).sort((a, b) => a[0] - b[0])
      let from = 0
      for (const [start, end] of ends) {
        const gap = memory.subarray(base + Math.max(from, start - guard), base + start)
        assert.ok(
          gap.every((byte) => byte === filler),
          'a kernel wrote outside its values',
        )
        from = end
      }
      return results.map((node) => {
        const bytes = bytesOf(node, dims)
        const start = base + (starts.get(node) ?? 0)
        const copy = memory.slice(start, start + bytes)
        return { dtype: node.dtype, bytes: copy.buffer, length: evaluateDim(elementCount(node.shape), dims) }
      })
    },
    time(values, repeats) {
      const { call } = prepare(values, new Map())
      return kernels.map((_, k) => Math.min(...Array.from({ length: repeats }, () => call(k, false))))
    },
  }
}

function bytesOf(node: Node, dims: ReadonlyMap<string, number>): number {
  return evaluateDim(elementCount(node.shape), dims) * byteSize(node.dtype)
}

function dimsOf(variables: readonly { readonly name: string }[], dims: ReadonlyMap<string, number>): number[] {
  return variables.map((v) => dims.get(v.name) ?? 0)
}

function build(text: string): ReturnType<typeof koffi.load> {
  const folder = mkdtempSync(join(tmpdir(), 'tenon-kernels-'))
  try {
    writeFileSync(join(folder, 'k.c'), text)
    execFileSync('cc', [...flags, '-Wall', '-Wno-unused-function', '-Wno-unused-variable', '-o', 'k.so', 'k.c', '-lm'], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return koffi.load(join(folder, 'k.so'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
