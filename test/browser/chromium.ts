// Debian's Chromium for tests of pages: one browser a test file, and pages that fail a test when they complain.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { startChromium, withoutChromium } from '../browser-suite/chromium.ts'

/** What `test` takes to skip where there is no browser. */
export const needsChromium = {
  skip: withoutChromium() ?? false,
  timeout: 120_000,
}

let browser: Promise<Browser> | undefined

/** The browser of this test file; WebGPU computes on the processor. */
export function theBrowser(): Promise<Browser> {
  browser ??= startChromium()
  return browser
}

test.after(async () => {
  await (await browser)?.close()
})

/** Does something with a new page in a profile of its own; complaints of the page fail the test. */
export async function withPage(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
  const context = await (await theBrowser()).newContext(options)
  const complaints: string[] = []
  context.on('weberror', (error) => complaints.push(String(error.error())))
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  try {
    await use(await context.newPage())
    assert.deepEqual(complaints, [], 'the page complains')
  } finally {
    await context.close()
  }
}
