// Writes docs/backends.md: runs the tests of primitives on every device, in Node and in Chromium, and tabulates the worst error of each
// primitive and dtype. Nothing is written where a test fails. npm run backends

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withoutChromium } from '../test/browser-suite/chromium.ts'
import { withoutDeviceInPage } from '../test/browser-suite/in-chromium.ts'
import { openPageRunner } from '../test/browser-suite/page-runner.ts'
import { allTests } from '../test/device-tests.ts'
import type { WorstError } from '../test/primitives/worst-errors.ts'
import { type BackendErrors, backendsText, merged } from './backends-text.ts'
import { machineFacts, pageAdapter } from './machine-facts.ts'
import { withoutDevice } from './probe-device.ts'
import { softwareGpu } from './software-gpu.ts'

const files = allTests().filter((path) => path.startsWith('primitives/'))
const place = 'docs/backends.md'

function stop(where: string, reason: string): never {
  console.error(`backends: expected the tests of primitives to pass on ${where}: ${reason}. Nothing was written.`)
  process.exit(1)
}

function inNode(device: string): BackendErrors {
  const title = `${device}, Node`
  const missing = withoutDevice(device)
  if (missing !== undefined) return { title, missing }
  console.log(title)
  const folder = mkdtempSync(join(tmpdir(), 'tenon-backends-'))
  try {
    const env = { ...process.env, ...softwareGpu(), TENON_DEVICE: device, TENON_RECORD: folder, TENON_VERIFY: '1' }
    const paths = files.map((file) => `test/${file}`)
    const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--test', ...paths], { env, encoding: 'utf8' })
    if (status !== 0) stop(title, stdout)
    const parts = readdirSync(folder).map((name): WorstError[] => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    return { title, errors: merged(parts.flat()) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function inChromium(devices: readonly string[]): Promise<{ readonly backends: readonly BackendErrors[]; readonly facts: readonly string[] }> {
  const missing = withoutChromium()
  if (missing !== undefined) return { backends: devices.map((device) => ({ title: `${device}, Chromium`, missing })), facts: [] }
  const runner = await openPageRunner(files)
  try {
    const backends: BackendErrors[] = []
    for (const device of devices) {
      const title = `${device}, Chromium`
      const absent = await withoutDeviceInPage(runner, device)
      if (absent !== undefined) {
        backends.push({ title, missing: absent })
        continue
      }
      console.log(title)
      const errors: WorstError[] = []
      for (const file of files) {
        const result = await runner.run(file, { TENON_DEVICE: device, TENON_RECORD: 'page', TENON_VERIFY: '1' }, 600_000)
        const failure = result.broken ?? result.tests.find((test) => test.failure !== undefined)?.failure
        if (failure !== undefined) stop(title, failure)
        errors.push(...result.errors)
      }
      backends.push({ title, errors: merged(errors) })
    }
    return { backends, facts: [`${runner.browser}, WebGPU adapter: ${await pageAdapter(runner)}`] }
  } finally {
    await runner.close()
  }
}

const node = ['native', 'wasm', 'webgpu'].map(inNode)
const page = await inChromium(['wasm', 'webgpu'])
mkdirSync('docs', { recursive: true })
writeFileSync(place, backendsText([...node, ...page.backends], [...(await machineFacts()), ...page.facts]))
console.log(`${place} is written`)
