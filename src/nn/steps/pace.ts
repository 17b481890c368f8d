// How steps share the thread: short ones run one after the other and leave the event loop a turn now and then, long ones run beside it.

import { eventLoopTurn } from '../../compiler/index.ts'

/** Steps shorter than this run on the thread: an asynchronous call costs more than it gives. Milliseconds. */
const shortStep = 4
/** The event loop gets a turn at least this often. Milliseconds. */
const turn = 25

/** Steps to run, each in one of two ways. */
export interface Steps {
  /** At most; Infinity where nobody knows. */
  readonly count: number
  /** The first one. Default 0. */
  readonly first?: number
  /** Gets what the next step needs; false where there is nothing left. */
  readonly fetch?: (() => Promise<boolean>) | undefined
  /** Step `index`, done when it returns. */
  readonly run: (index: number) => void
  /** Step `index` off the event loop. */
  readonly runBeside: (index: number) => Promise<void>
  /** Whether step `index` can run now; one that must be compiled first runs beside. Default: all can. */
  readonly isReady?: (index: number) => boolean
  /** Before and after each step, where somebody wants to know. */
  readonly before?: ((index: number) => Promise<void>) | undefined
  readonly after?: ((index: number) => Promise<void>) | undefined
  /** Whenever the event loop had a turn: the number of steps done. */
  readonly onTurn?: (done: number) => void | Promise<void>
  /** Asked after each step. */
  readonly stopped?: () => boolean
}

/** Runs steps in the way that fits how long the last ones took; the number of steps done. */
export async function runSteps({ count, first = 0, fetch, run, runBeside, isReady, before, after, onTurn, stopped }: Steps): Promise<number> {
  let usual = Number.POSITIVE_INFINITY
  let lastTurn = performance.now()
  for (let index = first; index < count; index++) {
    if (fetch !== undefined && !(await fetch())) return index
    if (before !== undefined) await before(index)
    const start = performance.now()
    const isShort = usual < shortStep && isReady?.(index) !== false
    if (isShort) run(index)
    else await runBeside(index)
    const now = performance.now()
    // The first step compiles: a step that is shorter than the last ones counts at once, a longer one by and by.
    usual = Math.min(now - start, 2 * usual)
    if (after !== undefined) await after(index)
    if (!isShort || now - lastTurn >= turn) {
      // A device without threads computes before its promise is made: waiting for a long step is then no turn.
      await eventLoopTurn()
      lastTurn = performance.now()
      await onTurn?.(index + 1)
    }
    if (stopped?.() === true) return index + 1
  }
  return Math.max(first, count)
}
