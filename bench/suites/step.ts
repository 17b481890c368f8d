// Whole training steps: forward, loss, backward, optimizer. Tenon runs the step that `fit` runs; PyTorch runs it eagerly, with channels
// last where there are images, and through torch.compile (compiled before the clock starts).

import type { Entry } from '../contest.ts'
import type { Case } from '../contestant.ts'
import { type Bar, type Measure, type Row, rowOf } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'
import { gpt2, gptFlops, gptMini } from './gpt-cases.ts'

interface Step {
  readonly name: string
  readonly work: Case
  readonly variants: readonly string[]
  readonly flops: number
  /** Of a GPT: how many tokens a step sees. */
  readonly tokens?: number
  readonly bar: Bar
  /** Wanted of the peak. */
  readonly ofPeak?: number
}

const compiled = ['eager', 'torch.compile']

/** Products of a dense layer: forward, the weights' gradient and, after the first layer, the inputs'. */
const denseFlops = (rows: number, inputs: number, outputs: number, products: number): number => 2 * rows * inputs * outputs * products

const steps: readonly Step[] = [
  {
    name: 'textbook network 100-64-10, batch 32, SGD',
    work: { kind: 'step', model: 'textbook', batch: 32 },
    variants: compiled,
    flops: denseFlops(32, 100, 64, 2) + denseFlops(32, 64, 10, 3),
    bar: { atLeast: 6 },
  },
  {
    name: 'MNIST CNN 32-64-128, batch 128, Adam',
    work: { kind: 'step', model: 'cnn', batch: 128 },
    variants: ['eager', 'channels last', 'torch.compile'],
    flops:
      denseFlops(128 * 26 * 26, 9, 32, 2) + denseFlops(128 * 11 * 11, 9 * 32, 64, 3) + denseFlops(128, 1600, 128, 3) + denseFlops(128, 128, 10, 3),
    bar: { atLeast: 2 },
  },
  {
    name: 'GPT 6 × 384, context 256, batch 8, AdamW',
    work: { kind: 'step', ...gptMini },
    variants: compiled,
    flops: gptFlops(gptMini),
    tokens: gptMini.batch * gptMini.context,
    bar: { atLeast: 1.5 },
    ofPeak: 0.6,
  },
  {
    name: 'GPT-2 124M, context 64, batch 4, AdamW',
    work: { kind: 'step', ...gpt2 },
    variants: compiled,
    flops: gptFlops(gpt2),
    tokens: gpt2.batch * gpt2.context,
    bar: { atLeast: 1.5 },
    ofPeak: 0.6,
  },
]

const threads = 2

/** One row for the time (or tokens) per step and one for the arithmetic per second. */
export async function* stepSuite({ field, machine, includes }: SuiteContext): AsyncIterable<Row> {
  for (const { name, work, variants, flops, tokens, bar, ofPeak } of steps) {
    if (!includes(name)) continue
    const entries: Entry[] = [
      { program: { name: 'Tenon', script: 'contestants/tenon.ts', threads }, work },
      ...variants.map((variant) => ({
        label: `PyTorch ${variant}`,
        program: { name: `PyTorch ${variant}`, script: 'contestants/pytorch.py', threads },
        work: { ...work, variant },
      })),
    ]
    const results = await field.contest(entries, { rounds: 5, seconds: 0.4 })
    const pace: Measure =
      tokens === undefined
        ? { metric: 'time per step', unit: 'ms', better: 'lower', of: (seconds) => seconds * 1000 }
        : { metric: 'pace', unit: 'tokens/s', better: 'higher', of: (seconds) => tokens / seconds }
    yield rowOf('step', name, pace, results, { bars: [bar] })
    const rate: Measure = { metric: 'arithmetic', unit: 'GFLOP/s', better: 'higher', of: (seconds) => flops / seconds / 1e9 }
    const seconds = results[0]?.seconds
    const share = seconds === undefined ? undefined : await machine.ofPeak(rate.of(seconds), threads)
    const row = rowOf('step', name, rate, results, share === undefined ? {} : { ofPeak: share })
    yield ofPeak === undefined ? row : { ...row, bar: `≥ ${100 * ofPeak} % of peak`, met: share === undefined ? undefined : share >= ofPeak }
  }
}
