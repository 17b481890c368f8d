// Long work in steps: a generator that pauses at places where it may be interrupted, run through at once or with turns for the event loop.

import { eventLoopTurn } from './event-loop.ts'

/** Work that pauses now and then, and its result. */
export type Steps<T> = Generator<undefined, T, undefined>

/** Milliseconds after which the event loop gets a turn. */
const slice = 12

/** Runs the work through. */
export function runThrough<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Runs the work and lets the event loop do what is due before it and at the pauses. */
export async function runWithTurns<T>(steps: Steps<T>): Promise<T> {
  await eventLoopTurn()
  let start = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() - start < slice) continue
    await eventLoopTurn()
    start = performance.now()
  }
}
