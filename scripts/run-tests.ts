// Runs the tests with Node's own runner, from a bundle: those of one place once, those that must pass on every device on each that can be used here.
//   npm test                   everything but test/**/*.slow.test.ts and what takes a device minutes and finds little (test/device-tests.ts)
//   npm run test:full          all of it
//   npm test -- PATH…          only test files whose path contains one of these, on the device found or TENON_DEVICE

import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { listDevices } from '../src/index.ts'
import { allTests, deviceTests, testsOn } from '../test/device-tests.ts'
import { type BundledTests, bundleTests } from './bundle-tests.ts'
import { withoutDevice } from './probe-device.ts'
import { softwareGpu } from './software-gpu.ts'

const args = process.argv.slice(2)
const full = args.includes('--full')
const wanted = args.filter((arg) => !arg.startsWith('-'))

/** One start of Node's runner. */
interface Pass {
  readonly files: readonly string[]
  /** TENON_DEVICE; the best that is found where it is absent. */
  readonly device?: string
}

let running: ChildProcess | undefined
let stopped = false

/** The status that Node's runner ends with. */
function run({ files, device }: Pass, bundled: BundledTests | undefined): Promise<number> {
  const environment = {
    ...process.env,
    ...softwareGpu(),
    TENON_VERIFY: '1',
    ...(device === undefined ? {} : { TENON_DEVICE: device }),
    ...(bundled === undefined ? {} : { TENON_TESTED_COMMAND: bundled.command }),
  }
  const loading = bundled === undefined ? ['--import', 'tsx'] : ['--enable-source-maps']
  const paths = files.map((file) => bundled?.moduleOf(file) ?? `test/${file}`)
  if (device !== undefined) console.log(`\n${device}`)
  const options = ['--test', '--test-reporter=spec', `--test-concurrency=${availableParallelism()}`]
  const child = spawn(process.execPath, [...loading, ...options, ...paths], { stdio: 'inherit', env: environment })
  running = child
  return new Promise((settle, reject) => {
    child.on('error', reject)
    child.on('close', (status) => settle(status ?? 1))
  })
}

/** The files as modules that start fast; `undefined` where one of them cannot be translated: from the sources, only that one fails. */
async function bundle(files: readonly string[]): Promise<BundledTests | undefined> {
  try {
    return await bundleTests(files)
  } catch (error) {
    console.error(`tests: run from the sources, one by one, since they cannot be bundled. ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

/** A pass for each device that can be used. */
function devicePasses(): Pass[] {
  return listDevices().flatMap(({ name, unavailable }): Pass[] => {
    const reason = unavailable ?? withoutDevice(name)
    if (reason === undefined) return [{ device: name, files: testsOn(name, full) }]
    console.log(`\n${name}: not tested, ${reason}`)
    return []
  })
}

const isEverything = wanted.length === 0 && !process.env.TENON_DEVICE
const everyDevice = new Set(deviceTests())
const files = allTests()
  .filter((file) => full || !file.endsWith('.slow.test.ts') || wanted.includes(`test/${file}`))
  .filter((file) => wanted.length === 0 || wanted.some((part) => `test/${file}`.includes(part)))
  .filter((file) => !isEverything || !everyDevice.has(file))

if (files.length === 0) {
  console.error(
    `tests: expected test files${wanted.length > 0 ? ` whose path contains ${wanted.join(' or ')}` : ' in test/'}, found none. Check the path.`,
  )
  process.exit(1)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopped = true
    running?.kill(signal)
  })
}

const passes = [{ files }, ...(isEverything ? devicePasses() : [])]
const bundled = await bundle([...new Set(passes.flatMap((pass) => pass.files))])
let failed = false
try {
  for (const pass of passes) {
    if (stopped) break
    if ((await run(pass, bundled)) !== 0) failed = true
  }
} finally {
  bundled?.remove()
}
process.exit(failed || stopped ? 1 : 0)
