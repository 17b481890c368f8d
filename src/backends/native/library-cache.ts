// Compiled libraries on disk, keyed by their text, the compiler and the processor. Entries appear whole or not at all, a damaged one is built
// anew, and where the folder cannot be written a temporary one serves.

import { createHash } from 'node:crypto'
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CCompiler, type CUnit, compilerFlags, compileUnits, compileUnitsAsync } from './c-compiler.ts'
import { thisMachine } from './target.ts'

let folder: { readonly setting: string; readonly path: string } | undefined

/** The folder of compiled libraries: TENON_CACHE_DIR, or `tenon` in the user's cache folder. */
export function cacheFolder(): string {
  const base = process.env.TENON_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tenon')
  if (folder?.setting === base) return folder.path
  const path = join(base, 'native')
  try {
    mkdirSync(path, { recursive: true })
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    folder = { setting: base, path }
  } catch {
    const temporary = mkdtempSync(join(tmpdir(), 'tenon-cache-'))
    process.once('exit', () => rmSync(temporary, { recursive: true, force: true }))
    folder = { setting: base, path: temporary }
  }
  return folder.path
}

const digest = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** The name of a library: equal for equal text, compiler and machine. */
export function libraryKey(compiler: CCompiler, source: string): string {
  return digest([source, compiler.identity, compilerFlags().join(' '), thisMachine().identity].join('\0')).slice(0, 40)
}

/** Whether the library of `key` is there and is what was written. */
function isWhole(key: string): boolean {
  try {
    const library = readFileSync(join(cacheFolder(), `${key}.so`))
    return readFileSync(join(cacheFolder(), `${key}.sum`), 'utf8') === digest(library)
  } catch {
    return false
  }
}

const verified = new Set<string>()

interface Missing extends CUnit {
  readonly key: string
}

function missing(compiler: CCompiler, sources: readonly string[]): { readonly paths: string[]; readonly units: Missing[] } {
  const units: Missing[] = []
  const paths = sources.map((source) => {
    const key = libraryKey(compiler, source)
    const path = join(cacheFolder(), `${key}.so`)
    if (verified.has(path) || units.some((u) => u.key === key)) return path
    if (isWhole(key)) verified.add(path)
    else units.push({ key, source, output: join(cacheFolder(), `${key}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`) })
    return path
  })
  return { paths, units }
}

/** Moves finished libraries to their names; the checksum last, so that a library without one counts as missing. */
function publish(units: readonly Missing[]): void {
  for (const { key, output } of units) {
    const path = join(cacheFolder(), `${key}.so`)
    const sum = digest(readFileSync(output))
    renameSync(output, path)
    writeFileSync(`${output}.sum`, sum)
    renameSync(`${output}.sum`, join(cacheFolder(), `${key}.sum`))
    verified.add(path)
  }
}

const discard = (units: readonly Missing[]): void => {
  for (const { output } of units) rmSync(output, { force: true })
}

/** The libraries of these texts, compiled where they are not there yet. */
export function libraries(compiler: CCompiler, sources: readonly string[]): string[] {
  const { paths, units } = missing(compiler, sources)
  if (units.length === 0) return paths
  try {
    compileUnits(compiler, units)
    publish(units)
  } finally {
    discard(units)
  }
  return paths
}

/** {@link libraries} without blocking the event loop while the compiler runs. */
export async function librariesAsync(compiler: CCompiler, sources: readonly string[]): Promise<string[]> {
  const { paths, units } = missing(compiler, sources)
  if (units.length === 0) return paths
  try {
    await compileUnitsAsync(compiler, units)
    publish(units)
  } finally {
    discard(units)
  }
  return paths
}
