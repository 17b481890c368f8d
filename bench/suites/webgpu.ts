// WebGPU on the machine's GPU: matrix products and a GPT's training step, as a share of the multiply-adds that the adapter was measured to
// do, beside TensorFlow.js, jax-js and ONNX Runtime Web. All run in Node by the package `webgpu` but the last, which needs a browser.

import type { Entry, Result } from '../contest.ts'
import { type Case, MissingContestant, number } from '../contestant.ts'
import { type Measure, type Row, rowOf } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'
import { gptFlops, gptMini, gptSmall } from './gpt-cases.ts'

const threads = 2

const tenon = (work: Case): Entry => ({
  program: { name: 'Tenon', script: 'contestants/tenon.ts', threads, environment: { TENON_DEVICE: 'webgpu' } },
  work,
})

const tensorflow = (work: Case): Entry => ({
  label: 'TensorFlow.js webgpu',
  program: { name: 'TensorFlow.js webgpu', script: 'contestants/tfjs.ts', threads },
  work: { ...work, backend: 'webgpu', variant: 'core' },
})

const jax = (work: Case): Entry => ({
  label: 'jax-js webgpu',
  program: { name: 'jax-js webgpu', script: 'contestants/jax-js.ts', threads, environment: { BENCH_BACKEND: 'webgpu' } },
  work,
})

const onnx = (work: Case, gpu: string): Entry => ({
  program: { name: 'ONNX Runtime Web', script: 'contestants/onnx-tab.ts', threads, environment: { BENCH_GPU: gpu } },
  work,
})

/** What the adapter is: its name, whether it is software, and its measured FLOP/s. */
interface Peak {
  readonly adapter: string
  readonly software: boolean
  readonly flops: number
}

async function measurePeak({ field }: SuiteContext): Promise<Peak | undefined> {
  try {
    const contestant = await field.contestant({ program: { name: 'multiply-adds', script: 'contestants/gpu-peak.ts', threads }, work: {} })
    const info = await contestant.prepare({ kind: 'peak' })
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 5; round++) best = Math.min(best, await contestant.time(0.1))
    return { adapter: contestant.details, software: number(info, 'software') === 1, flops: number(info, 'flops') / best }
  } catch (error) {
    if (!(error instanceof MissingContestant)) throw error
    console.error(`  webgpu: ${error.message}`)
    return undefined
  }
}

export async function* webgpuSuite(context: SuiteContext): AsyncIterable<Row> {
  const { field, includes, softwareGpu } = context
  const peak = await measurePeak(context)
  if (peak === undefined) return
  console.log(`  ${peak.adapter}: ${(peak.flops / 1e9).toFixed(0)} GFLOP/s of multiply-adds in registers`)
  if (peak.software && !softwareGpu) {
    console.error(
      '  webgpu: this adapter computes on the processor, so its times say nothing of a GPU. --software-gpu runs small cases all the same.',
    )
    return
  }
  const share = (results: readonly Result[], flops: number): { ofPeak?: number } =>
    results[0]?.seconds === undefined ? {} : { ofPeak: flops / results[0].seconds / peak.flops }

  for (const size of peak.software ? [256] : [1024, 4096]) {
    const name = `webgpu ${size} × ${size} × ${size}`
    if (!includes(name)) continue
    const work: Case = { kind: 'gemm', m: size, n: size, k: size, transposeA: false, transposeB: false }
    const flops = 2 * size ** 3
    const rate: Measure = { metric: 'rate', unit: 'GFLOP/s', better: 'higher', of: (seconds) => flops / seconds / 1e9 }
    const entries = [tenon(work), tensorflow(work), jax(work), onnx(work, peak.software ? 'software' : 'hardware')]
    const results = await field.contest(entries, { rounds: 7, seconds: 0.5 })
    yield rowOf('webgpu', name, rate, results, share(results, flops))
  }

  const sizes = peak.software ? { ...gptSmall, layers: 1, context: 16, batch: 2 } : gptMini
  const name = `webgpu GPT ${sizes.layers} × ${sizes.width}, context ${sizes.context}, batch ${sizes.batch}, AdamW`
  if (!includes(name)) return
  const work: Case = { kind: 'step', ...sizes }
  const pace: Measure = { metric: 'pace', unit: 'tokens/s', better: 'higher', of: (seconds) => (sizes.batch * sizes.context) / seconds }
  const results = await field.contest([tenon(work), tensorflow(work)], { rounds: 5, seconds: 0.5 })
  yield rowOf('webgpu', name, pace, results, share(results, gptFlops(sizes)))
}
