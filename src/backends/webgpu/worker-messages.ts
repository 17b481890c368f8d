// What passes between the front's thread and the host's, and the words they share.

import type { Answer, Command, Question } from './commands.ts'
import type { BindingLimits } from './memory-parts.ts'

export type ToHost =
  | { readonly kind: 'start'; readonly control: SharedArrayBuffer; readonly missing: string; readonly limits: Partial<BindingLimits> }
  /** The process ends: let the GPU go. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'command'; readonly command: Command }
  /** The answer goes `into` shared memory where the front waits, else into a message. */
  | { readonly kind: 'question'; readonly question: Question; readonly id: number; readonly into: SharedArrayBuffer | undefined }

export interface FromHost {
  readonly id: number
  readonly answer: Answer
}

/** Positions of the words in `control`. */
export const word = { state: 0, losses: 1, finished: 2, answers: 3, reasonBytes: 4 } as const
/** Behind the words: why the thread ended, as UTF-8. */
const reasonOffset = 64
const mostReasonBytes = 1024
export const controlBytes = reasonOffset + mostReasonBytes

export function writeReason(control: Int32Array<SharedArrayBuffer>, reason: string): void {
  const bytes = new TextEncoder().encode(reason).subarray(0, mostReasonBytes)
  new Uint8Array(control.buffer, reasonOffset, bytes.length).set(bytes)
  Atomics.store(control, word.reasonBytes, bytes.length)
}

/** Empty where the thread said nothing. */
export function readReason(control: Int32Array<SharedArrayBuffer>): string {
  return new TextDecoder().decode(new Uint8Array(control.buffer, reasonOffset, Atomics.load(control, word.reasonBytes)).slice())
}

/** Values of `state`. */
export const state = { starting: 0, running: 1, dead: 2 } as const
