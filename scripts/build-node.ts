// Makes dist/node: the package's modules as few files for Node, Deno and Bun. Finding, reading and compiling some three hundred modules one by one
// takes several times as long as the same text in a handful of files. Pages and their bundlers take the modules one by one, to leave out what
// they do not use.

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Where a file for Node is made from: `dist/node/nn/index.js` from `dist/nn/index.js`. */
const folder = './dist/node/'

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The files for Node that package.json names, each with the module it is made from, relative to dist. */
function entries(root: string): string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const found: string[] = []
  const collect = (value: unknown): void => {
    if (typeof value === 'string' && value.startsWith(folder)) found.push(value.slice(folder.length))
    else if (isRecord(value)) for (const inner of Object.values(value)) collect(inner)
  }
  if (isRecord(manifest)) for (const key of ['exports', 'bin']) collect(manifest[key])
  return [...new Set(found)]
}

/** Bundles the modules below `dist` of a package in `root` into `dist/node`. */
export async function bundleForNode(root: string): Promise<void> {
  const dist = join(root, 'dist')
  rmSync(join(dist, 'node'), { recursive: true, force: true })
  await build({
    absWorkingDir: dist,
    // What lies beside a module by its address lies beside the bundle's parts, all in one folder: the module that WebGPU's thread starts with.
    entryPoints: [
      ...entries(root).map((path) => ({ in: path, out: path.replace(/\.js$/, '') })),
      { in: 'backends/webgpu/host-worker.js', out: 'host-worker' },
    ],
    outdir: join(dist, 'node'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    legalComments: 'none',
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleForNode(fileURLToPath(new URL('..', import.meta.url)))
