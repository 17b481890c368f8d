// What the front asks of the host: plain data, taken in order. Memory on the GPU has numbers that the front gives.

import type { GpuTarget } from './gpu-kernel.ts'
import type { GpuProgram } from './gpu-program.ts'
import type { BindingLimits } from './memory-parts.ts'

export type Command =
  /** Makes a program known under a number. Where the adapter is not known yet the program comes later; only inside one thread. */
  | { readonly kind: 'program'; readonly id: number; readonly program: GpuProgram | Promise<GpuProgram> }
  | { readonly kind: 'forgetProgram'; readonly id: number }
  /** Fills new memory; the buffer's length is a multiple of 4. */
  | { readonly kind: 'upload'; readonly memory: number; readonly bytes: ArrayBuffer }
  /** Runs a program. Memory of `donated` inputs passes to results or is freed. */
  | {
      readonly kind: 'run'
      readonly program: number
      readonly inputs: readonly number[]
      readonly outputs: readonly number[]
      readonly dims: ReadonlyMap<string, number>
      /** Positions of the inputs. */
      readonly donated: readonly number[]
    }
  | { readonly kind: 'free'; readonly memory: readonly number[] }
  /** Makes a fault happen, for tests of what follows. */
  | { readonly kind: 'provoke'; readonly fault: Fault }

/** Faults that can be made to happen: the GPU disappears, or the thread that owns it ends. */
export type Fault = 'deviceLoss' | 'workerDeath'

/** Questions, answered when all commands before them are done as far as the answer needs. */
export type Question =
  | { readonly kind: 'adapter' }
  /** The first `bytes` bytes of a memory. */
  | { readonly kind: 'read'; readonly memory: number; readonly bytes: number }
  /** Whether a program could be made. */
  | { readonly kind: 'made'; readonly program: number }
  /** Whether a run went well, as far as is known when no more than one other waits for the GPU: its results are named. */
  | { readonly kind: 'settled'; readonly memory: readonly number[] }

/** What the front needs to know of the adapter. */
export interface AdapterFacts extends GpuTarget, BindingLimits {
  /** For people: vendor, architecture, description. */
  readonly description: string
}

/** The answer to a question: a message where it went wrong. */
export type Answer =
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'adapter'; readonly facts: AdapterFacts }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'done' }
