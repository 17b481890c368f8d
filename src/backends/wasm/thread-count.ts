// How many threads compute, and whether this place lets them share memory.

import { environmentVariable } from '../../core/environment.ts'
import { ConfigError } from '../../core/errors.ts'
import { mostThreads } from './control-block.ts'
import { hasThreads } from './features.ts'
import { hasWorkers } from './pool-worker.ts'

/** More threads than this do not pay: kernels are cut into tasks of some tens of microseconds. */
const enoughThreads = 16

/** The threads that TENON_THREADS asks for; else one for each core, 16 at most. The thread that calls is one of them. */
export function requestedThreads(): number {
  const text = environmentVariable('TENON_THREADS')
  if (text === undefined || text === '') return Math.min(enoughThreads, availableCores())
  return checkedThreads(Number(text), `TENON_THREADS='${text}'`)
}

/** A number of threads that a pool may have. */
export function checkedThreads(count: number, received: string): number {
  if (Number.isInteger(count) && count >= 1 && count <= mostThreads) return count
  throw new ConfigError(`wasm: expected a whole number of threads from 1 to ${mostThreads}, got ${received}. Change it.`)
}

function availableCores(): number {
  const navigator: { readonly hardwareConcurrency?: number } | undefined = Reflect.get(globalThis, 'navigator')
  const count = navigator?.hardwareConcurrency ?? nodeCores()
  return Math.max(1, count)
}

/** Node 20 has no navigator. */
function nodeCores(): number {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') return 1
  return process.getBuiltinModule('node:os').availableParallelism()
}

/** Why threads cannot share memory here, or `undefined` where they can. */
export function sharedMemoryUnavailable(): string | undefined {
  if (typeof SharedArrayBuffer === 'undefined') {
    const isolated: unknown = Reflect.get(globalThis, 'crossOriginIsolated')
    return isolated === false
      ? 'the page is not isolated from other origins; serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp'
      : 'this engine has no SharedArrayBuffer'
  }
  if (!hasThreads()) return 'this engine has WebAssembly without atomic instructions; use a newer one'
  return hasWorkers() ? undefined : 'this engine has no workers'
}
