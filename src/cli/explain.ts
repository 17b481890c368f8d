// tenon explain FILE: the program that a file exports, as the compiler sees it.

import { parseArgs } from 'node:util'
import { ConfigError, currentDevice, type Explanation, type GraphFunction } from '../index.ts'
import type { Command } from './command.ts'
import { loadFile } from './load-file.ts'
import { quantity, table } from './quantities.ts'

/** Values of the graph that are shown without being asked for. */
const shownValues = 100

/** `tenon explain`. */
export const explain: Command = {
  summary: 'the program that a file exports: graph, kernels, memory, generated code',
  help: `tenon explain FILE [--graph] [--source] [--json]

FILE exports \`program\`, a function made by jit, and \`inputs\`, the list of arguments to trace it with. Shown are its graph after
simplification, its fused kernels with their arithmetic and memory traffic, and the memory plan.

--graph   all values of the graph; without it the first ${shownValues} of a large one
--source  also the generated code of each kernel
--json    everything as JSON

Example: tenon explain examples/training-step.ts --source`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { graph: { type: 'boolean' }, source: { type: 'boolean' }, json: { type: 'boolean' } },
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) {
      throw new ConfigError(`explain: expected one file, got ${positionals.length}. Example: tenon explain examples/training-step.ts`)
    }
    const graph = programOf(await loadFile('explain', file), file)
    const device = currentDevice()
    if (device.explain === undefined) {
      throw new ConfigError(
        `explain: expected a device that compiles, got '${device.name}', which interprets. Install a C compiler; see tenon doctor.`,
      )
    }
    const explanation = device.explain(graph)
    console.log(values.json === true ? JSON.stringify(explanation, undefined, 2) : report(explanation, values.graph === true, values.source === true))
  },
}

/** The traced graph. Only its form is looked at: the file may have imported another copy of Tenon. */
function programOf(exported: ReadonlyMap<string, unknown>, file: string): GraphFunction {
  const [program, inputs] = [exported.get('program'), exported.get('inputs')]
  const names = [...exported.keys()].join(', ') || 'nothing'
  if (typeof program !== 'function' || !('trace' in program) || typeof program.trace !== 'function') {
    throw new ConfigError(`explain '${file}': expected an export 'program' made by jit, got ${names}. Write export const program = jit(…).`)
  }
  if (!Array.isArray(inputs)) {
    throw new ConfigError(`explain '${file}': expected an export 'inputs', the arguments of 'program' in an array, got ${names}. Add it.`)
  }
  const graph: unknown = program.trace(...inputs)
  if (!isGraphFunction(graph))
    throw new ConfigError(`explain '${file}': expected 'program' to be made by jit, it traces to no graph. Use jit of tenon.`)
  return graph
}

function isGraphFunction(value: unknown): value is GraphFunction {
  return typeof value === 'object' && value !== null && 'inputs' in value && 'results' in value && 'donated' in value
}

function report({ device, graph, kernels, memory }: Explanation, withGraph: boolean, withSource: boolean): string {
  const sum = (of: (kernel: Explanation['kernels'][number]) => number): number => kernels.reduce((total, kernel) => total + of(kernel), 0)
  const parts: string[] = []
  const shown =
    withGraph || graph.length <= shownValues ? graph : [...graph.slice(0, shownValues), `… and ${graph.length - shownValues} more: --graph shows all`]
  parts.push(`graph, after simplification\n\n${shown.join('\n')}`)
  const rows = kernels.map(({ title, computes, flops, bytesRead, bytesWritten }, i) => [
    `${i + 1}  ${title}`,
    quantity(flops, 'FLOP'),
    quantity(bytesRead, 'B'),
    quantity(bytesWritten, 'B'),
    `  ${shortened(computes)}`,
  ])
  const total = [
    'total',
    quantity(
      sum((k) => k.flops),
      'FLOP',
    ),
    quantity(
      sum((k) => k.bytesRead),
      'B',
    ),
    quantity(
      sum((k) => k.bytesWritten),
      'B',
    ),
    '',
  ]
  parts.push(`${kernels.length} kernels on ${device}\n\n${kernelTable([['kernel', 'arithmetic', 'reads', 'writes', '  computes'], ...rows, total])}`)
  const plan = [
    ['memory', ''],
    ['inputs', quantity(memory.inputBytes, 'B')],
    ['results', quantity(memory.outputBytes, 'B')],
    ['results written over donated inputs', String(memory.inPlace)],
    ['intermediate values, planned', quantity(memory.arenaBytes, 'B')],
    ['the same without sharing memory', quantity(memory.unsharedBytes, 'B')],
    ...memory.largest.slice(0, 5).map(({ value, bytes }) => [`  ${value}`, quantity(bytes, 'B')]),
  ]
  parts.push(table(plan))
  if (withSource)
    parts.push(...kernels.map(({ title, source }, i) => `${i + 1}  ${title}\n\n${source ?? 'no text: it is a view or part of another kernel'}`))
  return parts.join('\n\n')
}

/** The table of kernels, its last column aligned to the left. */
function kernelTable(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map((row) => row[4]?.length ?? 0))
  return table(rows.map((row) => row.map((cell, i) => (i === 4 ? cell.padEnd(width) : cell))))
}

/** Operations in order, those that repeat counted: `multiply ×3, add, exp`. */
function shortened(computes: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of computes) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(', ')
}
