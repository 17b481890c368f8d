// WebAssembly in Node: matrix products and training steps of Tenon's wasm device beside TensorFlow.js and jax-js, all on one thread (theirs
// have no more in Node); the gain of a second thread; and the share of the native device's pace.

import type { Entry } from '../contest.ts'
import type { Case } from '../contestant.ts'
import { type Measure, type Row, rowOf } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'
import { gptSmall } from './gpt-cases.ts'

const tenon = (device: 'wasm' | 'native', threads: number, work: Case, label?: string): Entry => ({
  ...(label === undefined ? {} : { label }),
  program: { name: label ?? 'Tenon', script: 'contestants/tenon.ts', threads, environment: { TENON_DEVICE: device } },
  work,
})

const tensorflow = (backend: 'wasm' | 'cpu', work: Case, variant?: string): Entry => {
  const label = `TensorFlow.js ${backend}${variant === undefined ? '' : ` ${variant}`}`
  return { label, program: { name: label, script: 'contestants/tfjs.ts', threads: 1 }, work: { ...work, backend, variant: variant ?? '' } }
}

const jax = (work: Case): Entry => ({ program: { name: 'jax-js', script: 'contestants/jax-js.ts', threads: 1 }, work })

const size = 1152
const square: Case = { kind: 'gemm', m: size, n: size, k: size, transposeA: false, transposeB: false }
const rate: Measure = { metric: 'rate', unit: 'GFLOP/s', better: 'higher', of: (seconds) => (2 * size ** 3) / seconds / 1e9 }
const time: Measure = { metric: 'time per step', unit: 'ms', better: 'lower', of: (seconds) => seconds * 1000 }
/** A token's product with a layer of a large model: 64 MiB of weights in f32, more than the caches hold. */
const length = 4096
const row: Case = { kind: 'row', rows: length, size: length }
const rowTime: Measure = { metric: 'time', unit: 'ms', better: 'lower', of: (seconds) => seconds * 1000 }
const pace: Measure = { metric: 'pace', unit: 'tokens/s', better: 'higher', of: (seconds) => (gptSmall.batch * gptSmall.context) / seconds }

/** A step of seconds: one warm-up, two rounds. */
const slow = (entry: Entry): Entry => ({ ...entry, rounds: 2, warmUps: 1 })

export async function* wasmSuite({ field, includes }: SuiteContext): AsyncIterable<Row> {
  const alone = `wasm ${size} × ${size} × ${size}, 1 thread`
  if (includes(alone)) {
    const results = await field.contest([tenon('wasm', 1, square), tensorflow('wasm', square), jax(square)], { rounds: 9 })
    yield rowOf('wasm', alone, rate, results, { bars: [{ atLeast: 1.35 }] })
  }

  const together = `wasm ${size} × ${size} × ${size}, 2 threads`
  if (includes(together)) {
    const results = await field.contest([tenon('wasm', 2, square), tenon('wasm', 1, square, 'Tenon on 1 thread')], { rounds: 9 })
    yield rowOf('wasm', together, rate, results, { bars: [{ atLeast: 1.7 }] })
  }

  for (const threads of [1, 2]) {
    for (const bits of [8, 4]) {
      const name = `wasm 1 × ${length} · ${length} × ${length}, weights of ${bits} bits, ${threads} thread${threads === 1 ? '' : 's'}`
      if (!includes(name)) continue
      const results = await field.contest(
        [
          tenon('wasm', threads, { ...row, bits }),
          tenon('wasm', threads, { ...row, bits: 32 }, 'Tenon f32'),
          tenon('wasm', threads, { ...row, bits: 32, plain: true }, 'Tenon f32 plain'),
        ],
        { rounds: 9 },
      )
      yield rowOf('wasm', name, rowTime, results, { bars: [{ atLeast: 1.5 }] })
    }
  }

  const textbook = 'wasm textbook network 100-64-10, batch 32, SGD, 1 thread'
  if (includes(textbook)) {
    const work: Case = { kind: 'step', model: 'textbook', batch: 32 }
    const peers = (['wasm', 'cpu'] as const).flatMap((backend) => ['layers', 'core'].map((variant) => tensorflow(backend, work, variant)))
    const results = await field.contest([tenon('wasm', 1, work), ...peers, jax(work)])
    yield rowOf('wasm', textbook, time, results, { bars: [{ atLeast: 15, against: 'TensorFlow.js' }] })
  }

  const cnn = 'wasm MNIST CNN 32-64-128, batch 128, Adam, 1 thread'
  if (includes(cnn)) {
    const work: Case = { kind: 'step', model: 'cnn', batch: 128 }
    const peers = [tensorflow('wasm', work, 'layers'), slow(tensorflow('cpu', work, 'layers')), slow(jax(work))]
    const results = await field.contest([tenon('wasm', 1, work), ...peers], { rounds: 5, seconds: 0.4 })
    yield rowOf('wasm', cnn, time, results, { bars: [{ atLeast: 100, against: 'TensorFlow.js' }] })
  }

  for (const threads of [1, 2]) {
    const name = `wasm GPT 4 × 128, context 64, batch 12, AdamW, ${threads} thread${threads === 1 ? '' : 's'}`
    if (!includes(name)) continue
    const work: Case = { kind: 'step', ...gptSmall }
    const results = await field.contest([tenon('wasm', threads, work), tenon('native', threads, work, 'Tenon native')], { rounds: 5, seconds: 0.4 })
    yield rowOf('wasm', name, pace, results, { bars: [{ atLeast: 0.2 }] })
  }
}
