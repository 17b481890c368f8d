// Installs the JavaScript runtimes that the tests of test/runtimes use, from the package registry into .cache/runtimes: about 570 MB.
// npm run runtimes

import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { packages, runtimesFolder } from '../test/runtimes/runtimes.ts'

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(
    `runtimes: expected Linux on x64, for which the registry has them, got ${process.platform} on ${process.arch}. Put deno and bun into PATH.`,
  )
} else {
  mkdirSync(runtimesFolder, { recursive: true })
  // The Node that runs this is found as it is.
  const [major] = process.versions.node.split('.')
  const missing = Object.entries(packages).filter(([name]) => name !== `node${major}`)
  const specifications = missing.map(([name, source]) => `${name}@npm:${source}`)
  const options = ['--no-fund', '--no-audit', '--ignore-scripts', '--no-save', '--loglevel=error']
  const { status } = spawnSync('npm', ['install', '--prefix', runtimesFolder, ...options, ...specifications], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
