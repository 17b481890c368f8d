// For tests that need a GPU: in software where the machine has none but Chromium's driver for the processor.

import { test, type TestContext } from 'node:test'
import { softwareGpu } from '../../../scripts/software-gpu.ts'
import { createWebgpuDevice, webgpuUnavailable } from '../../../src/backends/webgpu/index.ts'

Object.assign(process.env, softwareGpu())

/** Why tests cannot run here, or `false`. */
async function obstacle(): Promise<string | false> {
  const missing = webgpuUnavailable()
  if (missing !== undefined) return missing
  try {
    await createWebgpuDevice().describe()
    return false
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const skip = await obstacle()

/** A test that is skipped, with the reason, where no adapter is to be had. */
export function testOnGpu(name: string, fn: (t: TestContext) => void | Promise<void>): void {
  test(name, { skip }, fn)
}
