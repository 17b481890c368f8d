// Layers by themselves: forward and backward, gradients of inputs and parameters included, for one batch. PyTorch runs them eagerly and through
// torch.compile (compiled before the clock starts).

import type { Entry } from '../contest.ts'
import type { Case } from '../contestant.ts'
import { type Bar, type Measure, rowOf, type Row } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'

interface LayerCase {
  readonly name: string
  readonly work: Case
  readonly flops: number
  readonly bar: Bar
  /** Whether it reads images, which PyTorch can lay out in two ways. */
  readonly images?: boolean
}

/** Products with both kernels at all steps, and twice as many for their gradients. */
const lstmFlops = (batch: number, time: number, features: number, units: number): number => 3 * 2 * batch * time * (features + units) * 4 * units

/** Products of three layers of attention's inputs, its output, the scores and their use, and the two layers after it. */
const encoderFlops = (batch: number, time: number, width: number): number =>
  3 * 2 * batch * time * (4 * width * width + 2 * time * width + 8 * width * width)

/** ResNet-18's multiplications for an image of 224×224 (1.814 G) shrink with the image's area; all but the stem need two products for their gradients. */
const resNetFlops = (batch: number, size: number): number => 3 * 2 * batch * 1.814e9 * (size / 224) ** 2

const cases: readonly LayerCase[] = [
  {
    name: 'LSTM 128, 100 steps of 128, batch 32',
    work: { kind: 'layer', layer: 'lstm', batch: 32, time: 100, features: 128, units: 128 },
    flops: lstmFlops(32, 100, 128, 128),
    bar: { atLeast: 1.2 },
  },
  {
    name: 'ResNet-18, 64×64, batch 16',
    work: { kind: 'layer', layer: 'resnet18', batch: 16, size: 64 },
    flops: resNetFlops(16, 64),
    bar: { atLeast: 1.2 },
    images: true,
  },
  {
    name: 'BatchNorm 64 channels, 56×56, batch 16',
    work: { kind: 'layer', layer: 'batchNormalization', batch: 16, size: 56, channels: 64 },
    flops: 12 * 16 * 56 * 56 * 64,
    bar: { atLeast: 1.2 },
    images: true,
  },
  {
    name: 'Transformer encoder layer 256, 8 heads, 128 tokens, batch 16',
    work: { kind: 'layer', layer: 'encoder', batch: 16, time: 128, width: 256, heads: 8 },
    flops: encoderFlops(16, 128, 256),
    bar: { atLeast: 1.2 },
  },
]

const threads = 2

const variants: readonly string[] = ['eager', 'torch.compile']

/** One row for the time of forward and backward, and one for the arithmetic per second. */
export async function* layersSuite({ field, machine, includes }: SuiteContext): AsyncIterable<Row> {
  for (const { name, work, flops, bar, images } of cases) {
    if (!includes(name)) continue
    const entries: Entry[] = [
      { program: { name: 'Tenon', script: 'contestants/tenon.ts', threads }, work },
      ...(images === true ? [...variants, ...variants.map((variant) => `${variant}, channels last`)] : variants).map((variant) => ({
        label: `PyTorch ${variant}`,
        program: { name: `PyTorch ${variant}`, script: 'contestants/pytorch.py', threads },
        work: { ...work, variant },
      })),
    ]
    const results = await field.contest(entries, { rounds: 5, seconds: 0.4 })
    const time: Measure = { metric: 'forward and backward', unit: 'ms', better: 'lower', of: (seconds) => seconds * 1000 }
    yield rowOf('layers', name, time, results, { bars: [bar] })
    const rate: Measure = { metric: 'arithmetic', unit: 'GFLOP/s', better: 'higher', of: (seconds) => flops / seconds / 1e9 }
    const seconds = results[0]?.seconds
    const share = seconds === undefined ? undefined : await machine.ofPeak(rate.of(seconds), threads)
    yield rowOf('layers', name, rate, results, share === undefined ? {} : { ofPeak: share })
  }
}
