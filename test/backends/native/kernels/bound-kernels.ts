// Compiles rendered kernels together, behind the prelude, and runs each on values bound to graph nodes: tasks in any order.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import koffi from 'koffi'
import { preludeText } from '../../../../src/backends/native/prelude.ts'
import type { BoundKernel } from '../../../../src/backends/native/render-loops.ts'
import { cValue, type Target } from '../../../../src/backends/native/rendered-kernel.ts'
import { byteSize, type TypedArray, viewOf } from '../../../../src/core/dtype.ts'
import { elementCount, evaluateDim } from '../../../../src/core/dimension.ts'
import type { Node } from '../../../../src/core/graph.ts'

export interface Run {
  readonly values: ReadonlyMap<Node, TypedArray>
  /** Values of symbolic sizes by name. */
  readonly sizes?: Readonly<Record<string, number>>
  /** Tasks of each phase from the last to the first. */
  readonly backwards?: boolean
}

/** Runs the kernel; gives what lies in the buffer of every node it refers to. Results are filled with 0xff bytes (NaN) before. */
export type RunnableKernel = (run: Run) => Map<Node, TypedArray>

const flags = '-O2 -march=native -std=gnu11 -ffp-contract=fast -fno-math-errno -fno-trapping-math -fopenmp-simd -fPIC -shared -Wall -Wno-unused'

/** Machines of each vector width. */
export const targets: readonly Target[] = ([64, 32, 16] as const).map((vectorBytes) => ({
  vectorBytes,
  vectorRegisters: vectorBytes === 64 ? 32 : 16,
  l1Bytes: 32768,
  l2Bytes: 1048576,
  l3Bytes: 33554432,
}))

export function compileBoundKernels(kernels: readonly BoundKernel[]): RunnableKernel[] {
  const folder = mkdtempSync(join(tmpdir(), 'tenon-kernels-'))
  try {
    const texts = kernels.map(({ rendered }, k) => {
      const phases = rendered.phases.map(
        ({ symbol }, i) => `
void run${k}_${i}(char *arena, const int64_t *starts, int64_t count, const int64_t *dim, int64_t tasks, int64_t backwards) {
  void *buf[64];
  for (int64_t n = 0; n < count; n++) buf[n] = arena + starts[n];
  for (int64_t t = 0; t < tasks; t++) ${symbol.replace('KERNEL_', `k${k}_`)}(buf, dim, backwards ? tasks - 1 - t : t);
}`,
      )
      return [rendered.source.replaceAll('KERNEL_', `k${k}_`), ...phases].join('\n')
    })
    writeFileSync(join(folder, 'k.c'), `${preludeText()}\n${texts.join('\n')}`)
    execFileSync('cc', [...flags.split(' '), '-o', 'k.so', 'k.c', '-lm'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
    const library = koffi.load(join(folder, 'k.so'))
    return kernels.map(({ rendered, names }, k) => {
      const calls = rendered.phases.map((_, i) =>
        library.func(`void run${k}_${i}(void *arena, int64_t *starts, int64_t count, int64_t *dim, int64_t tasks, int64_t backwards)`),
      )
      return ({ values, sizes = {}, backwards = false }) => {
        const bindings = new Map(Object.entries(sizes))
        const dims = names.dims.map((v) => bindings.get(v.name) ?? 0)
        const lengths = names.buffers.map((node) => evaluateDim(elementCount(node.shape), bindings))
        const bytes = [...names.buffers.map((node, n) => (lengths[n] ?? 0) * byteSize(node.dtype)), cValue(rendered.scratchBytes, dims)]
        const starts: number[] = []
        let end = 64
        for (const size of bytes) {
          starts.push(end)
          // A line between buffers, so that writing past an end is seen in a neighbour's padding and not in its values.
          end += Math.ceil(size / 64) * 64 + 64
        }
        const arena = new ArrayBuffer(end)
        new Uint8Array(arena).fill(255)
        const views = new Map(names.buffers.map((node, n) => [node, viewOf(node.dtype, arena, starts[n] ?? 0, lengths[n])]))
        for (const [node, view] of views) {
          const given = values.get(node)
          if (given !== undefined)
            new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(new Uint8Array(given.buffer, given.byteOffset, given.byteLength))
        }
        const dimList = BigInt64Array.from(dims.length > 0 ? dims : [0], BigInt)
        const startList = BigInt64Array.from(starts, BigInt)
        rendered.phases.forEach(({ tasks }, i) => {
          calls[i]?.(new Uint8Array(arena), startList, starts.length, dimList, cValue(tasks, dims), backwards ? 1 : 0)
        })
        return views
      }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
