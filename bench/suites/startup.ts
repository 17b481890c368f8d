// A fresh process, from `import` to the first result of a small matrix product; compiled kernels are in the cache from an earlier start.

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { median, type Result } from '../contest.ts'
import { contestantEnvironment, python } from '../contestant.ts'
import { type Measure, type Row, rowOf } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'

const dist = fileURLToPath(new URL('../../dist/node/index.js', import.meta.url))

interface Start {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

const javascript = `
const start = performance.now()
const { tensor } = await import(${JSON.stringify(pathToFileURL(dist).href)})
const a = tensor(new Float32Array(64 * 64).fill(0.5), [64, 64])
a.matmul(a).dataSync()
const seconds = (performance.now() - start) / 1000
const manifest = await import('node:fs').then((fs) => JSON.parse(fs.readFileSync(${JSON.stringify(fileURLToPath(new URL('../../package.json', import.meta.url)))}, 'utf8')))
console.log(seconds, manifest.version)`

const pythonText = (module: string, product: string): string => `
import time
start = time.perf_counter()
import ${module}
${product}
print(time.perf_counter() - start, ${module}.__version__)`

const starts: readonly Start[] = [
  { name: 'Tenon', command: process.execPath, args: ['--input-type=module', '--eval', javascript] },
  { name: 'PyTorch', command: python, args: ['-c', pythonText('torch', 'a = torch.full((64, 64), 0.5); a @ a')] },
  { name: 'NumPy', command: python, args: ['-c', pythonText('numpy', 'a = numpy.full((64, 64), 0.5, numpy.float32); a @ a')] },
]

const milliseconds: Measure = { metric: 'import to first result', unit: 'ms', better: 'lower', of: (seconds) => seconds * 1000 }
const limit = 150

export async function* startupSuite({ includes }: SuiteContext): AsyncIterable<Row> {
  const name = 'product of two 64 × 64 matrices, warm cache'
  if (!includes(name)) return
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
  const samples = starts.map((): number[] => [])
  const versions = starts.map(() => 'missing')
  for (let round = 0; round < 10; round++) {
    starts.forEach(({ command, args }, i) => {
      if (!existsSync(command)) return
      const output = execFileSync(command, args, { encoding: 'utf8', env: contestantEnvironment(2), stdio: ['ignore', 'pipe', 'ignore'] })
      const [seconds, version = ''] = output.trim().split(' ')
      versions[i] = version
      // The first start fills caches of files and kernels.
      if (round > 0) samples[i]?.push(Number(seconds))
    })
  }
  const results = starts.map((start, i): Result => {
    const own = samples[i] ?? []
    return { name: start.name, version: versions[i] ?? 'missing', seconds: own.length === 0 ? undefined : median(own), missing: undefined }
  })
  const row = rowOf('startup', name, milliseconds, results)
  yield { ...row, bar: `≤ ${limit} ms`, met: row.figure.tenon === null ? undefined : row.figure.tenon <= limit }
}
