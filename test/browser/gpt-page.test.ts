import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { serveExamples } from '../../scripts/serve-browser-examples.ts'
import { needsChromium, withPage } from './chromium.ts'

/** What the page notes of its training for such as read its elements. */
const noted = (page: Page, name: string): Promise<string | null> => page.locator('body').getAttribute(`data-${name}`)

/** Trains as many steps as the address asks for; the loss of the last one. */
async function train(page: Page): Promise<number> {
  await page.locator('#train:enabled').click()
  await page.locator('#train', { hasText: 'Continue' }).waitFor()
  return Number(await noted(page, 'last-loss'))
}

for (const isolated of [true, false]) {
  const where = isolated ? 'with shared memory' : 'without shared memory'
  test(`gpt.html, ${where}: a GPT learns in a worker, writes, and is saved`, needsChromium, async () => {
    const server = await serveExamples({ isolated })
    try {
      await withPage({ viewport: { width: 1280, height: 800 } }, async (page) => {
        await page.goto(`${server.url}/gpt.html?steps=60`)
        const loss = await train(page)
        assert.ok(loss < 3.2, `loss ${loss} after 60 steps; it begins at 4.2`)
        assert.equal(await noted(page, 'saved-step'), '60')
        const [last, first] = await page.locator('.sample pre').allTextContents()
        assert.equal(last?.length, 240)
        assert.equal(first?.length, 240)
      })
    } finally {
      await server.close()
    }
  })
}

test('gpt.html: a page closed while it trains goes on from its checkpoint, to the same bits as one that was not closed', needsChromium, async () => {
  const server = await serveExamples()
  try {
    let whole = Number.NaN
    await withPage({}, async (page) => {
      await page.goto(`${server.url}/gpt.html?steps=30`)
      whole = await train(page)
    })
    await withPage({}, async (page) => {
      await page.goto(`${server.url}/gpt.html?steps=12`)
      await train(page)
      // Training goes on, past the checkpoint of step 12, and the page is closed in the middle of it.
      await page.goto(`${server.url}/gpt.html?steps=3000`)
      await page.locator('#train:enabled').click()
      await page.locator('#train', { hasText: 'Pause' }).waitFor()
      await page.waitForFunction('Number(document.body.dataset.step) > 14')
      await page.close()
      const again = await page.context().newPage()
      await again.goto(`${server.url}/gpt.html?steps=0`)
      await again.locator('#status', { hasText: 'Resumed from the checkpoint' }).waitFor()
      const step = Number(await noted(again, 'step'))
      assert.ok(step >= 12, `resumed at step ${step}`)
      if (step >= 30) return
      await again.goto(`${server.url}/gpt.html?steps=${30 - step}`)
      assert.equal(await train(again), whole)
    })
  } finally {
    await server.close()
  }
})
