// Contestants in turn on the same case: each is asked once per round, the median of its rounds counts.

import { setTimeout as sleep } from 'node:timers/promises'
import { Contestant, type Case, type ContestantProgram, MissingContestant } from './contestant.ts'

/** What a contestant takes part with. */
export interface Entry {
  /** The name in the table; the contestant's own where it is not given. */
  readonly label?: string
  readonly program: ContestantProgram
  readonly work: Case
  /** For one that takes long: asked only in so many of the rounds. Default: in all. */
  readonly rounds?: number
  /** Runs before the first round. Default 3. */
  readonly warmUps?: number
}

/** How an entry did. `seconds` is undefined where the contestant is missing. */
export interface Result {
  readonly name: string
  readonly version: string
  readonly seconds: number | undefined
  readonly missing: string | undefined
}

/** How often and how long to measure. */
export interface Rounds {
  /** Default 7; at least 5. */
  readonly rounds?: number
  /** Seconds of work per round and contestant. Default 0.25. */
  readonly seconds?: number
}

/** Pause between two turns. */
const quietMilliseconds = 300

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]]
  return (low + high) / 2
}

/** Contestants that stay alive between cases; one process for each program, thread count, environment and label. */
export class Field {
  private readonly running = new Map<string, Promise<Contestant>>()

  /** The contestant of an entry, started if it is not yet. */
  contestant({ label, program }: Entry): Promise<Contestant> {
    const key = JSON.stringify([program.script, program.threads, program.environment ?? {}, label ?? ''])
    const known = this.running.get(key)
    if (known !== undefined) return known
    const started = Contestant.start(program)
    this.running.set(key, started)
    return started
  }

  /** All entries prepared, then asked in turn. */
  async contest(entries: readonly Entry[], { rounds = 7, seconds = 0.25 }: Rounds = {}): Promise<Result[]> {
    const prepared: {
      readonly entry: Entry
      readonly contestant: Contestant | undefined
      readonly missing: string | undefined
      samples: number[]
    }[] = []
    for (const entry of entries) prepared.push(await this.prepare(entry))
    for (let round = 0; round < Math.max(5, rounds); round++) {
      for (const { entry, contestant, samples } of prepared) {
        if (contestant === undefined || round >= (entry.rounds ?? Number.POSITIVE_INFINITY)) continue
        // The threads of the one before spin for a while before they sleep (OpenBLAS's some 100 ms) and would take part of the cores.
        await sleep(quietMilliseconds)
        samples.push(await contestant.time(seconds))
      }
    }
    return prepared.map(({ entry, contestant, missing, samples }) => ({
      name: entry.label ?? contestant?.name ?? entry.program.name,
      version: contestant?.version ?? 'missing',
      seconds: contestant === undefined ? undefined : median(samples),
      missing,
    }))
  }

  private async prepare(entry: Entry) {
    try {
      const contestant = await this.contestant(entry)
      await contestant.prepare(entry.work, entry.warmUps)
      return { entry, contestant, missing: undefined, samples: [] }
    } catch (error) {
      if (!(error instanceof MissingContestant)) throw error
      return { entry, contestant: undefined, missing: error.message, samples: [] }
    }
  }

  /** Who takes part: one line per contestant. */
  async introductions(): Promise<string[]> {
    const settled = await Promise.allSettled(this.running.values())
    const lines = settled.map((s) => (s.status === 'fulfilled' ? `${s.value.name} ${s.value.version}: ${s.value.details}` : String(s.reason)))
    return [...new Set(lines)]
  }

  /** Ends every contestant. */
  async close(): Promise<void> {
    for (const started of await Promise.allSettled(this.running.values())) if (started.status === 'fulfilled') started.value.close()
    this.running.clear()
  }
}
