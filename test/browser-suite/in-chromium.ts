// Declares that files of tests pass inside headless Chromium: each test of a page is a test here, with its message.

import assert from 'node:assert/strict'
import test from 'node:test'
import { withoutChromium } from './chromium.ts'
import { openPageRunner, type PageRunner } from './page-runner.ts'

/** The longest that one file may take, in milliseconds. */
const limit = 240_000

/** Why a device cannot be used in the page, or `undefined`. */
export async function withoutDeviceInPage(runner: PageRunner, device: string): Promise<string | undefined> {
  if (device !== 'webgpu') return undefined
  const adapter = await runner.ask("navigator.gpu?.requestAdapter().then((adapter) => (adapter === null ? 'none' : 'found')) ?? 'no WebGPU'")
  return adapter === 'found' ? undefined : `this Chromium has no adapter for WebGPU (${String(adapter)})`
}

/** A test that these files, by their paths under test/, pass in Chromium on a device. Skipped, with the reason, where there is none. */
export function testInChromium(device: string, files: readonly string[]): void {
  const chosen = process.env.TENON_DEVICE || device
  const skip = chosen === device ? (withoutChromium() ?? false) : `TENON_DEVICE asks for ${chosen}`
  test(`in Chromium on ${device}`, { skip }, async (t) => {
    const runner = await openPageRunner(files)
    t.after(() => runner.close())
    assert.equal(await runner.ask('crossOriginIsolated'), true)
    const reason = await withoutDeviceInPage(runner, device)
    if (reason !== undefined) {
      t.skip(reason)
      return
    }
    for (const file of files) {
      await t.test(file, async (t) => {
        const { tests, broken } = await runner.run(file, { TENON_DEVICE: device, TENON_VERIFY: '1' }, limit)
        for (const { name, failure, skipped } of tests) {
          await t.test(name, { skip: skipped ?? false }, () => {
            if (failure !== undefined) throw new Error(failure)
          })
        }
        if (broken !== undefined) assert.fail(broken)
      })
    }
  })
}
