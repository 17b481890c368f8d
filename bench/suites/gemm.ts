// Matrix products: one large square, and the shapes of GPT-2 for many rows and for one, plain and with transposed operands.
// FLOPs: 2·m·n·k. Bytes at least: 4·(m·k + k·n + m·n).

import type { ContestantProgram } from '../contestant.ts'
import { type Bar, type Measure, type Row, rowOf } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'

interface Product {
  readonly name: string
  readonly m: number
  readonly n: number
  readonly k: number
  readonly transposeA: boolean
  readonly transposeB: boolean
  readonly threads: number
  readonly bars: readonly Bar[]
}

const square = (threads: number): Product => ({
  name: `1152 × 1152 × 1152, ${threads} thread${threads === 1 ? '' : 's'}`,
  ...{ m: 1152, n: 1152, k: 1152, transposeA: false, transposeB: false, threads },
  bars: [
    { atLeast: 1.4, against: 'OpenBLAS' },
    { atLeast: 1.6, against: 'PyTorch' },
  ],
})

/** Weights of GPT-2 (inputs × outputs): query-key-value, up, down, head. */
const weights = [
  [768, 2304],
  [768, 3072],
  [3072, 768],
  [768, 50257],
] as const

const layouts = [
  { layout: 'plain', transposeA: false, transposeB: false },
  { layout: 'right transposed', transposeA: false, transposeB: true },
  { layout: 'left transposed', transposeA: true, transposeB: false },
] as const

const products: readonly Product[] = [
  square(1),
  square(2),
  ...weights.flatMap(([k, n]) =>
    [256, 1].flatMap((m) =>
      layouts
        // One row transposed is the same row.
        .filter(({ transposeA }) => m > 1 || !transposeA)
        .map(({ layout, transposeA, transposeB }) => ({
          name: `${m} × ${k} · ${k} × ${n}, ${layout}`,
          ...{ m, n, k, transposeA, transposeB, threads: 2 },
          bars: [{ atLeast: 1 }],
        })),
    ),
  ),
]

const program = (name: string, script: string, threads: number): ContestantProgram => ({ name, script: `contestants/${script}`, threads })

/** Tenon beside OpenBLAS, NumPy and PyTorch. */
export async function* gemmSuite({ field, machine, includes }: SuiteContext): AsyncIterable<Row> {
  for (const product of products) {
    const { name, m, n, k, transposeA, transposeB, threads, bars } = product
    if (!includes(name)) continue
    const work = { kind: 'gemm', m, n, k, transposeA, transposeB }
    const results = await field.contest(
      [
        program('Tenon', 'tenon.ts', threads),
        program('OpenBLAS', 'openblas.py', threads),
        program('NumPy', 'numpy_matmul.py', threads),
        program('PyTorch', 'pytorch.py', threads),
      ].map((each) => ({ program: each, work })),
      { rounds: 9, seconds: 0.12 },
    )
    const measure: Measure = { metric: 'rate', unit: 'GFLOP/s', better: 'higher', of: (seconds) => (2 * m * n * k) / seconds / 1e9 }
    const seconds = results[0]?.seconds
    const ofPeak = seconds === undefined ? undefined : await machine.ofPeak(measure.of(seconds), threads)
    yield rowOf('gemm', name, measure, results, { bars, ...(ofPeak === undefined ? {} : { ofPeak }) })
  }
}
