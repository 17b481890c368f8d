// Makes dist/browser/tenon.min.js: all that a page needs as one minified ES module, no bundler needed to use it. Beside it, fetched on demand:
// the WebGPU backend, which takes the parts of core and compiler that it shares with the first file from there, and the worker of its host.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { minify } from '@swc/core'
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A built file. */
export interface BuiltFile {
  readonly name: string
  readonly text: string
  /** Bytes as served with gzip. */
  readonly packedBytes: number
}

const front = 'src/browser/index.ts'
const everyday = 'src/browser/everyday.ts'
const webgpu = 'src/backends/webgpu/index.ts'
const hostWorker = 'src/backends/webgpu/host-worker.ts'
const webgpuFile = 'tenon-webgpu.min.js'

const settings = {
  absWorkingDir: root,
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  // What only Node has is left out.
  define: { process: 'undefined' },
  // Declarations of fields take no room.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  metafile: true,
  write: false,
} as const satisfies BuildOptions

/** Bundles the front door of the browser and what it fetches on demand; nothing is written. */
export async function bundleForBrowser(): Promise<BuiltFile[]> {
  const shared = await sharedModules()
  const texts = await Promise.all([
    bundled({ entryPoints: [front], format: 'esm', plugins: [offersShared(shared)] }),
    bundled({
      entryPoints: [webgpu],
      format: 'iife',
      globalName: 'backend',
      banner: { js: 'const address = import.meta.url\nexport function open(shared) {' },
      footer: { js: 'return backend\n}' },
      define: { ...settings.define, 'import.meta.url': 'address' },
      // Only asked in Node, which does not load this file.
      logOverride: { 'empty-import-meta': 'silent' },
      plugins: [await takesShared(shared)],
    }),
    bundled({ entryPoints: [hostWorker], format: 'esm' }),
  ])
  return Promise.all(['tenon.min.js', webgpuFile, 'host-worker.js'].map((name, i) => minified(name, texts[i] ?? '')))
}

async function bundled(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    ...settings,
    ...options,
    plugins: [withoutExplanations, withoutIndentation, ...(options.plugins ?? [])],
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

/** What packs best: constants and statements as they are written; functions as arrows and methods, which no code here calls with `new`. */
const compress = { ecma: 2022, module: true, passes: 5, sequences: false, evaluate: false, unsafe_arrows: true, unsafe_methods: true } as const

/** Minifies a module; esbuild's own names pack 4 % worse. */
export async function minified(name: string, text: string): Promise<BuiltFile> {
  const { code } = await minify(text, { module: true, ecma: 2022, compress, mangle: { toplevel: true } })
  return { name, text: code, packedBytes: gzipSync(code, { level: 9 }).length }
}

/** Core, compiler, the WebAssembly device, models and the usual layers: the front door for pages that count bytes, as one module. */
export async function coreForBrowser(): Promise<BuiltFile> {
  return minified('core', await bundled({ entryPoints: [everyday], format: 'esm' }))
}

/** Modules of the first file that modules of the second import, as paths from the root. */
async function sharedModules(): Promise<string[]> {
  const [first, second] = await Promise.all([
    build({ ...settings, entryPoints: [front], format: 'esm', external: ['*/webgpu/index.ts'] }),
    build({ ...settings, entryPoints: [webgpu], format: 'esm' }),
  ])
  const own = usedBy(first.metafile)
  const others = [...usedBy(second.metafile)].filter((path) => !own.has(path))
  const imported = others.flatMap((path) => second.metafile.inputs[path]?.imports.map((each) => each.path) ?? [])
  return [...new Set(imported)].filter((path) => own.has(path)).sort()
}

const usedBy = ({ outputs }: Metafile): Set<string> => new Set(Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)))

/** What a program does is explained in Node (`tenon explain`), and plans are verified in tests there: a page loads neither. */
const withoutExplanations: Plugin = {
  name: 'without explanations',
  setup({ onLoad }) {
    const explanations = `import { ConfigError } from '../core/errors.ts'
      export function graphLines() {
        throw new ConfigError('explain: expected Node, got a page. Use tenon explain.')
      }
      export const explainKernel = graphLines, explainMemory = graphLines`
    const verification = `export const isVerifying = () => false
      export function verifyOrder() {}
      export const verifyPlan = verifyOrder`
    const resolveDir = join(root, 'src/compiler')
    onLoad({ filter: /compiler\/explain\.ts$/ }, () => ({ contents: explanations, resolveDir, loader: 'js' }))
    onLoad({ filter: /compiler\/verify\.ts$/ }, () => ({ contents: verification, resolveDir, loader: 'js' }))
  },
}

/** The text of WebAssembly's workers is a literal, which no minifier touches. */
const withoutIndentation: Plugin = {
  name: 'without indentation',
  setup({ onLoad }) {
    onLoad({ filter: /wasm\/worker-source\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/\n +/g, '\n'),
      loader: 'ts',
    }))
  },
}

/** In the first file: what fetches the second hands the shared modules to it. */
function offersShared(shared: readonly string[]): Plugin {
  const imports = shared.map((path, i) => `import * as m${i} from ${JSON.stringify(join(root, path))}`).join('\n')
  const offered = shared.map((path, i) => `${JSON.stringify(path)}: m${i}`).join(', ')
  const contents = `${imports}\nexport const fetchWebgpu = async () => (await import('./${webgpuFile}')).open({ ${offered} })`
  return {
    name: 'offers shared modules',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /\.min\.js$/ }, ({ path }) => ({ path, external: true }))
      onLoad({ filter: /webgpu-on-demand\.ts$/ }, () => ({ contents, resolveDir: root, loader: 'ts' }))
    },
  }
}

/** In the second file: shared modules are what `open` is given. */
async function takesShared(shared: readonly string[]): Promise<Plugin> {
  const { metafile } = await build({ ...settings, bundle: false, entryPoints: [...shared], format: 'esm', outdir: 'shared' })
  const contents = new Map(
    Object.values(metafile.outputs).map(({ entryPoint = '', exports }) => [
      join(root, entryPoint),
      `export const { ${exports.join(', ')} } = shared[${JSON.stringify(entryPoint)}]`,
    ]),
  )
  return {
    name: 'takes shared modules',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const own = contents.get(path)
        return own === undefined ? undefined : { contents: own, loader: 'js' }
      })
    },
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = join(root, 'dist/browser')
  await mkdir(folder, { recursive: true })
  for (const { name, text, packedBytes } of await bundleForBrowser()) {
    await writeFile(join(folder, name), text)
    console.log(`dist/browser/${name}: ${(text.length / 1000).toFixed(0)} kB, ${(packedBytes / 1000).toFixed(1)} kB packed`)
  }
}
