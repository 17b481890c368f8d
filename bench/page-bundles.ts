// The libraries as one minified ES module each, as a page loads them, and how large they are.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
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

const packed = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length

async function bundle(source: string, folder: string, external: readonly string[] = []): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, loader: 'ts' },
    ...{ bundle: true, minify: true, write: false, format: 'esm', platform: 'browser', target: 'es2022', legalComments: 'none', logLevel: 'silent' },
    external: [...external],
  })
  return outputFiles[0]?.text ?? ''
}

/** Tenon's core, compiler, layers and WebAssembly device, and no more. */
export async function tenonCore(): Promise<Library> {
  const text = await bundle(
    `import { createWasmDevice, wasmUnavailable } from './backends/wasm/index.ts'
     import { deviceEvaluator, registerDevice } from './compiler/index.ts'
     import { setEvaluator } from './core/index.ts'
     registerDevice({ name: 'wasm', priority: 50, available: wasmUnavailable, create: createWasmDevice })
     setEvaluator(deviceEvaluator)
     export * from './compiler/index.ts'
     export * from './core/index.ts'
     export * from './nn/index.ts'`,
    join(root, 'src'),
  )
  return { name: 'Tenon', version: tenonVersion(), text, packedBytes: packed(text) }
}

/** All that Tenon offers a page: the module that the package ships. */
export async function tenonWhole(): Promise<Library> {
  const text = await bundle(`export * from './browser/index.ts'`, join(root, 'src'))
  return { name: 'Tenon', version: tenonVersion(), text, packedBytes: packed(text) }
}

/** TensorFlow.js: core, layers and the WebAssembly backend. */
export function tensorflow(): Promise<Library> {
  return peer('TensorFlow.js', '@tensorflow/tfjs', async () => {
    const text = await bundle(
      `export * from '@tensorflow/tfjs-core'
       export { layers, sequential } from '@tensorflow/tfjs-layers'
       export { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'`,
      join(root, 'bench/peers'),
    )
    const files = join(peerFolder('@tensorflow/tfjs-backend-wasm'), 'dist')
    // What it loads where there are no threads: its smallest file with SIMD.
    return { text, packedBytes: packed(text) + packed(readFileSync(join(files, 'tfjs-backend-wasm-simd.wasm'))), files }
  })
}

/** jax-js, without its GPU backends, which it loads only when asked for them. */
export function jax(): Promise<Library> {
  return peer('jax-js', '@jax-js/jax', async () => {
    const text = await bundle(`export * from '@jax-js/jax'`, join(root, 'bench/peers'), ['./webgpu-*', './webgl-*'])
    return { text, packedBytes: packed(text) }
  })
}

async function peer(name: string, packageName: string, make: () => Promise<Omit<Library, 'name' | 'version'>>): Promise<Library> {
  try {
    return { name, version: peerVersion(packageName), ...(await make()) }
  } catch (error) {
    throw new MissingContestant(`${name}: not installed, run bench/setup`, { cause: error })
  }
}

const tenonVersion = (): string => /"version": "([^"]+)"/.exec(readFileSync(join(root, 'package.json'), 'utf8'))?.[1] ?? 'unknown'
