// Runs the tests with Node's own runner: those of one place once, those that must pass on every device on each that can be used here.
//   npm test                   everything but test/**/*.slow.test.ts and what takes a device minutes and finds little (test/device-tests.ts)
//   npm run test:full          all of it
//   npm test -- PATH…          only test files whose path contains one of these, on the device found or TENON_DEVICE

import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { listDevices } from '../src/index.ts'
import { allTests, deviceTests, testsOn } from '../test/device-tests.ts'
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

function run({ files, device }: Pass): number {
  const concurrency = `--test-concurrency=${availableParallelism()}`
  const environment = { ...process.env, ...softwareGpu(), TENON_VERIFY: '1', ...(device === undefined ? {} : { TENON_DEVICE: device }) }
  const paths = files.map((file) => `test/${file}`)
  if (device !== undefined) console.log(`\n${device}`)
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=spec', concurrency, ...paths], {
    stdio: 'inherit',
    env: environment,
  })
  return status ?? 1
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

const passes = [{ files }, ...(isEverything ? devicePasses() : [])]
const failed = passes.map(run).filter((status) => status !== 0)
process.exit(failed.length === 0 ? 0 : 1)
