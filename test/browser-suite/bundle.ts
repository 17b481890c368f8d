// Bundles files of tests for a page: one module per file, with what they share in chunks, and stand-ins for what only Node has.

import { build, type Plugin } from 'esbuild'
import { join, resolve } from 'node:path'

const folder = import.meta.dirname
const standIns: Readonly<Record<string, string>> = {
  'node:test': join(folder, 'shims', 'node-test.ts'),
  'node:assert/strict': join(folder, 'shims', 'node-assert-strict.ts'),
}
const nodeFrontDoor = resolve('src', 'index.ts')

const standInPlugin: Plugin = {
  name: 'stand-ins for Node',
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ path }) => {
      const standIn = standIns[path]
      return standIn === undefined
        ? { errors: [{ text: `${path} has no stand-in for pages. List the test in test/device-tests.ts (notInPages), with the reason.` }] }
        : { path: standIn }
    })
    builder.onResolve({ filter: /^\.\.?\/.*\/index\.ts$/ }, ({ path, resolveDir }) =>
      resolve(resolveDir, path) === nodeFrontDoor ? { path: join(folder, 'front-door.ts') } : undefined,
    )
  },
}

/** The modules for a page by their paths: `worker.js`, which is started with a file's path, and what it imports. */
export async function bundleTests(files: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const outdir = resolve('.bundle')
  const { outputFiles } = await build({
    entryPoints: {
      worker: join(folder, 'worker.ts'),
      // Started by the WebGPU device, beside the chunk that it is in.
      'host-worker': join('src', 'backends', 'webgpu', 'host-worker.ts'),
      ...Object.fromEntries(files.map((file) => [file.replace(/\.ts$/, ''), join('test', file)])),
    },
    outdir,
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    keepNames: true,
    plugins: [standInPlugin],
    logLevel: 'silent',
  })
  return new Map(outputFiles.map((file) => [file.path.slice(outdir.length + 1).replaceAll('\\', '/'), file.contents]))
}
