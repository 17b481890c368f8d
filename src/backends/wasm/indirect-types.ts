// The types of functions that are called through a module's table, by their index in `indirectTypes`.

import type { Signature } from './encoder.ts'

/** A phase of a kernel: address of its arguments, first item, the one after the last, memory of the thread. */
export const phaseType: Signature & { readonly at: number } = { parameters: ['i32', 'i32', 'i32', 'i32'], results: [], at: 0 }

/** A segment of a program: address of the program's table, first item, the one after the last (−1: all of them, by all threads). */
export const segmentType: Signature & { readonly at: number } = { parameters: ['i32', 'i32', 'i32'], results: [], at: 1 }

export const indirectTypes: readonly Signature[] = [phaseType, segmentType]
