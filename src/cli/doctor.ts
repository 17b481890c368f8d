// tenon doctor: the devices of this machine, which one is chosen and why, what it reaches, and what would make it faster.

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { cacheFolder, findCompiler, thisMachine } from '../backends/native/index.ts'
import { wasmFacts } from '../backends/wasm/index.ts'
import type { Command } from './command.ts'
import { type DeviceFindings, findDevices } from './device-findings.ts'
import { memoryBandwidth, productPeak } from './machine-peak.ts'
import { quantity } from './quantities.ts'
import { runtimeName } from './runtime-name.ts'

/** What doctor finds; printed as it is with --json. */
interface Findings {
  readonly runtime: { readonly name: string; readonly version: string }
  readonly processor: { readonly model: string; readonly cores: number; readonly threads: number; readonly vectorUnits: string }
  readonly compiler: { readonly path: string; readonly version: string } | undefined
  readonly cacheFolder: string
  readonly devices: readonly DeviceFindings[]
  readonly chosen: { readonly name: string; readonly why: string }
  /** GFLOP/s and GB/s on the chosen device; undefined where it is the interpreter, whose speed says nothing of the machine. */
  readonly measured: { readonly productGflops: number; readonly bandwidthGBs: number } | undefined
  readonly advice: readonly string[]
}

/** `tenon doctor`. */
export const doctor: Command = {
  summary: 'what this machine has, which device is chosen and why, how fast it is',
  help: `tenon doctor [--json]

Shows the devices found with what each has to compute with, the one chosen, the C compiler, vector units and cores, the measured peak of matrix
products and of memory, and what would make Tenon faster here.

--json  the same as JSON

Example: tenon doctor --json`,
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } })
    const findings = await examine()
    console.log(values.json === true ? JSON.stringify(findings, undefined, 2) : report(findings))
  },
}

async function examine(): Promise<Findings> {
  const machine = thisMachine()
  const compiler = findCompiler()
  const devices = await findDevices()
  const chosen = devices.find((device) => device.isDefault)
  const isFast = chosen !== undefined && chosen.name !== 'reference' && chosen.usable
  const threads = Number(process.env.TENON_THREADS ?? machine.cores)
  const usable = devices.filter((device) => device.usable).map(({ name }) => name)
  return {
    runtime: runtimeName(),
    processor: { model: machine.model, cores: machine.cores, threads, vectorUnits: machine.vectorUnits },
    compiler: compiler === undefined ? undefined : { path: compiler.path, version: versionOf(compiler.path) },
    cacheFolder: cacheFolder(),
    devices,
    chosen: { name: chosen?.name ?? 'none', why: reasonFor(chosen, usable.length) },
    measured: isFast ? { productGflops: productPeak() / 1e9, bandwidthGBs: memoryBandwidth() / 1e9 } : undefined,
    advice: adviceFor({
      hasCompiler: compiler !== undefined,
      threads,
      cores: machine.cores,
      vectorUnits: machine.vectorUnits,
      chosen: chosen?.name,
      usable,
    }),
  }
}

function versionOf(path: string): string {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return stdout?.split('\n')[0]?.trim() ?? 'unknown version'
}

function reasonFor(chosen: DeviceFindings | undefined, usable: number): string {
  const forced = process.env.TENON_DEVICE ?? ''
  if (forced !== '') return chosen?.usable === false ? `TENON_DEVICE=${forced}, but it cannot be used: ${chosen.reason}` : `TENON_DEVICE=${forced}`
  if (chosen === undefined) return 'no device can be used'
  return usable === 1 ? 'the only one that can be used' : 'the fastest of those that can be used'
}

function adviceFor(found: {
  readonly hasCompiler: boolean
  readonly threads: number
  readonly cores: number
  readonly vectorUnits: string
  readonly chosen: string | undefined
  readonly usable: readonly string[]
}): string[] {
  const advice: string[] = []
  if (!found.hasCompiler)
    advice.push(
      'Install a C compiler (Debian, Ubuntu: apt install gcc; macOS: xcode-select --install): the native device is several times faster than WebAssembly.',
    )
  else if (found.chosen !== 'native' && found.usable.includes('native')) advice.push('Unset TENON_DEVICE: the native device can be used here.')
  if (found.chosen === 'wasm' && !wasmFacts().relaxedSimd.usable)
    advice.push('Use a newer runtime (Node from version 22 on): its WebAssembly multiplies and adds at once.')
  if (found.threads < found.cores) advice.push(`Unset TENON_THREADS or set it to ${found.cores}: ${found.threads} of ${found.cores} cores are used.`)
  if (found.vectorUnits === 'SSE') advice.push('This processor has no AVX2: one that has is four times faster at the same clock.')
  return advice
}

function deviceRows({ name, usable, reason, details }: DeviceFindings, chosen: Findings['chosen']): [string, string][] {
  const state = name === chosen.name ? `chosen: ${chosen.why}` : usable ? reason : `cannot be used: ${reason}`
  return [[`device ${name}`, state], ...details.map((detail): [string, string] => [`  ${detail.name}`, detail.text])]
}

function report({ runtime, processor, compiler, cacheFolder, devices, chosen, measured, advice }: Findings): string {
  const rows: [string, string][] = [
    ['processor', `${processor.model}, ${processor.cores} cores, ${processor.vectorUnits}`],
    ['threads', String(processor.threads)],
    ['runtime', `${runtime.name} ${runtime.version}`],
    ['C compiler', compiler === undefined ? 'none found' : `${compiler.path} (${compiler.version})`],
    ['kernel cache', cacheFolder],
    ...devices.flatMap((device) => deviceRows(device, chosen)),
  ]
  if (measured !== undefined) {
    rows.push(['matrix product', `${quantity(measured.productGflops * 1e9, 'FLOP/s')} (1152 × 1152 × 1152, the best round)`])
    rows.push(['memory', `${quantity(measured.bandwidthGBs * 1e9, 'B/s')} read and written`])
  }
  rows.push(['to go faster', advice[0] ?? 'nothing to do: everything that Tenon uses is here'])
  for (const more of advice.slice(1)) rows.push(['', more])
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, text]) => `${label.padEnd(width)}  ${text}`).join('\n')
}
