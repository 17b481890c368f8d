// Runs the tests with Node's own runner, first all on the device that is found, then on every other device those that must pass on each.
//   npm test                   everything but test/**/*.slow.test.ts, and the quick part of what WebGPU computes
//   npm run test:full          all of it
//   npm test -- PATH…          only test files whose path contains one of these, on the device found or TENON_DEVICE

import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { listDevices } from '../src/index.ts'
import { allTests, deviceTests, quickTests } from '../test/device-tests.ts'
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

/** The passes over other devices than the one that computes by default. */
function otherPasses(): Pass[] {
  const others = listDevices().filter(({ name, isDefault }) => !isDefault && name !== 'reference')
  return others.flatMap(({ name, unavailable }): Pass[] => {
    const reason = unavailable ?? withoutDevice(name)
    if (reason === undefined) return [{ device: name, files: full || name !== 'webgpu' ? deviceTests() : quickTests() }]
    console.log(`\n${name}: not tested, ${reason}`)
    return []
  })
}

const files = allTests()
  .filter((file) => full || !file.endsWith('.slow.test.ts') || wanted.includes(`test/${file}`))
  .filter((file) => wanted.length === 0 || wanted.some((part) => `test/${file}`.includes(part)))

if (files.length === 0) {
  console.error(
    `tests: expected test files${wanted.length > 0 ? ` whose path contains ${wanted.join(' or ')}` : ' in test/'}, found none. Check the path.`,
  )
  process.exit(1)
}

const passes = [{ files }, ...(wanted.length === 0 && !process.env.TENON_DEVICE ? otherPasses() : [])]
const failed = passes.map(run).filter((status) => status !== 0)
process.exit(failed.length === 0 ? 0 : 1)
