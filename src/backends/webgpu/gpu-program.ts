// A compiled program as plain data: what the front makes and the host runs, across threads. Sizes are polynomials over the variables of the
// program and the counters of its loops.

import type { Dim } from '../../core/dimension.ts'

/**
 * Memory that a program works on: what it is given, what it makes, and the buffers of its arena. What one buffer does not hold goes on in the next
 * buffer of the same value, or of the arena.
 */
export interface Root {
  readonly kind: 'input' | 'output' | 'arena'
  readonly index: number
}

/** What a binding shows: `offset` bytes from the start of a root, a multiple of 256. */
export interface Window {
  readonly root: Root
  readonly offset: number
  /** Bytes from `offset` to the end of a value; not positive where the value's sizes are such that it ends before. */
  readonly bytes: Dim
  /** How many of them this window shows at most; the next ones show the rest. Absent where it shows all. */
  readonly mostBytes?: number
}

/** A byte in memory, such as the predicate of a branch. */
export interface ByteAddress {
  readonly root: Root
  readonly offset: Dim
}

export type Step =
  | {
      readonly kind: 'dispatch'
      /** Index in the program's modules. */
      readonly module: number
      readonly groups: Dim
      readonly windows: readonly Window[]
      /** What the module's frame holds behind the number of workgroups: where values begin in their bindings, then sizes. */
      readonly frame: readonly Dim[]
    }
  /** Runs `steps` `length` times; the variable `counter` counts up, or down where `reverse`. */
  | { readonly kind: 'scan'; readonly counter: string; readonly length: Dim; readonly reverse: boolean; readonly steps: readonly Step[] }
  | { readonly kind: 'cond'; readonly predicate: ByteAddress; readonly whenTrue: readonly Step[]; readonly whenFalse: readonly Step[] }
  | { readonly kind: 'while'; readonly condition: readonly Step[]; readonly predicate: ByteAddress; readonly body: readonly Step[] }

/** Where a result comes from. */
export type Output =
  /** It has memory of its own, which the steps fill. */
  | { readonly kind: 'own'; readonly bytes: Dim }
  /** It takes the memory of a donated input. */
  | { readonly kind: 'taken'; readonly input: number }
  /** It equals an input, or an earlier result: a copy, so that each can be donated on its own. */
  | { readonly kind: 'copy'; readonly from: Root; readonly bytes: Dim }

/** The text of a pass with its bindings. Equal texts are one pipeline. */
export interface GpuModule {
  readonly text: string
  readonly bindings: number
}

export interface GpuProgram {
  readonly modules: readonly GpuModule[]
  readonly steps: readonly Step[]
  /** Bytes of each buffer of the arena. */
  readonly arenas: readonly number[]
  readonly outputs: readonly Output[]
  /** Words of the largest frame. */
  readonly frameWords: number
}
