// Compiles a rendered kernel alone and runs its phases over one arena, so that kernels are tested below the runtime: tasks in any order.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import koffi from 'koffi'
import { cValue, type RenderedKernel } from '../../../../src/backends/native/rendered-kernel.ts'

/** Runs the kernel on `arena`; buffer n starts at element `starts[n]`. */
export type CompiledKernel = (arena: Float32Array, starts: readonly number[], dims: readonly number[], backwards: boolean) => void

type Library = ReturnType<typeof koffi.load>

/** Libraries by their text: a kernel whose sizes are bound at run time is tried with many. */
const libraries = new Map<string, Library>()

function libraryOf(text: string): Library {
  const old = libraries.get(text)
  if (old !== undefined) return old
  const folder = mkdtempSync(join(tmpdir(), 'tenon-kernel-'))
  try {
    writeFileSync(join(folder, 'k.c'), text)
    execFileSync(
      'cc',
      [
        ...'-O3 -march=native -std=gnu11 -ffp-contract=fast -fno-math-errno -fno-trapping-math -fopenmp-simd -fPIC -shared'.split(' '),
        '-Wall',
        '-o',
        'k.so',
        'k.c',
        '-lm',
      ],
      { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] },
    )
    const library = koffi.load(join(folder, 'k.so'))
    libraries.set(text, library)
    return library
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function compileKernel(kernel: RenderedKernel): CompiledKernel {
  const phases = kernel.phases.map(
    ({ symbol }, index) => `
void run${index}(float *arena, const int64_t *starts, int64_t count, const int64_t *dim, int64_t tasks, int64_t backwards) {
  void *buf[64];
  for (int64_t n = 0; n < count; n++) buf[n] = arena + starts[n];
  for (int64_t t = 0; t < tasks; t++) ${symbol}(buf, dim, backwards ? tasks - 1 - t : t);
}`,
  )
  const library = libraryOf(`#include <stdint.h>\n${kernel.source}\n${phases.join('\n')}`)
  const runs = kernel.phases.map(({ tasks }, index) => ({
    tasks,
    call: library.func(`void run${index}(float *arena, int64_t *starts, int64_t count, int64_t *dim, int64_t tasks, int64_t backwards)`),
  }))
  return (arena, starts, dims, backwards) => {
    const bigStarts = BigInt64Array.from(starts, BigInt)
    const bigDims = BigInt64Array.from(dims.length > 0 ? dims : [0], BigInt)
    for (const { tasks, call } of runs) call(arena, bigStarts, starts.length, bigDims, cValue(tasks, dims), backwards ? 1 : 0)
  }
}
