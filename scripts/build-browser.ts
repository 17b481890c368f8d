// Makes dist/browser/tenon.min.js: all that a page needs as one minified ES module, no bundler needed to use it. Prints its size.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type BuildOptions, type Metafile } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A built file. */
export interface BuiltFile {
  readonly name: string
  readonly text: string
  /** Bytes as served with gzip. */
  readonly packedBytes: number
  readonly metafile: Metafile
}

const settings = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  metafile: true,
  write: false,
} as const satisfies BuildOptions

/** Bundles the front door of the browser; nothing is written. */
export async function bundleForBrowser(): Promise<BuiltFile[]> {
  const name = 'tenon.min.js'
  const { outputFiles, metafile } = await build({ ...settings, entryPoints: ['src/browser/index.ts'], outfile: name })
  const text = outputFiles[0]?.text ?? ''
  return [{ name, text, packedBytes: gzipSync(text, { level: 9 }).length, metafile }]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = join(root, 'dist/browser')
  await mkdir(folder, { recursive: true })
  for (const { name, text, packedBytes } of await bundleForBrowser()) {
    await writeFile(join(folder, name), text)
    console.log(`dist/browser/${name}: ${(text.length / 1000).toFixed(0)} kB, ${(packedBytes / 1000).toFixed(1)} kB packed`)
  }
}
