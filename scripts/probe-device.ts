// Whether a device really computes here: a device may be found and still have no adapter, which only shows when it is asked to compute.
// As a program, computes 1 + 1 on the device of TENON_DEVICE.

import { spawnSync } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { tensor } from '../src/index.ts'
import { softwareGpu } from './software-gpu.ts'

const self = fileURLToPath(import.meta.url)

/** Why a device cannot compute in a process of its own, or `undefined`. */
export function withoutDevice(device: string): string | undefined {
  const env = { ...process.env, ...softwareGpu(), TENON_DEVICE: device }
  const { status, stderr, error } = spawnSync(process.execPath, ['--import', 'tsx', self], { env, encoding: 'utf8', timeout: 60_000 })
  if (status === 0) return undefined
  const reason = stderr.split('\n').find((line) => /^\w*Error: /.test(line)) ?? stderr.trim().split('\n').at(-1)
  return error?.message ?? reason ?? `its process ended with ${status}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if ((await tensor(1).add(1).item()) !== 2) throw new Error('1 + 1 is not 2')
}
