// Bundles files of tests for Node: one module per file, with what they share in chunks. A file starts several times faster so than from the sources,
// whose modules, some four hundred, are found, read and translated one by one in every process.

import { build, type Plugin } from 'esbuild'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Bundled tests. */
export interface BundledTests {
  /** The module that was made of a file, by the file's path under test/. */
  readonly moduleOf: (file: string) => string
  /** The tenon command. */
  readonly command: string
  readonly remove: () => void
}

/**
 * Tests, and scripts that they use, find what lies beside them by their address, which stays that of their source. Modules of src have the address
 * of their chunk, as in the package.
 */
const ownAddress: Plugin = {
  name: 'own address',
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = readFileSync(path, 'utf8')
      if (!source.includes('import.meta') || relative('src', path).split(sep)[0] !== '..') return undefined
      const { code } = await builder.esbuild.transform(source, {
        loader: 'ts',
        sourcefile: path,
        sourcemap: 'inline',
        define: {
          'import.meta.url': JSON.stringify(pathToFileURL(path).href),
          'import.meta.dirname': JSON.stringify(dirname(path)),
        },
      })
      return { contents: code }
    })
  },
}

/** Bundles files, given by their paths under test/, into a folder of their own, from where packages are found as from the sources. */
export async function bundleTests(files: readonly string[]): Promise<BundledTests> {
  const cache = resolve('.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'tests-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    await build({
      entryPoints: {
        // Makes chunks, all in one folder, of what the front door leads to: WebGPU's thread starts with a module beside the one that starts it.
        index: join('src', 'index.ts'),
        command: join('src', 'cli', 'main.ts'),
        'host-worker': join('src', 'backends', 'webgpu', 'host-worker.ts'),
        ...Object.fromEntries(files.map((file) => [`test/${file.replace(/\.ts$/, '')}`, join('test', file)])),
      },
      outdir: folder,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      keepNames: true,
      sourcemap: 'linked',
      sourcesContent: false,
      plugins: [ownAddress],
      logLevel: 'silent',
    })
  } catch (error) {
    remove()
    throw error
  }
  return { moduleOf: (file) => join(folder, 'test', file.replace(/\.ts$/, '.js')), command: join(folder, 'command.js'), remove }
}
