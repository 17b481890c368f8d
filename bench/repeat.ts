// Timing by repetition, in Node and in a page.

/** What to repeat, and what to tell the harness of it. */
export interface Prepared {
  /** One run. A promise is waited for before the next. */
  readonly run: () => unknown
  /** Waits for what the runs have only begun, as on a GPU; its time counts, once for all runs of a turn. */
  readonly settle?: () => Promise<unknown>
  /** For what is timed elsewhere, as in a page: seconds that one run took, the mean over about `seconds`. */
  readonly time?: (seconds: number) => Promise<number>
  readonly info?: Readonly<Record<string, number>>
}

/** Seconds that `count` runs take together. */
export async function secondsOf({ run, settle }: Prepared, count: number): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < count; i++) {
    const pending = run()
    // A run that is not asynchronous is not charged with a turn of the queue of promises.
    if (pending instanceof Promise) await pending
  }
  await settle?.()
  return (performance.now() - start) / 1000
}

/** Most runs of a turn. */
const mostRuns = 10_000

/**
 * Seconds one run takes, the mean over about `seconds`; at least one run. A single run after a pause takes many times as long as those that follow
 * (and waits for its result), so the number of runs is found by trying.
 */
export async function repeat(prepared: Prepared, seconds: number): Promise<number> {
  if (prepared.time !== undefined) return prepared.time(seconds)
  for (let count = 1; ; ) {
    const taken = await secondsOf(prepared, count)
    if (taken >= seconds / 2 || count === mostRuns) return taken / count
    count = Math.min(mostRuns, Math.max(2 * count, Math.floor((count * seconds) / Math.max(taken, 1e-7))))
  }
}
