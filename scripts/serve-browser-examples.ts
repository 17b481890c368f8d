// Serves examples/browser on this machine: pages as they are, their TypeScript without its types, the bundle, and the data sets.
//   npm run examples:browser                  with the headers that allow shared memory, so that WebAssembly computes on several threads
//   npm run examples:browser -- --plain       without them, as a simple host for static files would
//   npm run examples:browser -- --port 9000   on another port (default 8100; 0 takes any that is free)

import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { type BuiltFile, bundleForBrowser } from './build-browser.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = join(root, 'examples/browser')

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.gz': 'application/octet-stream',
}

/** What a page needs to have shared memory. */
const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

/** Options of {@link serveExamples}. */
export interface ServeOptions {
  /** Default 0: any that is free. */
  readonly port?: number
  /** Sends the headers that allow shared memory. Default true. */
  readonly isolated?: boolean
  /** More files, by path: what a test wants to have in a page. */
  readonly files?: Readonly<Record<string, string>>
}

/** A server that runs. */
export interface ExamplesServer {
  /** `http://localhost:8100` */
  readonly url: string
  close(): Promise<void>
}

/** What was built; servers of one process share it. */
let built: Promise<[bundle: BuiltFile[], scripts: [path: string, text: string][]]> | undefined

/** Builds the bundle and the pages' scripts, and serves them. */
export async function serveExamples({ port = 0, isolated = true, files = {} }: ServeOptions = {}): Promise<ExamplesServer> {
  built ??= Promise.all([bundleForBrowser(), pageScripts()])
  const [bundle, scripts] = await built
  const made = new Map([...Object.entries(files), ...scripts, ...bundle.map(({ name, text }) => [`/${name}`, text] as const)])
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    answer(response, path === '/' ? '/index.html' : path, made, isolated ? isolation : {}).catch((error: unknown) => response.destroy(asError(error)))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://localhost:${typeof address === 'object' && address !== null ? address.port : port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The pages' scripts as modules; the package they import is the bundle beside them. */
async function pageScripts(): Promise<[path: string, text: string][]> {
  const { outputFiles } = await build({
    entryPoints: ['digit.ts', 'gpt.ts', 'gpt-worker.ts'].map((file) => join(pages, file)),
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    outdir: pages,
    plugins: [
      {
        name: 'tenon',
        setup: ({ onResolve }) => onResolve({ filter: /^tenon$/ }, () => ({ path: './tenon.min.js', external: true })),
      },
    ],
  })
  return outputFiles.map(({ path, text }) => [`/${path.slice(pages.length + 1)}`, text])
}

async function answer(response: ServerResponse, path: string, made: ReadonlyMap<string, string>, headers: Readonly<Record<string, string>>) {
  const type = types[extname(path)]
  const body = type === undefined ? undefined : (made.get(path) ?? (await fileAt(path)))
  if (type === undefined || body === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain', ...headers }).end(`No ${path} here.\n`)
    return
  }
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache', ...headers }).end(body)
}

/** A file of the pages' folder or of the data sets, and of no other folder. */
async function fileAt(path: string): Promise<Uint8Array | undefined> {
  const file = join(path.startsWith('/datasets/') ? root : pages, path)
  const isInside = [pages, join(root, 'datasets')].some((folder) => file.startsWith(folder + sep))
  return isInside ? readFile(file).catch(() => undefined) : undefined
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8100' }, plain: { type: 'boolean', default: false } } })
  try {
    const { url } = await serveExamples({ port: Number(values.port), isolated: !values.plain })
    console.log(`Tenon in the browser: ${url}/  (stop with Ctrl+C)`)
  } catch (error) {
    console.error(`examples: expected to serve on port ${values.port}, got: ${asError(error).message}. Try another with --port.`)
    process.exitCode = 1
  }
}
