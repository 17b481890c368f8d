// A page: how much it loads, how long it takes from navigation to its first training step, and large products in a tab with threads.

import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { median, type Result } from '../contest.ts'
import { MissingContestant } from '../contestant.ts'
import { type Measure, type Row, rowOf } from '../figures.ts'
import { jax, type Library, tenonCore, tenonWhole, tensorflow } from '../page-bundles.ts'
import type { SuiteContext } from '../suite.ts'
import { Site, startBrowser } from '../tabs.ts'

const kilobytes: Measure = { metric: 'minified and gzipped', unit: 'kB', better: 'lower', of: (bytes) => bytes / 1000 }
const milliseconds: Measure = { metric: 'navigation to first loss', unit: 'ms', better: 'lower', of: (seconds) => seconds * 1000 }

const size = 1152
const rate: Measure = { metric: 'rate', unit: 'GFLOP/s', better: 'higher', of: (seconds) => (2 * size ** 3) / seconds / 1e9 }

/** Milliseconds between two turns, in which the threads of the one before come to rest. */
const pause = 300

/** A library with a page, or why it is missing. */
interface Entrant {
  readonly name: string
  readonly library: () => Promise<Library>
  readonly page: string
  readonly query?: string
}

export async function* browserSuite({ includes }: SuiteContext): AsyncIterable<Row> {
  const peers = [
    { name: 'TensorFlow.js core, layers, wasm', library: tensorflow },
    { name: 'jax-js', library: jax },
  ]
  const sizes = [
    { name: 'bundle: core, compiler, layers, wasm', own: tenonCore, limit: 100 },
    { name: 'bundle: everything for a page', own: tenonWhole, limit: undefined },
  ]
  for (const { name, own, limit } of sizes) {
    if (!includes(name)) continue
    const results = [await sizeOf('Tenon', own), ...(await Promise.all(peers.map((peer) => sizeOf(peer.name, peer.library))))]
    yield withLimit(rowOf('browser', name, kilobytes, results), limit, 'kB')
  }

  const step = 'tab: first training step, textbook network'
  if (includes(step)) {
    const entrants: Entrant[] = [
      { name: 'Tenon', library: tenonWhole, page: 'tenon.ts' },
      { name: 'TensorFlow.js', library: tensorflow, page: 'tensorflow.ts' },
    ]
    const results = await inTurn(entrants, 9, async (site, browser) => () => site.firstStep(browser))
    yield withLimit(rowOf('browser', step, milliseconds, results), 1500, 'ms')
  }

  const threads = availableParallelism()
  const product = `tab: ${size} × ${size} × ${size}, ${threads} thread${threads === 1 ? '' : 's'}`
  if (includes(product)) {
    const entrants: Entrant[] = [
      { name: 'Tenon', library: tenonWhole, page: 'tenon.ts' },
      { name: 'TensorFlow.js', library: tensorflow, page: 'tensorflow.ts', query: `?threads=${threads}` },
      { name: 'TensorFlow.js on 1 thread', library: tensorflow, page: 'tensorflow.ts', query: '?threads=1' },
      { name: 'jax-js', library: jax, page: 'jax.ts' },
    ]
    const results = await inTurn(entrants, 7, async (site, browser) => {
      const page = await site.openProduct(browser, size)
      return async () => Number(await page.evaluate('globalThis.time(0.25)'))
    })
    yield rowOf('browser', product, rate, results)
  }
}

/** A library's size as a result: bytes in place of seconds. */
async function sizeOf(name: string, library: () => Promise<Library>): Promise<Result> {
  try {
    const { version, packedBytes } = await library()
    return { name, version, seconds: packedBytes, missing: undefined }
  } catch (error) {
    return missing(name, error)
  }
}

/** Every entrant prepared in one browser, then timed round after round; the median counts. The first round fills the browser's own caches. */
async function inTurn(
  entrants: readonly Entrant[],
  rounds: number,
  prepare: (site: Site, browser: Awaited<ReturnType<typeof startBrowser>>) => Promise<() => Promise<number>>,
): Promise<Result[]> {
  const sites: Site[] = []
  let browser: Awaited<ReturnType<typeof startBrowser>> | undefined
  try {
    browser = await startBrowser()
    const turns: { result: Result; readonly samples: number[]; time: (() => Promise<number>) | undefined }[] = []
    for (const { name, library, page, query } of entrants) {
      try {
        const site = await Site.start(await library(), page, query)
        sites.push(site)
        const result = { name, version: site.library.version, seconds: undefined, missing: undefined }
        turns.push({ result, samples: [], time: await prepare(site, browser) })
      } catch (error) {
        turns.push({ result: missing(name, error), samples: [], time: undefined })
      }
    }
    for (let round = 0; round <= rounds; round++) {
      for (const turn of turns) {
        if (turn.time === undefined) continue
        await sleep(pause)
        try {
          const seconds = await turn.time()
          if (round > 0) turn.samples.push(seconds)
        } catch (error) {
          Object.assign(turn, { result: missing(turn.result.name, error), time: undefined })
        }
      }
    }
    return turns.map(({ result, samples, time }) => (time === undefined ? result : { ...result, seconds: median(samples) }))
  } catch (error) {
    if (!(error instanceof MissingContestant)) throw error
    return entrants.map(({ name }) => missing(name, error))
  } finally {
    await browser?.close()
    for (const site of sites) site.close()
  }
}

const missing = (name: string, error: unknown): Result => ({
  ...{ name, version: 'missing', seconds: undefined },
  missing: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
})

function withLimit(row: Row, limit: number | undefined, unit: string): Row {
  const { tenon } = row.figure
  return limit === undefined ? row : { ...row, bar: `≤ ${limit} ${unit}`, met: tenon === null ? undefined : tenon <= limit }
}
