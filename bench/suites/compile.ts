// From a built model to its compiled training step: with empty caches, and in a fresh process with the caches that the one before has filled.
// Tenon compiles without running; torch.compile does so in its first step, from which a later step's time is taken off.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, type Result } from '../contest.ts'
import { type Case, Contestant, type ContestantProgram, MissingContestant, number } from '../contestant.ts'
import { type Measure, type Row, rowOf } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'
import { gpt2 } from './gpt-cases.ts'

interface Compiler {
  readonly name: string
  readonly script: string
  readonly variant: string
  /** Environment variables that name the cache's folder. */
  readonly cacheVariables: readonly string[]
}

/** Seconds measured so far. */
interface Sample {
  readonly cold: number[]
  readonly warm: number[]
  version: string
  missing: string | undefined
}

const compilers: readonly Compiler[] = [
  { name: 'Tenon', script: 'contestants/tenon.ts', variant: 'jit', cacheVariables: ['TENON_CACHE_DIR'] },
  {
    name: 'PyTorch torch.compile',
    script: 'contestants/pytorch.py',
    variant: 'torch.compile',
    cacheVariables: ['TORCHINDUCTOR_CACHE_DIR'],
  },
]

const seconds: Measure = { metric: 'compilation', unit: 's', better: 'lower', of: (value) => value }

export async function* compileSuite({ includes }: SuiteContext): AsyncIterable<Row> {
  const [cold, warm] = ['GPT-2 124M step, cold', 'GPT-2 124M step, warm']
  if (!includes(cold) && !includes(warm)) return
  const samples = compilers.map((): Sample => ({ cold: [], warm: [], version: 'missing', missing: undefined }))
  for (let round = 0; round < 5; round++) {
    for (const [i, compiler] of compilers.entries()) {
      const sample = samples[i]
      if (sample === undefined || sample.missing !== undefined) continue
      const cache = mkdtempSync(join(tmpdir(), 'tenon-compile-'))
      try {
        for (const into of [sample.cold, sample.warm]) into.push(await firstStep(compiler, cache, (version) => (sample.version = version)))
      } catch (error) {
        if (!(error instanceof MissingContestant)) throw error
        sample.missing = error.message
      } finally {
        rmSync(cache, { recursive: true, force: true })
      }
    }
  }
  for (const [name, which, limit] of [
    [cold, 'cold', 20],
    [warm, 'warm', 0.6],
  ] as const) {
    const results = samples.map(
      (sample, i): Result => ({
        name: compilers[i]?.name ?? '',
        version: sample.version,
        seconds: sample[which].length === 0 ? undefined : median(sample[which]),
        missing: sample.missing,
      }),
    )
    const row = rowOf('compile', name, seconds, results)
    yield { ...row, bar: `≤ ${limit} s`, met: row.figure.tenon === null ? undefined : row.figure.tenon <= limit }
  }
}

/** Seconds of compiling: as the contestant says, or those of the first step beyond a later one. */
async function firstStep({ name, script, variant, cacheVariables }: Compiler, cache: string, onVersion: (version: string) => void): Promise<number> {
  const environment = Object.fromEntries(cacheVariables.map((variable) => [variable, cache]))
  const program: ContestantProgram = { name, script, threads: 2, environment }
  const contestant = await Contestant.start(program)
  try {
    const work: Case = { kind: 'compile', ...gpt2, variant }
    const info = await contestant.prepare(work, 1)
    onVersion(contestant.version)
    if ('compileSeconds' in info) return number(info, 'compileSeconds')
    const later = [await contestant.time(0), await contestant.time(0), await contestant.time(0)]
    return Math.max(0, number(info, 'firstStepSeconds') - Math.min(...later))
  } finally {
    contestant.close()
  }
}
