// Runs the tests with Node's own runner. Node 20 does not expand patterns itself, so the files are listed here.
//   npm test                   everything but test/**/*.slow.test.ts
//   npm run test:full          the slow ones too
//   npm test -- PATH…          only test files whose path contains one of these

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

const args = process.argv.slice(2)
const full = args.includes('--full')
const wanted = args.filter((arg) => !arg.startsWith('-'))

const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((file) => join('test', file))
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => full || !file.endsWith('.slow.test.ts') || wanted.includes(file))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()

if (files.length === 0) {
  console.error(
    `tests: expected test files${wanted.length > 0 ? ` whose path contains ${wanted.join(' or ')}` : ' in test/'}, found none. Check the path.`,
  )
  process.exit(1)
}

const run = spawnSync(
  process.execPath,
  ['--import', 'tsx', '--test', '--test-reporter=spec', `--test-concurrency=${availableParallelism()}`, ...files],
  { stdio: 'inherit', env: { ...process.env, TENON_VERIFY: '1' } },
)
process.exit(run.status ?? 1)
