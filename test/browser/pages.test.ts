import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import test from 'node:test'

const folder = 'examples/browser'

test('examples/browser: type-checks with the DOM', () => {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const run = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stdout)
})

test('examples/browser: pages load nothing from elsewhere', () => {
  for (const file of readdirSync(folder)) {
    const addresses = readFileSync(join(folder, file), 'utf8').match(/(?<!xmlns=["'])https?:\/\/(?!www\.w3\.org)[^"'\s)]+/g) ?? []
    assert.deepEqual(addresses, [], file)
  }
})

test('examples/browser: every control has a name, every picture a description', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.html'))) {
    const page = readFileSync(join(folder, file), 'utf8')
    for (const [element] of page.matchAll(/<(?:canvas|svg|fieldset)\b[^>]*>/g)) assert.match(element, /aria-label=/, `${file}: ${element}`)
    for (const [, id] of page.matchAll(/<input type="range" id="(\w+)"/g)) assert.ok(page.includes(`<label for="${id}">`), `${file}: ${id}`)
    assert.match(page, /<html lang="en">/)
    assert.match(page, /<meta name="viewport"/)
  }
})
