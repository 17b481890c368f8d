// The system's C compiler: where it is, with which flags it is called, and many units compiled at once.

import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { DeviceError } from '../../core/errors.ts'
import { thisMachine } from './target.ts'

/** A C compiler that was found. */
export interface CCompiler {
  readonly path: string
  /** Changes when the compiler is replaced by another. */
  readonly identity: string
}

let found: CCompiler | null | undefined

/** The compiler: TENON_CC, CC, or the first of cc, gcc and clang in PATH; `undefined` where there is none. */
export function findCompiler(): CCompiler | undefined {
  if (found === undefined) found = search() ?? null
  return found ?? undefined
}

function search(): CCompiler | undefined {
  const wanted = process.env.TENON_CC ?? process.env.CC
  const names = wanted !== undefined && wanted !== '' ? [wanted] : ['cc', 'gcc', 'clang']
  for (const name of names) {
    const candidates = name.includes('/') ? [name] : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
    for (const path of candidates) {
      try {
        accessSync(path, constants.X_OK)
        const real = realpathSync(path)
        const { size, mtimeMs } = statSync(real)
        return { path, identity: `${real} ${size} ${mtimeMs}` }
      } catch {
        // Not there: the next candidate.
      }
    }
  }
  return undefined
}

/** Flags of every unit. No fast-math: NaN, ±∞ and −0 keep their meaning. */
export function compilerFlags(): string[] {
  const flags = '-O3 -march=native -std=gnu11 -ffp-contract=fast -fno-math-errno -fno-trapping-math -fopenmp-simd -fPIC -shared -w'.split(' ')
  if (thisMachine().target.vectorBytes === 64) flags.push('-mprefer-vector-width=512')
  return flags
}

/** One unit to compile: C text, and where the shared library goes. */
export interface CUnit {
  readonly source: string
  readonly output: string
}

/** A folder with the sources and a script that compiles them side by side, longest first. */
function prepare(compiler: CCompiler, units: readonly CUnit[]): { readonly folder: string; readonly script: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tenon-c-'))
  const lanes = Math.max(1, Math.min(units.length, availableParallelism()))
  const loads = new Array<number>(lanes).fill(0)
  const commands = loads.map((): string[] => [])
  const order = units.map((unit, i) => ({ unit, i })).sort((a, b) => b.unit.source.length - a.unit.source.length)
  for (const { unit, i } of order) {
    writeFileSync(join(folder, `${i}.c`), unit.source)
    const lane = loads.indexOf(Math.min(...loads))
    loads[lane] = (loads[lane] ?? 0) + unit.source.length + 20000
    commands[lane]?.push(`'${compiler.path}' ${compilerFlags().join(' ')} -o '${unit.output}' '${join(folder, `${i}.c`)}' -lm || exit 1`)
  }
  // A lane that fails is seen by `wait` on its number.
  const script = `${commands.map((lines) => `( ${lines.join('; ')} ) & p="$p $!"`).join('\n')}\nr=0; for i in $p; do wait $i || r=1; done; exit $r`
  return { folder, script }
}

function failure(compiler: CCompiler, status: number | null, output: string): DeviceError {
  return new DeviceError(
    `native: expected ${compiler.path} to compile a kernel, it ended with ${status ?? 'a signal'}: ${output.trim().slice(0, 2000)}. Set TENON_CC to another compiler, or TENON_DEVICE=reference.`,
  )
}

/** Compiles all units, as many at a time as there are cores. */
export function compileUnits(compiler: CCompiler, units: readonly CUnit[]): void {
  const { folder, script } = prepare(compiler, units)
  try {
    const { status, stderr, error } = spawnSync('sh', ['-c', script], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
    if (error !== undefined) throw failure(compiler, null, error.message)
    if (status !== 0) throw failure(compiler, status, stderr)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** {@link compileUnits} without blocking the event loop. */
export async function compileUnitsAsync(compiler: CCompiler, units: readonly CUnit[]): Promise<void> {
  const { folder, script } = prepare(compiler, units)
  try {
    const { status, stderr } = await new Promise<{ status: number | null; stderr: string }>((resolve, reject) => {
      const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'ignore', 'pipe'] })
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text
      })
      child.on('error', reject)
      child.on('close', (status) => resolve({ status, stderr }))
    })
    if (status !== 0) throw failure(compiler, status, stderr)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
