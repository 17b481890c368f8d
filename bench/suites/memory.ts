// Resident memory: of a large training step, its growth over many steps, and of a loop that makes and drops a million tensors. Each figure
// comes from a process of its own.

import { Contestant, type Case, MissingContestant, number, type Reply } from '../contestant.ts'
import { type PeerFigure, ratioOf, type Row } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'
import { gpt2 } from './gpt-cases.ts'

const mebibyte = 2 ** 20

interface Usage {
  readonly version: string
  readonly peak: number
  readonly now: number
  readonly info: Reply
}

/** Memory after a case has run `runs` times, in a fresh process; undefined where the contestant is missing. */
async function usage(name: string, script: string, work: Case, runs: number): Promise<Usage | undefined> {
  try {
    const contestant = await Contestant.start({ name, script, threads: 2 })
    try {
      const info = await contestant.prepare(work, runs)
      return { version: contestant.version, ...(await contestant.memory()), info }
    } finally {
      contestant.close()
    }
  } catch (error) {
    if (error instanceof MissingContestant) return undefined
    throw error
  }
}

const row = (name: string, metric: string, tenon: number | undefined, peers: readonly PeerFigure[], limit: number | undefined): Row => ({
  figure: {
    suite: 'memory',
    case: name,
    metric,
    unit: 'MiB',
    tenon: tenon === undefined ? null : tenon / mebibyte,
    peers,
    ratio: ratioOf(tenon === undefined ? null : tenon / mebibyte, peers, 'lower'),
    ofPeak: null,
  },
  ...(limit === undefined ? {} : { bar: `≤ ${Math.round(limit / mebibyte)} MiB` }),
  met: tenon === undefined || limit === undefined ? undefined : tenon <= limit,
})

const peer = (found: Usage | undefined): PeerFigure => ({
  name: 'PyTorch',
  version: found?.version ?? 'missing',
  value: found === undefined ? null : found.peak / mebibyte,
})

export async function* memorySuite({ includes }: SuiteContext): AsyncIterable<Row> {
  const [step, growth, loop] = ['GPT-2 124M step', 'GPT-2 124M, growth from step 20 to step 500', 'one million tensors of 150 × 10 in one loop']
  const work = { kind: 'memory', ...gpt2 }
  if (includes(step)) {
    const own = await usage('Tenon', 'contestants/tenon.ts', work, 10)
    const other = await usage('PyTorch', 'contestants/pytorch.py', { ...work, variant: 'eager' }, 10)
    // Weights, gradients and two moments, what the program plans for, and 150 MB for everything else.
    const limit = own === undefined ? undefined : 4 * 4 * number(own.info, 'parameters') + number(own.info, 'arenaBytes') + 150e6
    yield row(step, 'peak resident', own?.peak, [peer(other)], limit)
  }
  if (includes(growth)) {
    const contestant = await Contestant.start({ name: 'Tenon', script: 'contestants/tenon.ts', threads: 2 })
    try {
      await contestant.prepare(work, 20)
      const before = (await contestant.memory()).now
      for (let done = 20; done < 500; done++) await contestant.time(0)
      yield row(growth, 'resident', (await contestant.memory()).now - before, [], 16 * mebibyte)
    } finally {
      contestant.close()
    }
  }
  if (includes(loop)) {
    const tensors = { kind: 'tensors', count: 1_000_000, shape: [150, 10] }
    const own = await usage('Tenon', 'contestants/tenon.ts', tensors, 1)
    const other = await usage('PyTorch', 'contestants/pytorch.py', tensors, 1)
    yield row(loop, 'peak resident', own?.peak, [peer(other)], 300e6)
  }
}
