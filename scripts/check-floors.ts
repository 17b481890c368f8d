// The floors rule of docs/architecture.md: a file in src/ imports only from areas below its own, and from another area only what that area
// offers (its index.ts, its everyday.ts, or any file where the areas are listed as open to each other). `core`, `compiler`, `ops`, `nn`, `data`, `llm`,
// `browser` and the backends that run in a browser import no package and nothing of Node's; elsewhere a package must be one of the `dependencies`.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { pathToFileURL } from 'node:url'

/** Areas that each area may import; what those may import is allowed with them. */
const below: Readonly<Record<string, readonly string[]>> = {
  core: [],
  compiler: ['core'],
  'backends/reference': ['compiler'],
  'backends/native': ['compiler'],
  'backends/wasm': ['compiler'],
  'backends/webgpu': ['compiler'],
  'backends/cuda': ['compiler'],
  ops: ['core'],
  nn: ['compiler', 'ops'],
  data: ['ops'],
  io: ['nn'],
  llm: ['nn', 'data', 'io'],
  tune: ['nn'],
  rl: ['nn', 'data'],
  serve: ['io', 'llm'],
  distributed: ['nn'],
  index: ['nn', 'ops', 'data', 'io', 'llm', 'backends/reference', 'backends/native', 'backends/wasm', 'backends/webgpu', 'backends/cuda'],
  browser: ['nn', 'ops', 'data', 'io', 'llm', 'backends/wasm', 'backends/webgpu'],
  cli: ['index', 'tune', 'rl', 'serve', 'distributed'],
}

/** Areas whose every file is open to some others: the compiler and the backends work on the graph and the loop IR themselves. */
const open: Readonly<Record<string, (importer: string) => boolean>> = {
  core: (importer) => importer === 'compiler' || importer.startsWith('backends/'),
  compiler: (importer) => importer.startsWith('backends/'),
}

/** Areas that run in a browser: no package, nothing of Node's. */
const portable = new Set(['core', 'compiler', 'ops', 'nn', 'backends/reference', 'backends/wasm', 'backends/webgpu', 'data', 'llm', 'browser'])

/** One source file: its path inside the project, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

const importPattern = /^[ \t]*(?:import|export)\b(?:[^'"`;=]*?\bfrom)?\s*['"]([^'"\n]+)['"]|^[^*/\n]*\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/gm

/** What a file's import and export statements name, in order. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? '')
}

/** The area of a file in src/: its first folder, two for a backend; `index` for a file that stands in src/ itself. */
export function areaOf(path: string): string {
  const [, first = '', second = ''] = path.split('/')
  if (first.endsWith('.ts')) return 'index'
  return first === 'backends' && !second.endsWith('.ts') ? `backends/${second}` : first
}

function reachable(area: string): Set<string> {
  const seen = new Set<string>()
  const stack = [...(below[area] ?? [])]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    stack.push(...(below[next] ?? []))
  }
  return seen
}

/** One line per import that breaks the rule; `packages` are the names in package.json's `dependencies`. */
export function floorViolations(files: readonly SourceFile[], packages: readonly string[]): string[] {
  const violations: string[] = []
  for (const { path, text } of files) {
    const area = areaOf(path)
    if (below[area] === undefined) {
      violations.push(`${path}: expected a folder of the table in docs/architecture.md, got '${area}'. Add its floor to scripts/check-floors.ts.`)
      continue
    }
    const allowed = reachable(area)
    for (const specifier of importsOf(text)) {
      const problem = specifier.startsWith('.')
        ? relativeProblem(area, allowed, normalize(join(dirname(path), specifier)))
        : packageProblem(area, specifier, packages)
      if (problem !== undefined) violations.push(`${path}: imports '${specifier}', ${problem}`)
    }
  }
  return violations
}

function relativeProblem(area: string, allowed: ReadonlySet<string>, target: string): string | undefined {
  if (!target.startsWith('src/')) return 'which is outside src/. Move it, or what needs it.'
  const targetArea = areaOf(target)
  if (targetArea === area) return undefined
  if (!allowed.has(targetArea)) return `but ${area} may import ${allowed.size === 0 ? 'no other area' : `only ${[...allowed].sort().join(', ')}`}.`
  if (target.endsWith('/index.ts') || target === `src/${targetArea}/everyday.ts` || open[targetArea]?.(area) === true) return undefined
  return `a file inside ${targetArea}. Import from its index.ts.`
}

function packageProblem(area: string, specifier: string, packages: readonly string[]): string | undefined {
  if (portable.has(area)) return `but ${area} runs in a browser: it imports no package and nothing of Node's.`
  if (specifier.startsWith('node:')) return undefined
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  return packages.includes(name) ? undefined : `which is not among the dependencies in package.json.`
}

/** Every TypeScript file in src/, relative to the working directory. */
export function readSources(): SourceFile[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((path) => `src/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
}

/** The names in package.json's `dependencies` and `optionalDependencies`. */
export function readPackages(): string[] {
  const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'))
  if (typeof manifest !== 'object' || manifest === null) return []
  return Object.entries(manifest)
    .filter(([key]) => key === 'dependencies' || key === 'optionalDependencies')
    .flatMap(([, value]: [string, unknown]) => (typeof value === 'object' && value !== null ? Object.keys(value) : []))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const violations = floorViolations(readSources(), readPackages())
  for (const violation of violations) console.error(violation)
  if (violations.length > 0) process.exitCode = 1
}
