// What passes between the front's thread and the host's, and the words they share.

import type { Answer, Command, Question } from './commands.ts'

export type ToHost =
  | { readonly kind: 'start'; readonly control: SharedArrayBuffer; readonly missing: string }
  | { readonly kind: 'command'; readonly command: Command }
  /** The answer goes `into` shared memory where the front waits, else into a message. */
  | { readonly kind: 'question'; readonly question: Question; readonly id: number; readonly into: SharedArrayBuffer | undefined }

export interface FromHost {
  readonly id: number
  readonly answer: Answer
}

/** Positions of the words in `control`. */
export const word = { state: 0, losses: 1, finished: 2, answers: 3 } as const
export const controlBytes = 64

/** Values of `state`. */
export const state = { starting: 0, running: 1, dead: 2 } as const
