// The packages that bench/setup installs here: the JavaScript peers.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const manifest = new URL('package.json', import.meta.url)
const require = createRequire(manifest)

/** The module of a peer's package. Where it is not installed, the process says so and ends: the harness reports it as missing. */
export function peerPackage(name: string) {
  try {
    return require(name)
  } catch (error) {
    console.error(
      error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND' ? `${name} is not installed, run bench/setup` : error,
    )
    process.exit(1)
  }
}

/** The folder of a peer's package. */
export const peerFolder = (name: string): string => join(dirname(fileURLToPath(manifest)), 'node_modules', name)

/** The version of a peer's package. */
export function peerVersion(name: string): string {
  return /"version": "([^"]+)"/.exec(readFileSync(join(peerFolder(name), 'package.json'), 'utf8'))?.[1] ?? 'unknown'
}
