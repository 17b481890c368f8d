// npm run bench -- SUITE... [--json FILE] [--case TEXT]: measures Tenon beside its peers and prints the figures.

import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { Field } from './contest.ts'
import { describe, type Row, tableOf } from './figures.ts'
import { Machine } from './machine.ts'
import { browserSuite } from './suites/browser.ts'
import { compileSuite } from './suites/compile.ts'
import { gemmSuite } from './suites/gemm.ts'
import { layersSuite } from './suites/layers.ts'
import { memorySuite } from './suites/memory.ts'
import { startupSuite } from './suites/startup.ts'
import { stepSuite } from './suites/step.ts'
import { wasmSuite } from './suites/wasm.ts'
import { webgpuSuite } from './suites/webgpu.ts'
import type { Suite } from './suite.ts'

const suites: Readonly<Record<string, Suite>> = {
  gemm: gemmSuite,
  step: stepSuite,
  layers: layersSuite,
  startup: startupSuite,
  compile: compileSuite,
  memory: memorySuite,
  wasm: wasmSuite,
  browser: browserSuite,
  webgpu: webgpuSuite,
}

const usage = `npm run bench -- SUITE... [--json FILE] [--case TEXT]

SUITE is one of ${Object.keys(suites).join(', ')}, or all.
--json FILE  also writes the figures as JSON
--case TEXT  only cases whose name contains TEXT
--software-gpu  lets webgpu run on an adapter that computes on the processor, with small cases

Peers are installed by bench/setup. Example: npm run bench -- gemm --case 1152`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    case: { type: 'string' },
    'software-gpu': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
})
const chosen = positionals.flatMap((wanted) => (wanted === 'all' ? Object.keys(suites) : [wanted]))
const unknown = chosen.find((name) => suites[name] === undefined)
if (values.help === true || chosen.length === 0 || unknown !== undefined) {
  if (unknown !== undefined) console.error(`bench: expected one of ${Object.keys(suites).join(', ')} or all, got '${unknown}'.\n`)
  console.log(usage)
  process.exit(values.help === true ? 0 : 2)
}

const includes = (name: string): boolean => name.includes(values.case ?? '')
const field = new Field()
const rows: Row[] = []
try {
  const machine = new Machine(field)
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`)
  for (const name of chosen) {
    console.log(`\n${name}`)
    for await (const row of suites[name]?.({ field, machine, includes, softwareGpu: values['software-gpu'] }) ?? []) {
      rows.push(row)
      console.log(`  ${describe(row)}`)
    }
  }
  console.log(`\n${tableOf(rows)}\n`)
  for (const line of [...machine.report(), ...(await field.introductions())]) console.log(line)
} finally {
  await field.close()
}
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify(
      rows.map((row) => row.figure),
      undefined,
      2,
    )}\n`,
  )
