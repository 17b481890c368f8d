// The libraries as one minified ES module each, as a page loads them, and how large they are.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type BuildOptions } from 'esbuild'
import { bundleForBrowser, coreForBrowser, minified } from '../scripts/build-browser.ts'
import { MissingContestant } from './contestant.ts'
import { peerFolder, peerVersion } from './peers/packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** One library, ready to be served. */
export interface Library {
  readonly name: string
  readonly version: string
  /** The module's text. */
  readonly text: string
  /** Bytes that a page loads, gzipped: the module, and the WebAssembly it loads beside itself. */
  readonly packedBytes: number
  /** The folder of files that the module loads beside itself. */
  readonly files?: string
}

const packed = (content: Uint8Array): number => gzipSync(content, { level: 9 }).length

/** A peer's packages as one module. */
async function bundle(source: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(root, 'bench/peers'), loader: 'ts' },
    ...{ bundle: true, format: 'esm', platform: 'browser', target: 'es2022', legalComments: 'none', logLevel: 'silent' },
    ...options,
    write: false,
  })
  return outputFiles?.[0]?.text ?? ''
}

/** Tenon's core, compiler, layers and WebAssembly device, and no more. */
export async function tenonCore(): Promise<Library> {
  return { ...(await coreForBrowser()), name: 'Tenon', version: tenonVersion() }
}

/** The module that the package ships for pages. */
export async function tenonWhole(): Promise<Library> {
  const [front] = await bundleForBrowser()
  if (front === undefined) throw new Error('expected the module for pages, the build made none')
  return { ...front, name: 'Tenon', version: tenonVersion() }
}

/** TensorFlow.js: core, layers and the WebAssembly backend. */
export function tensorflow(): Promise<Library> {
  return peer('TensorFlow.js', '@tensorflow/tfjs', async () => {
    // esbuild minifies it: it hands functions to its threads as text, which a minifier that renames across the module breaks.
    const text = await bundle(
      `export * from '@tensorflow/tfjs-core'
       export { layers, sequential } from '@tensorflow/tfjs-layers'
       export { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'`,
      { minify: true },
    )
    const files = join(peerFolder('@tensorflow/tfjs-backend-wasm'), 'dist')
    // What it loads where there are no threads: its smallest file with SIMD.
    return { text, packedBytes: packed(Buffer.from(text)) + packed(readFileSync(join(files, 'tfjs-backend-wasm-simd.wasm'))), files }
  })
}

/** jax-js, without its GPU backends, which it loads only when asked for them. */
export function jax(): Promise<Library> {
  return peer('jax-js', '@jax-js/jax', async () =>
    minified('jax-js', await bundle(`export * from '@jax-js/jax'`, { external: ['./webgpu-*', './webgl-*'] })),
  )
}

async function peer(name: string, packageName: string, make: () => Promise<Omit<Library, 'name' | 'version'>>): Promise<Library> {
  try {
    return { ...(await make()), name, version: peerVersion(packageName) }
  } catch (error) {
    throw new MissingContestant(`${name}: not installed, run bench/setup`, { cause: error })
  }
}

const tenonVersion = (): string => /"version": "([^"]+)"/.exec(readFileSync(join(root, 'package.json'), 'utf8'))?.[1] ?? 'unknown'
