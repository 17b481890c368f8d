// Libraries in tabs of a real browser: each is served from an origin of its own, with the headers that allow shared memory.

import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findChromium } from '../test/browser-suite/chromium.ts'
import { MissingContestant } from './contestant.ts'
import type { Library } from './page-bundles.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cache-control': 'no-store',
}

/** The time since navigation began is what a page's clock shows. */
const html = (script: string): string => `<!doctype html><meta charset="utf-8"><title>bench</title><script type="module">${script}</script>`

const firstStepPage = html(`
  import { firstStep } from '/page.js'
  globalThis.finished = firstStep().then(() => performance.now() / 1000)`)

const productPage = (query: string): string =>
  html(`
  import { product } from '/page.js${query}'
  import { repeat } from '/repeat.js'
  globalThis.prepare = async (size) => { globalThis.prepared = await product(size) }
  globalThis.time = (seconds) => repeat(globalThis.prepared, seconds)`)

/** A library and the module of bench/pages that uses it, served. */
export class Site {
  readonly library: Library
  private readonly server: Server
  private readonly address: string

  private constructor(library: Library, server: Server) {
    this.library = library
    this.server = server
    const at = server.address()
    this.address = `http://localhost:${typeof at === 'object' && at !== null ? at.port : 0}`
  }

  /** Serves `library` under /library.js and `page`, a file of bench/pages, under /page.js; `query` is added to the latter's address. */
  static async start(library: Library, page: string, query = ''): Promise<Site> {
    const scripts = new Map([
      ['/library.js', library.text],
      ['/page.js', await script(`pages/${page}`)],
      ['/repeat.js', await script('repeat.ts')],
      ['/first-step.html', firstStepPage],
      ['/product.html', productPage(query)],
    ])
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname
      const body = scripts.get(path) ?? fileIn(library.files, path)
      if (body === undefined) response.writeHead(404, headers).end()
      else response.writeHead(200, { 'content-type': typeOf(path), ...headers }).end(body)
    })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    return new Site(library, server)
  }

  /** Seconds from navigation to the first training step's loss, in a new context of the browser: no file of an earlier visit is kept. */
  async firstStep(browser: Browser): Promise<number> {
    const context = await browser.newContext()
    try {
      const page = await this.open(await context.newPage(), 'first-step.html', 'finished')
      return Number(await page.evaluate('globalThis.finished'))
    } finally {
      await context.close()
    }
  }

  /** A tab that has the product of two matrices prepared and warm. */
  async openProduct(browser: Browser, size: number): Promise<Page> {
    const page = await this.open(await browser.newPage(), 'product.html', 'prepare')
    await page.evaluate(`globalThis.prepare(${size})`)
    await page.evaluate('globalThis.time(0.5)')
    return page
  }

  /** Opens a page and waits until its script has set a global variable. What the script throws instead is thrown here. */
  private async open(page: Page, file: string, variable: string): Promise<Page> {
    const failed = new Promise<never>((_, reject) => page.once('pageerror', (error) => reject(new MissingContestant(error.message))))
    await page.goto(`${this.address}/${file}`, { waitUntil: 'load' })
    await Promise.race([page.waitForFunction(`globalThis.${variable}`), failed])
    return page
  }

  /** Stops serving. */
  close(): void {
    this.server.close()
    this.server.closeAllConnections()
  }
}

/** A file that a library loads beside itself. */
function fileIn(folder: string | undefined, path: string): Uint8Array | undefined {
  const file = folder === undefined || !/^\/[-\w.]+$/.test(path) ? undefined : join(folder, path)
  return file === undefined || !existsSync(file) ? undefined : readFileSync(file)
}

const typeOf = (path: string): string =>
  path.endsWith('.html') ? 'text/html; charset=utf-8' : path.endsWith('.wasm') ? 'application/wasm' : 'text/javascript; charset=utf-8'

/** A TypeScript file as a module for a page. */
async function script(path: string): Promise<string> {
  const { outputFiles } = await build({
    ...{ entryPoints: [here(path)], bundle: true, write: false, format: 'esm', target: 'es2022' },
    plugins: [{ name: 'tenon', setup: ({ onResolve }) => onResolve({ filter: /^tenon$/ }, () => ({ path: '/library.js', external: true })) }],
  })
  return outputFiles[0]?.text ?? ''
}

/** What WebGPU is to be in the browser: absent, of the machine's GPU, or computed on the processor. */
export type BrowserGpu = 'none' | 'hardware' | 'software'

const gpuFlags: Readonly<Record<BrowserGpu, readonly string[]>> = {
  none: [],
  hardware: ['--enable-unsafe-webgpu', '--enable-features=Vulkan'],
  software: ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-webgpu-adapter=swiftshader'],
}

/** Starts Chromium, headless. */
export function startBrowser(gpu: BrowserGpu = 'none'): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new MissingContestant('there is no Chromium in PATH; install it, or set TENON_CHROMIUM to one')
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', ...gpuFlags[gpu]],
  })
}
