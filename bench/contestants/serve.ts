// The TypeScript side of the protocol that protocol.py describes: one JSON object a line.

import { createInterface } from 'node:readline'

/** A case with its values as the harness sent them. */
export type Work = ReadonlyMap<string, unknown>

/** What to repeat, and what to tell the harness of it. */
export interface Prepared {
  /** A promise is waited for before the next run. */
  readonly run: () => unknown
  /** Waits for what the runs have only begun, as on a GPU; its time counts, once for all runs of a turn. */
  readonly settle?: () => Promise<unknown>
  readonly info?: Readonly<Record<string, number>>
}

/** Says who it is and answers requests until the input ends. */
export async function serve(
  hello: { readonly name: string; readonly version: string; readonly details: string },
  prepare: (work: Work) => Prepared | Promise<Prepared>,
) {
  const reply = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`)
  reply(hello)
  let prepared: Prepared = { run: () => undefined }
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const request = recordOf(JSON.parse(line))
      switch (request.get('op')) {
        case 'prepare': {
          prepared = await prepare(recordOf(request.get('case')))
          const warmUps = request.get('warmUps')
          await runs(prepared, typeof warmUps === 'number' ? warmUps : 3)
          reply(prepared.info ?? {})
          break
        }
        case 'time':
          reply({ seconds: await repeat(prepared, numberIn(request, 'seconds')) })
          break
        case 'memory':
          reply({ peak: process.resourceUsage().maxRSS * 1024, now: process.memoryUsage.rss() })
          break
        default:
          reply({ error: `unknown operation ${String(request.get('op'))}` })
      }
    } catch (error) {
      reply({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
    }
  }
}

function recordOf(value: unknown): Work {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

/** A number in a request or case. */
export function numberIn(work: Work, key: string): number {
  const value = work.get(key)
  if (typeof value !== 'number') throw new RangeError(`expected a number '${key}', got ${JSON.stringify(value)}`)
  return value
}

/** Seconds that `count` runs take together. */
async function runs({ run, settle }: Prepared, count: number): Promise<number> {
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
async function repeat(prepared: Prepared, seconds: number): Promise<number> {
  const first = await runs(prepared, 1)
  const more = Math.min(10_000, Math.floor(seconds / Math.max(first, 1e-7)))
  return more < 1 ? first : (await runs(prepared, more)) / more
}
