// Runs files of tests in workers of one page and gives what they report.

import type { Page } from 'playwright-core'
import type { WorstError } from '../primitives/worst-errors.ts'
import { bundleTests } from './bundle.ts'
import { startChromium } from './chromium.ts'
import { servePage } from './page-server.ts'
import type { Message, TestReport } from './test-report.ts'

/** What came of one file. */
export interface FileResult {
  readonly tests: readonly TestReport[]
  readonly errors: readonly WorstError[]
  /** Why the file did not run to its end. */
  readonly broken?: string
}

/** A page in a browser that runs tests. */
export interface PageRunner {
  /** `Chromium 156.0…`. */
  readonly browser: string
  /** Runs a file of tests with these settings (as environment variables), at most `limit` milliseconds. */
  run(file: string, environment: Readonly<Record<string, string>>, limit: number): Promise<FileResult>
  /** What an expression gives in the page. */
  ask(expression: string): Promise<unknown>
  close(): Promise<void>
}

/** Bundles these files, starts a server and a browser, and opens the page. */
export async function openPageRunner(files: readonly string[]): Promise<PageRunner> {
  const listeners = new Map<string, (message: Message) => void>()
  const modules = await bundleTests(files)
  const server = await servePage(modules, (run, body) => listeners.get(run)?.(JSON.parse(body)))
  const browser = await startChromium()
  const page = await browser.newPage()
  await page.goto(server.origin)
  await page.waitForFunction('globalThis.ready')
  let runs = 0
  return {
    browser: `Chromium ${browser.version()}`,
    run: (file, environment, limit) => runFile(page, listeners, String(runs++), file, environment, limit),
    ask: (expression) => page.evaluate(expression),
    close: async () => {
      await browser.close()
      server.close()
    },
  }
}

async function runFile(
  page: Page,
  listeners: Map<string, (message: Message) => void>,
  run: string,
  file: string,
  environment: Readonly<Record<string, string>>,
  limit: number,
): Promise<FileResult> {
  const tests: TestReport[] = []
  const query = new URLSearchParams({ file: `./${file.replace(/\.ts$/, '.js')}`, run, env: JSON.stringify(environment) })
  try {
    return await new Promise<FileResult>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          resolve({
            tests,
            errors: [],
            broken: `expected it to end within ${limit / 1000} s, it did not. After: ${tests.at(-1)?.name ?? 'no test'}`,
          }),
        limit,
      )
      listeners.set(run, (message) => {
        if (message.kind === 'test') {
          tests.push(message.test)
          return
        }
        clearTimeout(timer)
        resolve(message.kind === 'end' ? { tests, errors: message.errors } : { tests, errors: [], broken: message.text })
      })
      page.evaluate(`start(${JSON.stringify(run)}, ${JSON.stringify(`/worker.js?${query}`)})`).catch((error: unknown) => {
        clearTimeout(timer)
        reject(error)
      })
    })
  } finally {
    listeners.delete(run)
    await page.evaluate(`stop(${JSON.stringify(run)})`).catch(() => undefined)
  }
}
