import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { serveExamples } from '../../scripts/serve-browser-examples.ts'
import { needsChromium, withPage } from './chromium.ts'

type Place = readonly [x: number, y: number]

/** Digits as one would write them: strokes through places of the pad, 0 to 1 from its left and its top. */
const written: ReadonlyMap<number, readonly (readonly Place[])[]> = new Map([
  [0, [circle(0.5, 0.5, 0.2, 0.3)]],
  [
    1,
    [
      [
        [0.42, 0.3],
        [0.52, 0.2],
        [0.52, 0.8],
      ],
    ],
  ],
  [
    3,
    [
      [
        [0.33, 0.25],
        [0.5, 0.18],
        [0.64, 0.26],
        [0.62, 0.4],
        [0.48, 0.48],
        [0.64, 0.55],
        [0.68, 0.68],
        [0.55, 0.8],
        [0.36, 0.77],
      ],
    ],
  ],
  [
    7,
    [
      [
        [0.3, 0.22],
        [0.7, 0.22],
        [0.46, 0.8],
      ],
    ],
  ],
])

function circle(x: number, y: number, width: number, height: number): Place[] {
  return Array.from({ length: 21 }, (_, i) => [x - width * Math.sin((i * Math.PI) / 10), y - height * Math.cos((i * Math.PI) / 10)])
}

async function write(page: Page, digit: number): Promise<void> {
  const box = await page.locator('#pad').boundingBox()
  assert.ok(box !== null)
  await page.click('#clear')
  for (const stroke of written.get(digit) ?? []) {
    for (const [i, [x, y]] of stroke.entries()) {
      await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 4 })
      if (i === 0) await page.mouse.down()
    }
    await page.mouse.up()
  }
}

async function train(page: Page): Promise<number> {
  await page.click('#train')
  await page.locator('#train', { hasText: 'Train on' }).waitFor()
  return Number.parseFloat((await page.locator('#accuracy').textContent()) ?? '')
}

for (const isolated of [true, false]) {
  const where = isolated ? 'with shared memory' : 'without shared memory'
  test(`digit.html, ${where}: a network trained in the tab recognises what is drawn`, needsChromium, async () => {
    const server = await serveExamples({ isolated })
    try {
      await withPage({ viewport: { width: 1280, height: 800 } }, async (page) => {
        await page.goto(`${server.url}/digit.html`)
        assert.equal(await page.evaluate('crossOriginIsolated'), isolated)
        await page.locator('#train:enabled').waitFor()
        const accuracy = await train(page)
        assert.ok(accuracy > 90, `${accuracy} % of unseen digits`)
        for (const digit of written.keys()) {
          await write(page, digit)
          await page.locator('#answer', { hasText: String(digit) }).waitFor({ timeout: 5000 })
        }
      })
    } finally {
      await server.close()
    }
  })
}

test('digit.html: the convolutional network learns too, can be paused, and reads on a phone', needsChromium, async () => {
  const server = await serveExamples()
  try {
    await withPage({ viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: 'dark' }, async (page) => {
      await page.goto(`${server.url}/digit.html`)
      await page.locator('#train:enabled').waitFor()
      await page.getByLabel('Convolutional').check()
      await page.click('#train')
      await page.locator('#train', { hasText: 'Pause' }).click()
      await page.locator('#train', { hasText: 'Train on' }).waitFor()
      const accuracy = await train(page)
      assert.ok(accuracy > 90, `${accuracy} % of unseen digits`)
      await page.click('#example')
      await page.locator('#certainty', { hasNotText: 'Draw something first' }).waitFor()
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'the page is wider than the phone')
    })
  } finally {
    await server.close()
  }
})
