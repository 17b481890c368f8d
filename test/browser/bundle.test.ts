import assert from 'node:assert/strict'
import test from 'node:test'
import { build } from 'esbuild'
import { bundleForBrowser, coreForBrowser } from '../../scripts/build-browser.ts'

const [bundle] = await bundleForBrowser()
assert.ok(bundle !== undefined)

test('the bundle: core, compiler, WebAssembly, models with the everyday names and the usual layers are at most 144 kB, minified and gzipped', async () => {
  const { packedBytes } = await coreForBrowser()
  assert.ok(packedBytes <= 144_000, `${packedBytes} bytes`)
})

test('the bundle: imports nothing but the WebGPU backend, on demand', () => {
  assert.deepEqual(
    [...bundle.text.matchAll(/\bimport\s*(?:\(|[^(;]*?from\s*)["'`]([^"'`]+)/g)].map((match) => match[1]),
    ['./tenon-webgpu.min.js'],
  )
})

/** Bytes of what a bundler for pages makes of a program. */
async function bytesOf(program: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: 'src', loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    splitting: true,
    outdir: 'out',
    write: false,
  })
  return outputFiles.reduce((sum, { path, contents }) => sum + (path.endsWith('stdin.js') ? contents.length : 0), 0)
}

test('a bundler: leaves out what a program does not use', async () => {
  const all = await bytesOf("import * as tenon from './browser/index.ts'\nconsole.log(tenon)")
  const tensorAndDevice = await bytesOf("import { tensor } from './browser/index.ts'\nconsole.log(tensor([1]).add(1).dataSync())")
  const tensorAlone = await bytesOf("import { tensor } from './core/index.ts'\nconsole.log(tensor)")
  assert.ok(tensorAndDevice < 0.75 * all, `${tensorAndDevice} of ${all} bytes`)
  assert.ok(tensorAlone < 0.2 * all, `${tensorAlone} of ${all} bytes`)
})
