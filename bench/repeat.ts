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

/** Seconds one run takes, the mean over about `seconds`; at least one run. */
export async function repeat(prepared: Prepared, seconds: number): Promise<number> {
  if (prepared.time !== undefined) return prepared.time(seconds)
  const first = await secondsOf(prepared, 1)
  const more = Math.min(10_000, Math.floor(seconds / Math.max(first, 1e-7)))
  return more < 1 ? first : (await secondsOf(prepared, more)) / more
}
