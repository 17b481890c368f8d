// Pages with nothing but the bundle, for tests that run a few lines in them.

import { serveExamples } from '../../scripts/serve-browser-examples.ts'
import { withPage } from './chromium.ts'

/** A page as a user without a bundler writes it: an import map names the one file. */
const page = `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "tenon": "./tenon.min.js" } }</script>
`

/** Where and how a program runs. */
export interface BarePageOptions {
  /** With the headers that allow shared memory. Default true. */
  readonly isolated?: boolean
  /** In a module worker of the page, where `tenon` is imported by its address. Default false. */
  readonly inWorker?: boolean
  /** Run in the page before everything else. */
  readonly before?: string
}

/** What the body of an async function gives in a fresh page where `tenon` is imported; plain data. */
export async function inBarePage(body: string, { isolated = true, inWorker = false, before = '' }: BarePageOptions = {}): Promise<unknown> {
  const program = `${before}\nconst run = async (tenon) => {\n${body}\n}\n`
  const caught = `(error) => ({ failed: error.name + ': ' + error.message })`
  const worker = `import * as tenon from './tenon.min.js'\n${program}\nrun(tenon).catch(${caught}).then((result) => postMessage(result))`
  const server = await serveExamples({ isolated, files: { '/bare.html': page, '/bare-worker.js': worker } })
  const starter = `new Promise((resolve, reject) => {
    const worker = new Worker('./bare-worker.js', { type: 'module' })
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = ({ message }) => reject(new Error(message))
  })`
  let result: unknown
  try {
    await withPage({}, async (page) => {
      await page.goto(`${server.url}/bare.html`)
      result = await page.evaluate(inWorker ? starter : `(async () => {\n${program}\nreturn run(await import('tenon')).catch(${caught})\n})()`)
    })
  } finally {
    await server.close()
  }
  return result
}
