// Puts the figures of a benchmark run into README.md, README.zh.md and docs/benchmarks.md, between the marks that say so.
//   npm run bench -- all --json figures.json && npx tsx scripts/write-figures.ts figures.json

import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Figure } from '../bench/figures.ts'
import { show } from '../bench/figures.ts'

/** Rows of the short table, by the beginning of the case's name and its metric. */
const highlights = [
  ['1152 × 1152 × 1152, 2', 'rate'],
  ['textbook network', 'time per step'],
  ['MNIST CNN', 'time per step'],
  ['GPT 6 × 384', 'pace'],
  ['GPT-2 124M, context', 'pace'],
  ['LSTM 128', 'forward and backward'],
  ['ResNet-18', 'forward and backward'],
  ['BatchNorm', 'forward and backward'],
  ['Transformer encoder', 'forward and backward'],
  ['product of two 64', 'import to first result'],
  ['wasm 1152 × 1152 × 1152, 1', 'rate'],
  ['wasm textbook network', 'time per step'],
  ['wasm MNIST CNN', 'time per step'],
  ['bundle: core', 'minified and gzipped'],
  ['tab: first training step', 'navigation to first loss'],
] as const

const words = {
  english: { figure: 'figure', peers: 'peers', ratio: 'ratio', ofPeak: 'of peak', missing: 'missing' },
  chinese: { figure: '指标', peers: '对照', ratio: '倍数', ofPeak: '占峰值', missing: '缺' },
} as const

type Words = (typeof words)[keyof typeof words]

/** Figures as a table in Markdown: Tenon, its peers, ratio, share of the peak. */
export function markdownTable(figures: readonly Figure[], text: Words): string {
  const value = (number: number | null): string => (number === null ? text.missing : show(number))
  const lines = figures.map(({ case: name, metric, unit, tenon, peers, ratio, ofPeak }) => {
    const others = peers.map(({ name: peer, value: own, reason }) => `${peer} ${value(own)}${reason === undefined ? '' : ` (${reason})`}`).join(', ')
    const share = ofPeak === null ? '' : `${(100 * ofPeak).toFixed(0)} %`
    return `| ${name}: ${metric}, ${unit} | ${value(tenon)} | ${others} | ${ratio === null ? '' : `${ratio.toFixed(2)}×`} | ${share} |`
  })
  return [`| ${text.figure} | Tenon | ${text.peers} | ${text.ratio} | ${text.ofPeak} |`, '|---|---|---|---|---|', ...lines].join('\n')
}

function replaceFigures(file: string, content: string): void {
  const old = readFileSync(file, 'utf8')
  const marked = /<!-- figures -->[\s\S]*<!-- \/figures -->/
  if (!marked.test(old))
    throw new Error(`${file}: expected the marks <!-- figures --> and <!-- /figures -->, found none. Put them where figures belong.`)
  writeFileSync(file, old.replace(marked, `<!-- figures -->\n${content}\n<!-- /figures -->`))
}

const files = process.argv.slice(2)
if (files.length === 0) throw new Error('write-figures: expected JSON files of a benchmark run, got none.')
const figures: readonly Figure[] = files.flatMap((file): Figure[] => JSON.parse(readFileSync(file, 'utf8')))
const chosen = highlights.flatMap(([start, metric]) => figures.filter((figure) => figure.case.startsWith(start) && figure.metric === metric))
const machine = `${cpus()[0]?.model ?? ''}, ${cpus().length} cores`
const versions = [
  ...new Set(
    figures.flatMap(({ peers }) =>
      peers.flatMap(({ name, version }) => (version === 'missing' || name.startsWith('Tenon') ? [] : [`${name.split(' ')[0] ?? ''} ${version}`])),
    ),
  ),
].join(', ')

replaceFigures('README.md', `${machine}; ${versions}.\n\n${markdownTable(chosen, words.english)}`)
replaceFigures('README.zh.md', `${machine}；${versions}。\n\n${markdownTable(chosen, words.chinese)}`)
replaceFigures('docs/benchmarks.md', `${machine}; ${versions}.\n\n${markdownTable(figures, words.english)}`)
