// What WebAssembly has here, and what is made of it: for people who ask why something is slow.

import { wasmEngine } from './engine.ts'
import { hasMemory64, hasRelaxedSimd, hasSimd } from './features.ts'
import { requestedThreads, sharedMemoryUnavailable } from './thread-count.ts'

export interface WasmFact {
  readonly usable: boolean
  /** What it is good for, or why it cannot be used and what to do. */
  readonly reason: string
}

export interface WasmFacts {
  readonly simd: WasmFact
  readonly relaxedSimd: WasmFact
  readonly threads: WasmFact
  readonly sharedMemory: WasmFact
  readonly memory64: WasmFact
}

/** What this engine and this place let the WebAssembly device use. Starts nothing; ConfigError where TENON_THREADS is no number of threads. */
export function wasmFacts(): WasmFacts {
  const missing = wasmEngine() === undefined ? 'this engine has no WebAssembly' : undefined
  const fact = (usable: boolean, whenUsable: string, otherwise: string): WasmFact => ({
    usable,
    reason: usable ? whenUsable : (missing ?? otherwise),
  })
  const noSharing = missing ?? sharedMemoryUnavailable()
  const threads = noSharing === undefined ? requestedThreads() : 1
  return {
    simd: fact(hasSimd(), 'four floats at once', 'this engine has no SIMD128; use a newer one'),
    relaxedSimd: fact(
      hasRelaxedSimd(),
      'multiply-adds in one instruction',
      'this engine has none (Node has it from version 22 on): products are rounded before they are added',
    ),
    threads: fact(threads > 1, `${threads} threads compute`, noSharing ?? 'there is one core, or TENON_THREADS is 1: one thread computes'),
    sharedMemory: fact(
      noSharing === undefined,
      'long programs run on workers, the calling thread stays free',
      `${noSharing ?? ''}: programs run on the calling thread, with turns for the event loop`,
    ),
    memory64: fact(
      hasMemory64(),
      'a run that needs more than 4 GiB at once gets up to 16 GiB',
      'this engine has none (Node has it from version 24 on): what one run needs at once must fit in 4 GiB',
    ),
  }
}
